"""How a request reaches its view under ASGI: a thread of a pool runs all of it, middleware and view.

Django alone hands a request to and fro between its event loop and a new thread, at each middleware that is not async
and once more for the view: 5 of 13 ms of processor time of one prediction. Only async views (the event stream, which
stays open) go Django's way.
"""

import random
from asyncio import FIRST_COMPLETED, create_task, gather, get_running_loop, iscoroutinefunction, wait
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import lru_cache
from time import perf_counter
from typing import IO, Any

from asgiref.sync import sync_to_async
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.core.signals import request_started
from django.db import close_old_connections
from django.urls import Resolver404, resolve, set_script_prefix

THREADS = 64  # requests that are answered at once; more wait their turn
# Connections stay with the process that took them, and one process may take all that come at once. So after so many
# requests or so much work, on average, a client is asked to connect anew: under load it gets the process that has time.
REQUESTS_A_CONNECTION, SECONDS_A_CONNECTION = 20, 1.0


class PooledHandler(ASGIHandler):
    """Django's handler, with a synchronous chain of middleware beside the asynchronous one."""

    def __init__(self) -> None:
        super().__init__()
        self.synchronous = BaseHandler()
        self.synchronous.load_middleware(is_async=False)
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="request")
        self.is_async = lru_cache(maxsize=4_096)(_is_async)  # by path: it costs as much as half of the middleware

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or self.is_async(scope["path"]):
            await super().__call__(scope, receive, send)
            return
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        # A client that leaves meanwhile changes nothing: what its request does is done, and nobody reads the answer.
        response = await get_running_loop().run_in_executor(self.pool, copy_context().run, self._answer, scope, body)
        if response.streaming:
            await self._stream(response, receive, send)
        else:
            await self.send_response(response, send)

    def _answer(self, scope: Any, body: IO[bytes]) -> Any:
        """The response to a request; closed already, unless it streams."""
        set_script_prefix(get_script_prefix(scope))
        began = perf_counter()
        request_started.send(type(self), scope=scope)
        try:
            request, refusal = self.create_request(scope, body)
            response: Any = refusal if request is None else self.synchronous.get_response(request)
            response._handler_class = type(self)
            if not response.streaming:
                response.close()
                share = 1 / REQUESTS_A_CONNECTION + (perf_counter() - began) / SECONDS_A_CONNECTION
                if random.random() < share:  # noqa: S311  no secret
                    response["Connection"] = "close"
            return response
        finally:
            body.close()
            close_old_connections()  # this thread's: a pool's connection goes back

    async def _stream(self, response: Any, receive: Any, send: Any) -> None:
        """Send until the end, or until the client leaves."""
        sending = create_task(self.send_response(response, send))
        leaving = create_task(self.listen_for_disconnect(receive))
        await wait([sending, leaving], return_when=FIRST_COMPLETED)
        for task in (sending, leaving):
            task.cancel()
        ended, _ = await gather(sending, leaving, return_exceptions=True)
        await sync_to_async(response.close)()
        if isinstance(ended, Exception):
            raise ended


def _is_async(path: str) -> bool:
    try:
        return iscoroutinefunction(resolve(path).func)
    except Resolver404:
        return False
