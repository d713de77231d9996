"""Connections whose client does not read, or asks on and on without reading."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from uvicorn import Config
from uvicorn.server import ServerState

from responder.web import connections
from responder.web.connections import MOST_PIPELINED, BoundedConnection

LARGE = b"x" * 8_000_000


@contextlib.asynccontextmanager
async def served(app: Any) -> AsyncIterator[tuple[str, int]]:
    config = Config(app, lifespan="off", log_level="critical", access_log=False)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: BoundedConnection(config, state, {}), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()
    finally:
        server.close()
        for task in state.tasks:
            task.cancel()


async def large(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for start in range(0, len(LARGE), 65_536):
        await send({"type": "http.response.body", "body": LARGE[start : start + 65_536], "more_body": True})
    await send({"type": "http.response.body"})


def test_who_reads_nothing_is_cut_off_and_who_reads_slowly_gets_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "UNREAD_S", 0.5)

    async def run() -> tuple[int, int]:
        async with served(large) as address:
            silent, slow = [await asyncio.open_connection(*address, limit=65_536) for _ in range(2)]
            for _reader, writer in (silent, slow):
                writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            got = 0
            while got < len(LARGE):
                got += len(await slow[0].read(1_000_000))
                await asyncio.sleep(0.05)  # in all longer than a client may read nothing
            await asyncio.sleep(0.7)
            rest = 0
            with contextlib.suppress(ConnectionResetError):
                while piece := await silent[0].read(1_000_000):
                    rest += len(piece)
            for _reader, writer in (silent, slow):
                writer.close()
                with contextlib.suppress(ConnectionError):
                    await writer.wait_closed()
            return got, rest

    got, rest = async_to_sync(run)()
    assert got >= len(LARGE)
    assert rest < len(LARGE)


def test_requests_that_wait_for_earlier_answers_are_few() -> None:
    waiting = asyncio.Event()
    seen = 0

    async def slow(_scope: Any, _receive: Any, send: Any) -> None:
        nonlocal seen
        seen += 1
        await waiting.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async def run() -> bytes:
        async with served(slow) as address:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200)
            try:
                async with asyncio.timeout(5):
                    return await reader.read()
            except ConnectionResetError:
                return b""
            finally:
                writer.close()
                with contextlib.suppress(ConnectionError):
                    await writer.wait_closed()

    assert async_to_sync(run)() == b""  # closed, long before 200 answers
    assert seen <= MOST_PIPELINED
