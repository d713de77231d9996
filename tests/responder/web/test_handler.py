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
from django.test import Client
from django.urls import path

from responder.models import Event
from responder.web import bodies, turns
from responder.web.handler import THREADS, PooledHandler

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
    return streaming_response("streams", forever=False)


@login_not_required
def endless(_request: HttpRequest) -> StreamingHttpResponse:
    return streaming_response("endless", forever=True)


def streaming_response(name: str, *, forever: bool) -> StreamingHttpResponse:
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


def scope_of(address: str, length: int = 0, method: str = "GET") -> dict[str, Any]:
    headers = [(b"host", b"localhost"), (b"content-length", str(length).encode())]
    return {
        "type": "http", "http_version": "1.1", "method": method, "path": f"/{address}", "query_string": b"",
        "headers": headers, "scheme": "http", "asgi": {"version": "3.0"}, "client": ("127.0.0.1", 1),
    }  # fmt: skip


def ask(handler: PooledHandler, address: str, body: bytes = b"", method: str = "GET") -> tuple[int, bytes]:
    start, content = messages(handler, address, body, method)
    return start["status"], content["body"]


def messages(
    handler: PooledHandler, address: str, body: bytes = b"", method: str = "GET"
) -> tuple[dict[str, Any], dict[str, Any]]:
    async def asked() -> tuple[dict[str, Any], dict[str, Any]]:
        client = ApplicationCommunicator(handler, scope_of(address, len(body), method))
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


def test_the_process_says_that_it_is_up_while_every_thread_is_taken() -> None:
    """Twice as much work as threads; none of it ends before the answers came."""
    handler, end = PooledHandler(), threading.Event()
    for _ in range(2 * THREADS):
        handler.pool.submit(end.wait, 120)
    try:
        start, content = messages(handler, "healthz")
        assert (start["status"], content["body"]) == (200, b'{"status": "ok"}')
        assert ask(handler, "healthz", method="HEAD") == (200, b"")
    finally:
        end.set()
    assert ask(handler, "healthz", method="POST")[0] == 403  # the CSRF check answers before the view
    assert ask(handler, "healthz", b"some body") == (200, b'{"status": "ok"}')


def test_the_loops_answer_is_the_views(client: Client) -> None:
    start, content = messages(PooledHandler(), "healthz")
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (start["status"], content["body"])
    for name, value in start["headers"]:
        assert response.headers.get(name.decode(), value.decode()) == value.decode()


def test_an_answer_that_waits_to_be_read_is_bytes_and_headers_alone(handler: PooledHandler) -> None:
    response = handler._answer(scope_of("plain"), bodies.Body(bodies.PARSED, 0))
    assert type(response) is HttpResponse
    assert not {"data", "renderer_context", "resolver_match", "wsgi_request"} & set(vars(response))
    assert response.content.startswith(b"MainThread 0 0") and response["X-Content-Type-Options"] == "nosniff"


def test_an_answer_that_would_be_one_too_many_is_refused(
    handler: PooledHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "MOST_UNREAD_IN_ALL", 3)
    monkeypatch.setattr(turns, "SMALL", 3)
    start, content = messages(handler, "plain")
    assert start["status"] == 429 and dict(start["headers"])[b"retry-after"] == b"5"
    assert b"waiting to be read" in content["body"]
