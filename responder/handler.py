"""How a request reaches its view under ASGI: a thread of a pool runs all of it, middleware and view.

Django alone hands a request to and fro between its event loop and a new thread, at each middleware that is not async
and once more for the view: 5 of 13 ms of processor time of one prediction. Only async views (the event stream, which
stays open) go Django's way.
"""

from asyncio import CancelledError, get_running_loop, iscoroutinefunction, shield, wait
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve

ASYNC = "responder.async"
THREADS = 64  # requests that are answered at once; more wait their turn


class PooledHandler(ASGIHandler):
    """Django's handler, with a synchronous chain of middleware beside the asynchronous one."""

    def __init__(self) -> None:
        super().__init__()
        self.synchronous = BaseHandler()
        self.synchronous.load_middleware(is_async=False)
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="request")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope[ASYNC] = scope["type"] != "http" or _is_async(scope["path"])
        if scope[ASYNC]:
            await super().__call__(scope, receive, send)
        else:
            await self.handle(scope, receive, send)  # no thread of its own for this request

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        if request.scope[ASYNC]:  # type: ignore[attr-defined]
            return await super().get_response_async(request)
        running = get_running_loop().run_in_executor(self.pool, copy_context().run, self._answer, request)
        try:
            return await shield(running)
        except CancelledError:  # the client left: the request's body is closed only once nobody reads it any more
            await wait([running])
            raise

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self.synchronous.get_response(request)
        finally:
            close_old_connections()  # this thread's: a pool's connection goes back


def _is_async(path: str) -> bool:
    try:
        return iscoroutinefunction(resolve(path).func)
    except Resolver404:
        return False
