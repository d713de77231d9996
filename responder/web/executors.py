"""Thread pools for blocking work that isn't tied to one request's thread: exports, downloads and the live pump.

Outside a request, `sync_to_async` uses one thread for the whole process: a slow export would stop every other download
and the live map. Each kind of work has threads of its own instead, so that it can only delay its own kind.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from asgiref.sync import sync_to_async

from classifier import database

T = TypeVar("T")


class Executor:
    """Named threads for one kind of blocking work."""

    def __init__(self, name: str, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call `function` in one of the threads, which gives its database connections back afterwards."""

        def call() -> T:
            database.release_connections()
            try:
                return function(*arguments)
            finally:
                database.release_connections()

        return await sync_to_async(call, thread_sensitive=False, executor=self._pool)()

    async def iterate(self, pieces: Iterator[T]) -> AsyncIterator[T]:
        """Iterate over blocking `pieces` in an event loop, with a thread for each piece, not for all."""
        while (piece := await self.run(next, pieces, None)) is not None:
            yield piece


EXPORTS = Executor("export", 4)  # more would only compete for the processor: most of an export is Python code
LIVE = Executor("live", 1)  # the pump runs one query at a time
