"""How bodies are received: limits by address, a pace, budgets, and who must be known."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import RequestAborted
from django.urls import URLPattern, URLResolver, get_resolver

from responder.web import bodies
from responder.web.bodies import BODIES_PER_ADDRESS, FREE, ORDINARY, SMALL, BodyRefused, Budget, Reception

Identify = Callable[[Any], Awaitable[str | None]]


async def stranger(_scope: Any) -> str | None:
    return None


async def ana(_scope: Any) -> str | None:
    return "user:1"


def scope(length: int | None = None, client: str = "198.51.100.7") -> dict[str, Any]:
    known = (b"content-length", str(length).encode()) if length is not None else (b"transfer-encoding", b"chunked")
    return {"type": "http", "client": (client, 1), "headers": [known]}


def receiver(pieces: list[bytes], pause_s: float = 0) -> bodies.Receive:
    async def messages() -> AsyncIterator[dict[str, Any]]:
        for number, piece in enumerate(pieces, start=1):
            await asyncio.sleep(pause_s)
            yield {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
        yield {"type": "http.disconnect"}

    return messages().__anext__


async def silence() -> Any:
    await asyncio.Event().wait()


def read(
    pieces: list[bytes],
    *,
    length: int | None = None,
    url_name: str = "map-data",
    identify: Identify = ana,
    pause_s: float = 0,
    reception: Callable[[], Reception] = Reception,
) -> bytes:
    async def done() -> bytes:
        receive = receiver(pieces, pause_s)
        body = await reception().read(scope(length), receive, url_name=url_name, identify=identify)
        try:
            return body.file.read()
        finally:
            body.close()

    return async_to_sync(done)()


def status_of(refusal: pytest.ExceptionInfo[BodyRefused]) -> int:
    return int(refusal.value.status)


def test_a_body_within_its_limit_comes_whole_with_or_without_a_length() -> None:
    pieces = [b"a" * 30_000] * 3
    assert read(pieces, length=90_000) == read(pieces) == b"a" * 90_000
    assert read([b""], length=0) == b""


def test_a_declared_length_is_refused_before_anything_is_read() -> None:
    with pytest.raises(BodyRefused) as refusal:
        read([], length=ORDINARY + 1)
    assert status_of(refusal) == 413 and "the limit here is 1 MB" in str(refusal.value)


def test_chunks_are_counted() -> None:
    with pytest.raises(BodyRefused) as refusal:
        read([b"a" * 60_000] * 17)
    assert status_of(refusal) == 413


def test_strangers_send_a_little_and_no_more() -> None:
    assert len(read([b"a" * FREE], identify=stranger)) == FREE
    for length in (FREE + 1, None):
        with pytest.raises(BodyRefused) as refusal:
            read([b"a" * FREE, b"a"], length=length, identify=stranger)
        assert status_of(refusal) == 401


def test_a_client_that_leaves_is_no_answer_to_anybody() -> None:
    with pytest.raises(RequestAborted):
        read([], length=10)


def test_silence_and_trickles_use_up_the_time_that_a_sender_has() -> None:
    for pieces, pause_s in (([b"a"], 5), ([b"a"] * 50, 0.03)):
        with pytest.raises(BodyRefused) as refusal:
            read(pieces, pause_s=pause_s, reception=lambda: Reception(grace_s=0.1, sweep_s=0.02))
        assert status_of(refusal) == 408


def test_what_arrives_earns_time() -> None:
    pieces = [b"a" * 8_000] * 10
    assert len(read(pieces, pause_s=0.03, reception=lambda: Reception(grace_s=0.2, sweep_s=0.02))) == 80_000


def test_the_oldest_slow_body_of_an_address_gives_way_and_those_of_others_stay() -> None:
    async def crowd() -> list[int]:
        reception = Reception(quick_s=0)
        ended: list[int] = []

        async def send(number: int, client: str) -> None:
            try:
                await reception.read(scope(10, client), silence, url_name="login", identify=stranger)
            except BodyRefused:
                ended.append(number)

        tasks = [asyncio.create_task(send(-1, "203.0.113.9"))]
        for number in range(BODIES_PER_ADDRESS + 3):
            tasks.append(asyncio.create_task(send(number, f"2001:db8::{number + 1:x}")))
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.01)
        held = list(ended)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return held

    assert async_to_sync(crowd)() == [0, 1, 2]


def test_one_caller_gets_half_of_a_budget_and_all_callers_no_more_than_the_whole() -> None:
    budget = Budget(lambda: 100)
    budget.take("ana", 50)
    with pytest.raises(BodyRefused) as hers:
        budget.take("ana", 1)
    budget.take("ben", 50)
    with pytest.raises(BodyRefused) as everybodys:
        budget.take("cleo", 1)
    assert (status_of(hers), status_of(everybodys)) == (429, 503)
    assert hers.value.retry_after_s and everybodys.value.retry_after_s
    budget.give_back("ana", 50)
    budget.take("cleo", 50)


def test_a_body_gives_its_bytes_back_once() -> None:
    budget = Budget(lambda: 1_000_000)
    body = bodies.Body(budget)
    body.known_as("ana")
    for _ in range(3):
        body.add(b"a" * FREE)
    assert budget.total == 2 * FREE
    body.close()
    body.close()
    assert budget.total == 0 and not budget.held


def test_a_large_batch_waits_on_the_disk_and_one_caller_sends_one_at_a_time(settings: Any) -> None:
    settings.PREDICTIONS_BODY_BYTES, settings.PREDICTIONS_LARGE_BYTES = 1_000_000, 500_000
    whole = 1_000_000
    held = bodies.Body(bodies.BATCHES)
    held.known_as("user:1")
    held.add(b"a" * whole)
    try:
        with pytest.raises(BodyRefused, match="too much at once"):
            read([b"a" * whole], length=whole, url_name="predictions")
        assert read([b"a" * 400_000], length=400_000, url_name="predictions")
        assert bodies.PARSED.total == 0
    finally:
        held.close()
    assert len(read([b"a" * whole], length=whole, url_name="predictions")) == whole
    assert bodies.BATCHES.total == 0


def test_limits_name_addresses_that_exist() -> None:
    def names(patterns: list[Any]) -> set[str]:
        found: set[str] = set()
        for one in patterns:
            if isinstance(one, URLPattern) and one.name:
                found.add(one.name)
            elif isinstance(one, URLResolver):
                found |= names(one.url_patterns)
        return found

    assert bodies.OPEN_TO_ALL | bodies.FILES | {bodies.IMPORT, "predictions"} <= names(get_resolver().url_patterns)


def test_files_take_what_the_setting_promises(settings: Any) -> None:
    settings.JOB_MEGABYTES = 3
    assert 3_000_000 < bodies.limit_for("api-jobs") == bodies.limit_for("file-send") < 4_000_000
    settings.IMPORT_MEGABYTES = 5
    assert 5_000_000 < bodies.limit_for("import-send") < 6_000_000
    assert bodies.limit_for("predictions") == settings.PREDICTIONS_BODY_BYTES
    assert bodies.limit_for("login") == bodies.limit_for(None) == SMALL
