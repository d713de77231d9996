"""Exports, static files and the live pump have threads of their own: whichever is blocked, the others go on."""

import asyncio
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth.decorators import login_not_required
from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.urls import path

from classifier import database
from responder import prediction_jobs
from responder.exports import limits
from responder.exports.kinds import KINDS
from responder.exports.stream import POSTS, Export
from responder.models import PredictionJob
from responder.prediction_jobs import files
from responder.queries.filters import Filter
from responder.web import live, streams
from responder.web.executors import EXPORTS
from responder.web.handler import PooledHandler
from responder.web.live import LiveFilter
from responder.web.streams import Hub, events
from tests.responder.web.test_handler import scope_of

pytestmark = pytest.mark.django_db(transaction=True)
EVERYTHING = LiveFilter(Filter(), None)
MANY = 8  # blocked downloads, more than there are threads for them
PATIENCE_S = 10  # until a test that would wait for ever fails
blocked, started, closed_in = threading.Event(), threading.Semaphore(0), []


def page(_cursor: str) -> tuple[list[Any], str | None]:
    started.release()
    blocked.wait()
    return [], None


@login_not_required
def export(request: HttpRequest) -> StreamingHttpResponse:
    return Export(page, POSTS, KINDS["csv"], "All posts", "posts.csv", 0).response(request)


@login_not_required
def file(_request: HttpRequest) -> FileResponse:
    response = FileResponse(FILE.open("rb"))
    response._resource_closers.append(lambda: closed_in.append(threading.current_thread().name))  # type: ignore[attr-defined]
    return response


@login_not_required
def short(_request: HttpRequest) -> StreamingHttpResponse:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"all"

    response = StreamingHttpResponse(pieces())
    response._resource_closers.append(lambda: closed_in.append(threading.current_thread().name))  # type: ignore[attr-defined]
    return response


FILE = Path(__file__)
urlpatterns = [path("export", export), path("file", file), path("short", short)]


@pytest.fixture
def handler(settings: Any) -> PooledHandler:
    settings.ROOT_URLCONF = __name__
    return PooledHandler()


@pytest.fixture(autouse=True)
def _unblocked() -> Iterator[None]:
    blocked.clear()
    closed_in.clear()
    yield
    blocked.set()


@contextmanager
def blocked_shared_thread() -> Iterator[None]:
    """Nothing may need the one thread that asgiref has for a whole process."""
    end = threading.Event()
    SyncToAsync.single_thread_executor.submit(end.wait)
    try:
        yield
    finally:
        end.set()


def asked(handler: PooledHandler, address: str) -> Coroutine[Any, Any, bytes]:
    async def ask() -> bytes:
        client = ApplicationCommunicator(handler, scope_of(address))
        await client.send_input({"type": "http.request", "body": b""})
        content, more = b"", True
        while more:
            message = await client.receive_output(PATIENCE_S)
            content += message.get("body", b"")
            more = message["type"] != "http.response.body" or message.get("more_body", False)
        await client.wait(PATIENCE_S)
        return content

    return ask()


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Without a synchronous caller above, as the server does: asgiref would use the caller's thread."""

    async def bounded() -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await test()
        finally:
            blocked.set()

    asyncio.run(bounded())


