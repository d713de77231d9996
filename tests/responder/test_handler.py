"""The way of a request under ASGI: one thread of the pool, and Django's own way for async views."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from responder.handler import PooledHandler
from responder.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


@login_not_required
def plain(request: HttpRequest) -> HttpResponse:
    body = len(request.body)
    return HttpResponse(f"{threading.current_thread().name} {Event.objects.count()} {body}")


@login_not_required
async def waits(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(threading.current_thread().name)


@login_not_required
def fails(_request: HttpRequest) -> HttpResponse:
    raise ValueError("a view that fails")


closed: list[str] = []


@login_not_required
def streams(_request: HttpRequest) -> StreamingHttpResponse:
    return told("streams", forever=False)


@login_not_required
def endless(_request: HttpRequest) -> StreamingHttpResponse:
    return told("endless", forever=True)


def told(name: str, *, forever: bool) -> StreamingHttpResponse:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"some"
        while forever:
            await asyncio.sleep(0.01)
            yield b"more"

    response = StreamingHttpResponse(pieces())
    response._resource_closers.append(lambda: closed.append(name))
    return response


urlpatterns = [
    path("plain", plain), path("waits", waits), path("fails", fails), path("streams", streams), path("endless", endless),
]  # fmt: skip


def scope_of(address: str, length: int = 0) -> dict[str, Any]:
    headers = [(b"host", b"localhost"), (b"content-length", str(length).encode())]
    return {
        "type": "http", "http_version": "1.1", "method": "GET", "path": f"/{address}", "query_string": b"",
        "headers": headers, "scheme": "http", "asgi": {"version": "3.0"}, "client": ("127.0.0.1", 1),
    }  # fmt: skip


def ask(handler: PooledHandler, address: str, body: bytes = b"") -> tuple[int, bytes]:
    start, content = messages(handler, address, body)
    return start["status"], content["body"]


def messages(handler: PooledHandler, address: str, body: bytes = b"") -> tuple[dict[str, Any], dict[str, Any]]:
    async def asked() -> tuple[dict[str, Any], dict[str, Any]]:
        client = ApplicationCommunicator(handler, scope_of(address, len(body)))
        await client.send_input({"type": "http.request", "body": body})
        start = await client.receive_output(30)
        content = await client.receive_output(30)
        await client.wait(30)
        return start, content

    return async_to_sync(asked)()


@pytest.fixture
def handler(settings: Any) -> PooledHandler:
    settings.ROOT_URLCONF = __name__
    return PooledHandler()


def test_middleware_and_view_run_in_threads_that_stay(handler: PooledHandler) -> None:
    answers = {ask(handler, "plain", b"12345") for _ in range(8)}
    assert all(status == 200 and body.startswith(b"request_") and body.endswith(b" 0 5") for status, body in answers)
    assert len(handler.pool._threads) <= 8
    assert connection.vendor == "sqlite" or not connection.in_atomic_block


def test_an_async_view_stays_with_the_event_loop(handler: PooledHandler) -> None:
    status, name = ask(handler, "waits")
    assert status == 200 and not name.startswith(b"request_")


def test_what_fails_or_is_not_there_is_answered(handler: PooledHandler) -> None:
    assert ask(handler, "fails")[0] == 500
    assert ask(handler, "nowhere")[0] == 404


def test_clients_connect_anew_now_and_then(handler: PooledHandler) -> None:
    asked = [(b"Connection", b"close") in messages(handler, "nowhere")[0]["headers"] for _ in range(300)]
    assert 1 <= sum(asked) <= 75


def test_what_streams_is_sent_whole_and_closed(handler: PooledHandler) -> None:
    closed.clear()
    start, content = messages(handler, "streams")
    assert (start["status"], content["body"]) == (200, b"some")
    assert closed == ["streams"]


def test_a_client_that_leaves_a_stream_ends_it(handler: PooledHandler) -> None:
    closed.clear()

    async def left() -> None:
        client = ApplicationCommunicator(handler, scope_of("endless"))
        await client.send_input({"type": "http.request", "body": b""})
        await client.receive_output(30)
        await client.receive_output(30)
        await client.send_input({"type": "http.disconnect"})
        await client.wait(30)

    async_to_sync(left)()
    assert closed == ["endless"]
