"""Tries to sign in: limits by address and name, one password hashed at a time, lengths, and what is recorded."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.core import signing
from django.core.cache import cache
from django.test import Client, RequestFactory

from classifier import clock
from responder import counters, known_devices, sign_in
from responder.models import User
from responder.sign_in import PER_ADDRESS, PER_NAME, TRIES_UNDER_ATTACK, WAITING, TooManyTries

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _counters_at_zero() -> None:
    cache.clear()


def enter(username: str, password: str = "wrong", address: str = "198.51.100.7", **headers: str) -> Any:
    form = {"username": username, "password": password}
    return Client().post("/login/", form, REMOTE_ADDR=address, headers={"Accept": "text/html"} | headers)


def crowd(address: str = "198.51.100.7", tries: int = PER_ADDRESS) -> None:
    """Failures of so many names at one address, as many as it has."""
    for number in range(tries):
        assert enter(f"name-{number}", address=address).status_code == 200


def test_after_its_failures_an_address_has_few_tries_at_each_name_and_others_are_not_concerned(
    people: dict[str, User],
) -> None:
    crowd()
    guesses = [enter("reviewer-ben").status_code for _ in range(TRIES_UNDER_ATTACK + 1)]
    assert guesses == [200] * TRIES_UNDER_ATTACK + [429]
    refused = enter("reviewer-ben", PASSWORD)
    assert refused.status_code == 429 and 0 < int(refused["Retry-After"]) <= sign_in.WINDOW_S
    assert "Too many tries" in refused.content.decode()
    assert enter("reviewer-ana", PASSWORD, address="198.51.100.8").status_code == 302


def test_one_who_guesses_locks_no_office_out(people: dict[str, User]) -> None:
    """Everybody behind one address still gets in with the right password, if nobody attacked their name."""
    crowd()
    assert enter("reviewer-ana", PASSWORD).status_code == 302


def test_what_an_address_may_have_hashed_in_a_window_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "PER_ADDRESS_SLOW", 12)
    passed = 0
    for number in range(PER_ADDRESS + 40):
        with suppress(TooManyTries):
            sign_in.Attempt(username=f"name-{number}", address="198.51.100.7")
            passed += 1
    assert passed == PER_ADDRESS + 12


def test_a_known_device_gets_in_whatever_others_do_at_its_address_and_name(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.AXES_ENABLED = True
    monkeypatch.setattr(sign_in, "PER_ADDRESS_SLOW", 2)
    own, form = Client(REMOTE_ADDR="198.51.100.7"), {"username": "Reviewer-ANA", "password": PASSWORD}
    assert own.post("/login/", form | {"username": "reviewer-ana"}).status_code == 302
    own.cookies.pop("sessionid")
    for _ in range(PER_ADDRESS + PER_NAME):
        enter("reviewer-ana")
    assert enter("reviewer-ana", PASSWORD).status_code == 429
    assert own.post("/login/", form | {"username": "reviewer-ana"}).status_code == 302


def test_a_known_device_has_few_tries_of_its_own_and_none_at_other_names(people: dict[str, User]) -> None:
    own = Client(REMOTE_ADDR="198.51.100.7")
    own.post("/login/", {"username": "reviewer-ana", "password": PASSWORD})
    own.cookies.pop("sessionid")
    held = own.cookies[known_devices.COOKIE]
    assert held["httponly"] and held["samesite"] == "Lax" and held["path"] == "/login/" and "ana" not in held.value
    request = RequestFactory().get("/login/")
    request.COOKIES[known_devices.COOKIE] = held.value
    device = known_devices.device_of(request, "REVIEWER-ana")
    assert device and not known_devices.device_of(request, "reviewer-ben")
    crowd(tries=PER_ADDRESS)
    passed = 0
    for _ in range(sign_in.PER_DEVICE + TRIES_UNDER_ATTACK + 5):
        with suppress(TooManyTries):
            sign_in.Attempt(username="reviewer-ana", address="198.51.100.7", device=device)
            passed += 1
    assert passed == sign_in.PER_DEVICE + TRIES_UNDER_ATTACK


@pytest.mark.parametrize(
    "value", ["", "x", "a:b:c", "\x00", signing.dumps([1]), signing.dumps([1], salt=known_devices.SALT)]
)
def test_a_cookie_of_somebody_elses_making_knows_nobody(value: str) -> None:
    request = RequestFactory().get("/login/")
    request.COOKIES[known_devices.COOKIE] = value
    assert known_devices.device_of(request, "ana") == ""


def test_who_is_signed_in_makes_no_device_known_for_another_name(people: dict[str, User]) -> None:
    own = Client()
    own.force_login(people["reviewer"])
    own.post("/login/", {"username": "lead-ana", "password": "wrong"})
    assert known_devices.COOKIE not in own.cookies


def test_addresses_of_one_network_of_ipv6_are_one(people: dict[str, User]) -> None:
    for number in range(PER_ADDRESS):
        enter(f"name-{number}", address=f"2001:db8::{number:x}")
    tries = [enter("name", address=f"2001:db8::ffff:{number}").status_code for number in range(TRIES_UNDER_ATTACK + 1)]
    assert tries == [200] * TRIES_UNDER_ATTACK + [429]
    assert enter("name", address="2001:db8:0:1::1").status_code == 200


def test_a_name_under_attack_has_few_tries_from_each_address_and_nobody_is_locked_out(people: dict[str, User]) -> None:
    for number in range(PER_NAME):
        enter("reviewer-ana", address=f"203.0.113.{number}")
    guesses = [enter("Reviewer-ANA", address="203.0.113.200").status_code for _ in range(TRIES_UNDER_ATTACK + 1)]
    assert guesses == [200] * TRIES_UNDER_ATTACK + [429]
    assert enter("reviewer-ana", PASSWORD, address="198.51.100.7").status_code == 302
    assert enter("reviewer-ana", address="203.0.113.200").status_code == 429


def test_a_window_ends(people: dict[str, User], monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(PER_ADDRESS + 1):
        last = enter("reviewer-ana")
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
        for _ in range(PER_ADDRESS + 1):
            sign_in.Attempt(username="ana", address="198.51.100.7")


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