async def beside_blocked_exports(handler: PooledHandler, test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    downloads = [asyncio.create_task(asked(handler, "export")) for _ in range(MANY)]
    while not started.acquire(blocking=False):
        await asyncio.sleep(0.01)
    await test()
    assert not any(download.done() for download in downloads)
    blocked.set()
    assert all(b"," in content for content in await asyncio.gather(*downloads))


def test_blocked_exports_stop_neither_static_files_nor_the_end_of_other_answers(handler: PooledHandler) -> None:
    async def others() -> None:
        assert await asked(handler, "static/css/shell.css") == Path("static/css/shell.css").read_bytes()
        assert await asked(handler, "short") == b"all"
        assert closed_in[0].startswith("request_")

    async def test() -> None:
        with blocked_shared_thread():
            await beside_blocked_exports(handler, others)

    run(test)


def test_blocked_exports_do_not_stop_the_live_pump(handler: PooledHandler, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []
    monkeypatch.setattr(live, "cursor", lambda: threads.append(threading.current_thread().name) or 0)
    monkeypatch.setattr(live, "read", lambda *_: threads.append(threading.current_thread().name) or [])
    monkeypatch.setattr(live, "pulse", lambda *_: {"lag_s": 0.0, "per_minute": 0})

    async def pump() -> None:
        hub = Hub(tick_s=0.01)
        client = hub.join(EVERYTHING)
        assert b"event: lag" in await client.queue.get()
        hub.leave(client)

    async def test() -> None:
        with blocked_shared_thread():
            await beside_blocked_exports(handler, pump)

    run(test)
    assert threads and all(name.startswith("live_") for name in threads)


def test_exports_and_results_are_made_in_few_threads_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[str] = set()

    def pieces(*_: Any) -> Iterator[Any]:
        for number in range(5):
            threads.add(threading.current_thread().name)
            yield str(number)

    class Written(Export):
        def pieces(self) -> Iterator[bytes]:
            return (piece.encode() for piece in pieces())

    monkeypatch.setattr(files, "lines_of", pieces)
    monkeypatch.setattr(limits, "MOST_PER_OWNER", MANY)  # one owner, so that the threads alone are looked at
    monkeypatch.setattr(limits, "MOST_PER_PROCESS", MANY)
    job = PredictionJob(name="a.csv", state=PredictionJob.State.DONE)

    async def read(make: Callable[[HttpRequest], StreamingHttpResponse]) -> None:
        response = make(ASGIRequest(scope_of("export"), None))  # type: ignore[arg-type]
        assert b"".join([piece async for piece in response]) == b"01234"

    async def test() -> None:
        written = Written(page, POSTS, KINDS["csv"], "All posts", "posts.csv", 0)
        with blocked_shared_thread():
            await asyncio.gather(
                *(read(written.response) for _ in range(MANY)),
                *(read(lambda request: prediction_jobs.response(request, job, "ndjson")) for _ in range(MANY)),
            )

    run(test)
    assert 1 <= len(threads) <= 4 and all(name.startswith("export_") for name in threads)


def test_a_static_file_is_read_in_the_pool_in_pieces_and_without_a_warning(handler: PooledHandler) -> None:
    path_of_file = max(Path("static/vendor").rglob("*.js"), key=lambda found: found.stat().st_size)
    assert path_of_file.stat().st_size > 2 * handler.chunk_size

    async def test() -> None:
        with blocked_shared_thread():
            assert await asked(handler, str(path_of_file)) == path_of_file.read_bytes()
            assert await asked(handler, "file") == FILE.read_bytes()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(test)
    assert [name.split("_")[0] for name in closed_in] == ["request"]


def test_an_export_gives_its_connection_back_after_each_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    monkeypatch.setattr(database, "release_connections", lambda: happened.append("released"))

    def pieces() -> Iterator[bytes]:
        for _ in range(3):
            happened.append("read")
            yield b"x"

    async def test() -> None:
        assert [piece async for piece in EXPORTS.iterate(pieces())] == [b"x"] * 3

    run(test)
    assert happened == ["released", "read", "released"] * 3 + ["released", "released"]  # the last finds the end


def test_streams_are_silent_while_the_pump_is_late_and_speak_again_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.01)
    monkeypatch.setattr(streams, "LATE_S", 0.1)
    monkeypatch.setattr(streams, "PULSE_TICKS", 10**9)
    query, reached = threading.Event(), threading.Event()
    query.set()

    def read(*_: Any) -> list[Any]:
        if not query.is_set():
            reached.set()
        query.wait()
        return []

    monkeypatch.setattr(live, "cursor", lambda: 0)
    monkeypatch.setattr(live, "read", read)
    monkeypatch.setattr(live, "pulse", lambda *_: {"lag_s": 0.0, "per_minute": 0})
    heard: list[bytes] = []

    async def listen(hub: Hub) -> None:
        async for message in events(EVERYTHING, None, hub=hub):
            heard.append(message)

    async def until(condition: Callable[[], Any]) -> None:
        while not condition():
            await asyncio.sleep(0.01)

    async def test() -> None:
        hub = Hub(tick_s=0.01)
        listening = asyncio.create_task(listen(hub))
        await until(lambda: b": still here\n\n" in heard)
        query.clear()
        try:
            await until(lambda: reached.is_set() and hub.is_late)
            heard.clear()
            await asyncio.sleep(0.2)  # many heartbeats
            assert heard == []
        finally:
            query.set()
        await until(lambda: b": still here\n\n" in heard)
        assert not hub.is_late
        listening.cancel()
        await asyncio.wait([listening])

    run(test)
