"""The way of a request under ASGI: one thread of the pool, and Django's own way for async views."""

import threading
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
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


urlpatterns = [path("plain", plain), path("waits", waits), path("fails", fails)]


def ask(handler: PooledHandler, address: str, body: bytes = b"") -> tuple[int, bytes]:
    async def asked() -> tuple[int, bytes]:
        headers = [(b"host", b"localhost"), (b"content-length", str(len(body)).encode())]
        scope: dict[str, Any] = {
            "type": "http", "http_version": "1.1", "method": "GET", "path": f"/{address}", "query_string": b"",
            "headers": headers, "scheme": "http", "asgi": {"version": "3.0"}, "client": ("127.0.0.1", 1),
        }  # fmt: skip
        client = ApplicationCommunicator(handler, scope)
        await client.send_input({"type": "http.request", "body": body})
        start = await client.receive_output(30)
        content = await client.receive_output(30)
        await client.wait(30)
        return start["status"], content["body"]

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
