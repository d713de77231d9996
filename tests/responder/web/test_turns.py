"""One address cannot keep the threads of a process, nor its memory, from everybody else."""

import asyncio
from contextlib import ExitStack

import pytest
from asgiref.sync import async_to_sync

from responder.web.bodies import BodyRefused
from responder.web.turns import (
    MOST_AT_ONCE,
    MOST_UNREAD,
    MOST_UNREAD_IN_ALL,
    MOST_WAITING,
    SMALL,
    Turns,
    Unread,
    address_of,
)

GREEDY, OTHER = "198.51.100.7", "203.0.113.9"


def test_an_address_has_its_share_and_others_pass_it_by() -> None:
    async def run() -> tuple[int, bool, int]:
        turns, go_on = Turns(), asyncio.Event()
        refused = at_once = 0

        async def ask() -> None:
            nonlocal refused, at_once
            try:
                async with turns.turn(GREEDY):
                    at_once += 1
                    await go_on.wait()
            except BodyRefused as error:
                assert error.retry_after_s
                refused += 1

        asked = [asyncio.create_task(ask()) for _ in range(MOST_AT_ONCE + MOST_WAITING + 10)]
        await asyncio.sleep(0)
        running = at_once
        async with asyncio.timeout(1), turns.turn(OTHER):
            passed = True
        go_on.set()
        await asyncio.gather(*asked)
        assert at_once == MOST_AT_ONCE + MOST_WAITING  # who waited had a turn
        assert turns._shares == {}
        return running, passed, refused

    assert async_to_sync(run)() == (MOST_AT_ONCE, True, 10)


def test_answers_that_nobody_reads_are_bounded_for_an_address_and_in_all() -> None:
    unread = Unread()
    with ExitStack() as held:
        held.enter_context(unread.held(GREEDY, MOST_UNREAD))
        with pytest.raises(BodyRefused), unread.held(GREEDY, SMALL + 1):
            pass
        with unread.held(OTHER, MOST_UNREAD):
            pass
        held.enter_context(unread.held("", MOST_UNREAD_IN_ALL - MOST_UNREAD))
        with pytest.raises(BodyRefused), unread.held(OTHER, SMALL + 1):
            pass
        with unread.held(GREEDY, SMALL):  # it may say that a decision was stored
            pass
    with unread.held(GREEDY, MOST_UNREAD):
        assert unread._total == MOST_UNREAD
    assert (unread._total, dict(unread._by_address)) == (0, {})


@pytest.mark.parametrize(
    ("client", "address"),
    [
        (("198.51.100.7", 4711), "198.51.100.7"),
        (("2001:db8::1", 4711), "2001:db8::"),
        (("10.0.0.1", 4711), ""),
        (None, ""),
    ],
)
def test_a_proxy_that_names_nobody_is_no_address(client: object, address: str, settings: object) -> None:
    from responder.web import client_addresses

    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]  # type: ignore[attr-defined]
    client_addresses.is_trusted_proxy.cache_clear()
    assert address_of({"client": client}) == address
    client_addresses.is_trusted_proxy.cache_clear()
