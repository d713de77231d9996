"""Tries to sign in: limits by address and name, one password hashed at a time, lengths, and what is recorded."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.core.cache import cache
from django.test import Client

from classifier import clock
from responder import counters, sign_in
from responder.models import User
from responder.sign_in import PER_ADDRESS, PER_NAME, TRIES_UNDER_ATTACK, WAITING, TooManyTries

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _counters_at_zero() -> None:
    cache.clear()


def enter(username: str, password: str = "wrong", address: str = "198.51.100.7", **headers: str) -> Any:
    form = {"username": username, "password": password}
    return Client().post("/login/", form, REMOTE_ADDR=address, headers={"Accept": "text/html"} | headers)


def test_an_address_fails_so_often_and_then_waits_and_others_do_not(people: dict[str, User]) -> None:
    for number in range(PER_ADDRESS):
        assert enter(f"name-{number}").status_code == 200
    refused = enter("reviewer-ana", PASSWORD)
    assert refused.status_code == 429 and 0 < int(refused["Retry-After"]) <= sign_in.WINDOW_S
    assert "Too many tries" in refused.content.decode()
    assert enter("reviewer-ana", PASSWORD, address="198.51.100.8").status_code == 302


def test_addresses_of_one_network_of_ipv6_are_one(people: dict[str, User]) -> None:
    for number in range(PER_ADDRESS):
        enter(f"name-{number}", address=f"2001:db8::{number:x}")
    assert enter("name", address="2001:db8::ffff:1").status_code == 429
    assert enter("name", address="2001:db8:0:1::1").status_code == 200


def test_a_name_under_attack_has_few_tries_from_each_address_and_nobody_is_locked_out(people: dict[str, User]) -> None:
    for number in range(PER_NAME):
        enter("reviewer-ana", address=f"203.0.113.{number}")
    guesses = [enter("Reviewer-ANA", address="203.0.113.200").status_code for _ in range(TRIES_UNDER_ATTACK + 1)]
    assert guesses == [200] * TRIES_UNDER_ATTACK + [429]
    assert enter("reviewer-ana", PASSWORD, address="198.51.100.7").status_code == 302
    assert enter("reviewer-ana", address="203.0.113.200").status_code == 429


def test_a_window_ends(people: dict[str, User], monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(PER_ADDRESS + 1):
        last = enter(f"name-{number}")
    later = clock.now() + timedelta(seconds=int(last["Retry-After"]) + 1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert enter("reviewer-ana", PASSWORD).status_code == 302


def test_people_who_sign_in_use_nothing_up(people: dict[str, User]) -> None:
    for _ in range(PER_ADDRESS + 5):
        assert enter("reviewer-ana", PASSWORD).status_code == 302


def test_many_at_once_do_not_slip_through(db: None) -> None:
    def fails(_number: int) -> bool:
        try:
            sign_in.Attempt(username="ana", address="198.51.100.7")
        except TooManyTries:
            return True
        return False

    with ThreadPoolExecutor(8) as pool:
        refused = list(pool.map(fails, range(2 * PER_ADDRESS)))
    assert refused.count(False) <= PER_ADDRESS


def test_limits_hold_while_the_cache_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "_away_until", float("inf"))
    monkeypatch.setattr(counters, "_local", {})
    for _ in range(PER_ADDRESS + 1):
        sign_in.Attempt(username="ana", address="198.51.100.7").succeeded()
    with pytest.raises(TooManyTries):
        for number in range(PER_ADDRESS + 1):
            sign_in.Attempt(username=f"name-{number}", address="198.51.100.7")


def test_one_password_is_hashed_at_a_time_and_those_beyond_the_queue_are_told_at_once(people: dict[str, User]) -> None:
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with sign_in.turn():
            inside.set()
            leave.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    assert inside.wait(30)
    with ExitStack() as seats:
        for _ in range(WAITING):
            sign_in._seats.acquire()
            seats.callback(sign_in._seats.release)
        refused = enter("reviewer-ana", PASSWORD)
    leave.set()
    holder.join(30)
    assert refused.status_code == 429 and refused["Retry-After"] == str(sign_in.BUSY_RETRY_S)
    assert enter("reviewer-ana", PASSWORD).status_code == 302


@pytest.mark.parametrize(("username", "password"), [("n" * 151, "wrong"), ("ana", "p" * 1_001)])
def test_what_is_too_long_is_neither_hashed_nor_recorded(
    people: Any, settings: Any, username: str, password: str
) -> None:
    settings.AXES_ENABLED = True
    settings.PASSWORD_HASHERS = ["tests.responder.test_sign_in.NeverHasher"]
    answer = enter(username, password)
    assert answer.status_code == 200 and "at most" in answer.content.decode()
    assert not AccessAttempt.objects.exists()


class NeverHasher:
    """A hasher that fails its test when it is asked."""

    algorithm = "never"

    def encode(self, *_arguments: Any) -> str:
        raise AssertionError("a password was hashed")

    verify = salt = encode


def test_a_name_that_axes_locked_is_told_so_and_its_record_no_longer_grows(people: Any, settings: Any) -> None:
    settings.AXES_ENABLED = True
    for _ in range(settings.AXES_FAILURE_LIMIT):
        last = enter("reviewer-ana", address="2001:db8::1")
    assert last.status_code == 429 and last["Retry-After"] == "900" and "with this name" in last.content.decode()
    before = AccessAttempt.objects.get()
    enter("reviewer-ana", PASSWORD, address="2001:db8::2")
    after = AccessAttempt.objects.get()
    assert before.ip_address == "2001:db8::" and before.failures_since_start == settings.AXES_FAILURE_LIMIT
    assert (after.failures_since_start, after.post_data) == (before.failures_since_start, before.post_data)
