"""How a request reaches its view under ASGI: a thread of a pool runs all of it, middleware and view.

Django alone hands a request to and fro between its event loop and a new thread, at each middleware that is not async
and once more for the view: 5 of 13 ms of processor time of one prediction. Only async views (the event stream, which
stays open) go Django's way.
"""

import random
from asyncio import FIRST_COMPLETED, create_task, gather, get_running_loop, iscoroutinefunction, wait
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import lru_cache
from io import BytesIO
from time import perf_counter
from typing import Any, NamedTuple

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.core.signals import request_started
from django.db import close_old_connections
from django.http import HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve, set_script_prefix

from responder.web import bodies, callers, liveness, refusals, turns

THREADS = 64  # requests that are answered at once; more wait their turn
# Connections stay with the process that took them, and one process may take all that come at once. So after so many
# requests or so much work, on average, a client is asked to connect anew: under load it gets the process that has time.
REQUESTS_A_CONNECTION, SECONDS_A_CONNECTION = 20, 1.0
REMEMBERED_PATH = 200  # characters; longer paths are looked up each time, so that strangers cannot fill the memory


class Route(NamedTuple):
    """Facts about a path that are known before its view runs."""

    url_name: str | None
    is_async: bool


class SynchronousHandler(BaseHandler):
    """Django's chain of middleware and view for a thread, which looks paths up once: that costs as much as half of the middleware."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=False)
        self.remembered = lru_cache(maxsize=4_096)(resolve)

    def resolve_request(self, request: Any) -> ResolverMatch:
        """The view and its arguments. Raises Resolver404."""
        if hasattr(request, "urlconf") or len(request.path_info) > REMEMBERED_PATH:
            return super().resolve_request(request)
        match: ResolverMatch = self.remembered(request.path_info)
        request.resolver_match = match
        return match


class PooledHandler(ASGIHandler):
    """Django's handler, with a synchronous chain of middleware beside the asynchronous one."""

    def __init__(self) -> None:
        super().__init__()
        self.synchronous = SynchronousHandler()
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="request")
        self.reception = bodies.Reception()
        self.turns, self.unread = turns.Turns(), turns.Unread()
        self.remembered = lru_cache(maxsize=4_096)(_route)  # it costs as much as half of the middleware

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        path = scope["path"]
        if liveness.is_probe(scope):
            await liveness.answer(scope, send)
            return
        route = self.remembered(path) if len(path) <= REMEMBERED_PATH else _route(path)
        try:
            body = await self.reception.read(scope, receive, url_name=route.url_name, identify=self._identify)
        except RequestAborted:
            return
        except bodies.BodyRefused as refused:
            await refusals.send(refused, scope, receive, send)
            return
        if route.is_async:
            await super().__call__(scope, _replayed(body, receive), send)
            return
        try:
            await self._answered(scope, receive, send, body)
        except bodies.BodyRefused as refused:
            await refusals.send(refused, scope, receive, send)
        finally:
            body.close()

    async def _answered(self, scope: Any, receive: Any, send: Any, body: bodies.Body) -> None:
        """Answer in a thread of the pool, and send. Raises Refused before anything is sent."""
        address = turns.address_of(scope)
        # A client that leaves meanwhile changes nothing: what its request does is done, and nobody reads the answer.
        async with self.turns.turn(address):
            response = await self._in_pool(self._answer, scope, body)
        if response.streaming:
            await self._stream(response, receive, send)
            return
        with self.unread.held(address, len(response.content)):
            await self.send_response(response, send)

    async def _in_pool(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await get_running_loop().run_in_executor(self.pool, copy_context().run, function, *arguments)

    async def _identify(self, scope: Any) -> str | None:
        return await self._in_pool(_caller, scope)

    def _answer(self, scope: Any, body: bodies.Body) -> Any:
        """The response to a request; closed already, unless it streams."""
        set_script_prefix(get_script_prefix(scope))
        began = perf_counter()
        request_started.send(type(self), scope=scope)
        try:
            request, refusal = self.create_request(scope, body.file)
            response: Any = refusal if request is None else self.synchronous.get_response(request)
            response._handler_class = type(self)
            if not response.streaming:
                response.close()
                share = 1 / REQUESTS_A_CONNECTION + (perf_counter() - began) / SECONDS_A_CONNECTION
                if random.random() < share:  # noqa: S311  no secret
                    response["Connection"] = "close"
                return _bare(response)
            return response
        finally:
            body.close()
            close_old_connections()  # this thread's connections: a pooled one is returned

    async def _stream(self, response: Any, receive: Any, send: Any) -> None:
        """Send until the end, or until the client leaves."""
        if not response.is_async:
            response.block_size = self.chunk_size  # of a file
            response.streaming_content = self._pieces(iter(response.streaming_content))
        sending = create_task(self.send_response(response, send))
        leaving = create_task(self.listen_for_disconnect(receive))
        await wait([sending, leaving], return_when=FIRST_COMPLETED)
        for task in (sending, leaving):
            task.cancel()
        ended, _ = await gather(sending, leaving, return_exceptions=True)
        await self._in_pool(_close, response)
        if isinstance(ended, Exception):
            raise ended

    async def _pieces(self, content: Iterator[bytes]) -> AsyncIterator[bytes]:
        """The pieces of a synchronous streaming response (mostly static files), each read in the pool."""
        while (piece := await self._in_pool(_next, content)) is not None:
            yield piece


def _bare(response: Any) -> HttpResponse:
    """Return only the bytes and headers. The objects they were made from may take five times the memory while the client reads."""
    bare = HttpResponse(response.content, status=response.status_code, reason=response.reason_phrase)
    bare.headers, bare.cookies = response.headers, response.cookies
    return bare


def _next(content: Iterator[bytes]) -> bytes | None:
    try:
        return next(content, None)
    finally:
        close_old_connections()


def _close(response: Any) -> None:
    try:
        response.close()
    finally:
        close_old_connections()


def _route(path: str) -> Route:
    try:
        match = resolve(path)
    except Resolver404:
        return Route(None, False)
    return Route(match.url_name or "", iscoroutinefunction(match.func))


def _caller(scope: Any) -> str | None:
    try:
        return callers.identify(ASGIRequest(scope, BytesIO()))
    finally:
        close_old_connections()


def _replayed(body: bodies.Body, receive: bodies.Receive) -> bodies.Receive:
    """`receive` for a view that reads the body itself."""

    async def first_the_body() -> Any:
        if body.file.closed:
            return await receive()
        content = body.file.read()
        body.close()
        return {"type": "http.request", "body": content, "more_body": False}

    return first_the_body
