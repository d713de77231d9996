"""Tries to sign in: limits by address and name, one password hashed at a time, lengths, and what is recorded."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.core import signing
from django.core.cache import cache
from django.test import Client, RequestFactory

from classifier import clock
from responder.accounts import known_devices, sign_in
from responder.accounts.sign_in import PER_ADDRESS, PER_NAME, TRIES_UNDER_ATTACK, WAITING, TooManyTries
from responder.models import User
from responder.partners import counters

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
    assert "Too many sign-in attempts" in refused.content.decode()
    assert enter("reviewer-ana", PASSWORD, address="198.51.100.8").status_code == 302


def test_one_who_guesses_locks_no_office_out(people: dict[str, User]) -> None:
    """Everybody behind one address still gets in with the right password, if nobody attacked their name."""
    crowd()
    assert enter("reviewer-ana", PASSWORD).status_code == 302


def test_what_an_address_may_have_hashed_in_a_window_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "SLOWER", 1)
    passed = 0
    for number in range(3 * PER_ADDRESS):
        with suppress(TooManyTries):
            sign_in.Attempt(username=f"name-{number}", address="198.51.100.7")
            passed += 1
    assert passed == 2 * PER_ADDRESS


def test_a_known_device_gets_in_whatever_others_do_at_its_address_and_name(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.AXES_ENABLED = True
    monkeypatch.setattr(sign_in, "SLOWER", 0)
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
    "value",
    ["", "x", "a:b:c", "\x00", signing.dumps([1]), signing.dumps([1], salt=known_devices.SALT)],
    ids=["nothing", "a letter", "parts", "NUL", "another salt", "a list"],
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
        sign_in.Attempt(username="ana", address="198.51.100.7").take_back()
    with pytest.raises(TooManyTries):
        for _ in range(PER_ADDRESS + 1):
            sign_in.Attempt(username="ana", address="198.51.100.7")


@contextmanager
def busy(lane: Any) -> Iterator[None]:
    """Somebody hashes, and all the seats are taken."""
    with ExitStack() as stack:
        for semaphore in [lane.turn, *[lane.seats] * WAITING]:
            assert semaphore.acquire(timeout=30)
            stack.callback(semaphore.release)
        yield


def test_one_password_is_hashed_at_a_time_and_those_beyond_the_queue_are_told_at_once(people: dict[str, User]) -> None:
    with busy(sign_in._everybody):
        refused = enter("reviewer-ana", PASSWORD)
    assert refused.status_code == 429 and refused["Retry-After"] == str(sign_in.BUSY_RETRY_S)
    assert enter("reviewer-ana", PASSWORD).status_code == 302


def test_a_known_device_gets_in_while_others_take_all_the_seats(people: dict[str, User]) -> None:
    own, form = Client(REMOTE_ADDR="198.51.100.7"), {"username": "reviewer-ana", "password": PASSWORD}
    assert own.post("/login/", form).status_code == 302
    own.cookies.pop("sessionid")
    with busy(sign_in._everybody):
        assert enter("reviewer-ana", PASSWORD).status_code == 429
        assert own.post("/login/", form).status_code == 302


def test_one_try_of_a_name_at_a_time_uses_the_seats_of_known_devices(people: dict[str, User]) -> None:
    """Who has an account has a known device, and must not keep the others' from them."""
    with sign_in.Attempt(username="ana", address="198.51.100.7", device="one").turn():
        second = sign_in.Attempt(username="ANA", address="198.51.100.7", device="two")
        with busy(sign_in._everybody), pytest.raises(TooManyTries), second.turn():
            pass
        with second.turn():
            assert sign_in._known.turn.acquire(blocking=False) is False
    with busy(sign_in._everybody), sign_in.Attempt(username="ana", address="198.51.100.7", device="one").turn():
        pass


def test_a_refused_try_takes_no_seat_and_one_without_a_seat_is_not_counted(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    with busy(sign_in._everybody):
        for _ in range(PER_ADDRESS + PER_NAME):
            assert enter("reviewer-ana").status_code == 429
    assert enter("reviewer-ana", PASSWORD).status_code == 302
    crowd()
    for _ in range(TRIES_UNDER_ATTACK):
        enter("reviewer-ana")

    def entered(_lane: Any) -> bool:
        raise AssertionError("a refused try asked for a seat")

    monkeypatch.setattr(sign_in._Lane, "enter", entered)
    assert enter("reviewer-ana").status_code == 429


@pytest.mark.parametrize(("length", "step"), [(56, 1), (48, 256)])
def test_networks_of_one_holder_of_ipv6_are_counted_together(length: int, step: int) -> None:
    """A subscriber's /56 has 256 networks of /64, an organisation's /48 has 65,536: one try in each was none."""
    limit, passed = sign_in.PER_NETWORK[length], 0
    for number in range(5 * limit):
        with suppress(TooManyTries):
            address = f"2001:db8:0:{number % 256 * step:x}::"
            sign_in.Attempt(username=f"name-{number}", address=address)
            passed += 1
        if number + 1 == limit:
            assert passed == limit
    assert passed <= (1 + sign_in.SLOWER) * limit
    tries = 0
    for number in range(10):
        with suppress(TooManyTries):
            sign_in.Attempt(username="ana", address=f"2001:db8:0:{number * step:x}::")
            tries += 1
    assert tries == 0
    sign_in.Attempt(username="ana", address="2001:db8:1::")


@pytest.mark.parametrize(("username", "password"), [("n" * 151, "wrong"), ("ana", "p" * 1_001)])
def test_what_is_too_long_is_neither_hashed_nor_recorded(
    people: Any, settings: Any, username: str, password: str
) -> None:
    settings.AXES_ENABLED = True
    settings.PASSWORD_HASHERS = ["tests.responder.accounts.test_sign_in.NeverHasher"]
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


def test_a_name_that_signs_in_again_and_again_waits_and_others_do_not(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "SUCCESSES", 3)
    answers = [enter("reviewer-ana", PASSWORD, address=f"198.51.100.{n}").status_code for n in range(1, 6)]
    assert answers == [302, 302, 302, 429, 429]
    other = people["lead"].get_username()
    assert enter(other, PASSWORD, address="198.51.100.1").status_code == 302


def test_a_name_takes_one_seat_from_an_address_so_that_others_find_one(people: dict[str, User]) -> None:
    first = sign_in.Attempt(username="reviewer-ana", address="198.51.100.7")
    with first.turn():
        for _ in range(2 * WAITING):
            with pytest.raises(TooManyTries), sign_in.Attempt(username="reviewer-ana", address="198.51.100.7").turn():
                pass
        assert sign_in._everybody.seats.acquire(blocking=False)
        sign_in._everybody.seats.release()
    with sign_in.Attempt(username="reviewer-ana", address="198.51.100.7").turn():
        pass
