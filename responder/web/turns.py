"""Limits per address: the number of concurrent requests in one process, and the bytes of unread responses.

1. An address has MOST_AT_ONCE of the threads that answer requests. Its other requests wait, MOST_WAITING of them, and more are
   refused at once: nobody at another address waits behind them.
2. Answers that their client has not read yet are held: MOST_UNREAD bytes of one address, MOST_UNREAD_IN_ALL together. Beyond that
   a large answer is replaced by a refusal. A small one never is: it may say that a decision was stored.

A trusted proxy that names no client is no address: its requests are counted in no share, only together.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext as _

from responder.web import client_addresses
from responder.web.bodies import BodyRefused

MEGABYTE = 1024 * 1024
MOST_AT_ONCE, MOST_WAITING = 24, 232  # with the connections that one address may hold, none is refused
MOST_UNREAD, MOST_UNREAD_IN_ALL = 64 * MEGABYTE, 384 * MEGABYTE
SMALL = 64 * 1024  # bytes; as many connections as an address may hold keep 16 MB of them
RETRY_AFTER_S = 5


@dataclass
class _Share:
    """The requests of one address: those with a thread, and those that wait for one."""

    threads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_AT_ONCE))
    requests: int = 0


class Turns:
    """Shares of the threads that answer requests. Belongs to one event loop."""

    def __init__(self) -> None:
        self._shares: dict[str, _Share] = {}

    @asynccontextmanager
    async def turn(self, address: str) -> AsyncIterator[None]:
        """The right to a thread; without an address at once. Raises BodyRefused."""
        if not address:
            yield
            return
        share = self._shares.setdefault(address, _Share())
        if share.requests >= MOST_AT_ONCE + MOST_WAITING:
            detail = _("The server is handling too many requests from your network. Try again in a few seconds.")
            raise BodyRefused(HTTPStatus.TOO_MANY_REQUESTS, detail, retry_after_s=RETRY_AFTER_S)
        share.requests += 1
        try:
            async with share.threads:
                yield
        finally:
            share.requests -= 1
            if not share.requests:
                self._shares.pop(address, None)


class Unread:
    """Bytes of answers that their clients have not read yet."""

    def __init__(self) -> None:
        self._by_address: Counter[str] = Counter()
        self._total = 0

    @contextmanager
    def held(self, address: str, size: int) -> Iterator[None]:
        """Count `size` bytes until they are sent. Raises BodyRefused where the client, or all together, hold too many."""
        if size > SMALL and (
            self._total + size > MOST_UNREAD_IN_ALL or (address and self._by_address[address] + size > MOST_UNREAD)
        ):
            detail = _("Too many responses are waiting to be read. Read them, then try again.")
            raise BodyRefused(HTTPStatus.TOO_MANY_REQUESTS, detail, retry_after_s=RETRY_AFTER_S)
        self._by_address[address] += size
        self._total += size
        try:
            yield
        finally:
            self._by_address[address] -= size
            self._total -= size
            if not self._by_address[address]:
                del self._by_address[address]


def address_of(scope: Any) -> str:
    """The address that a request's shares are counted by; empty for a trusted proxy that names no client."""
    host = (scope.get("client") or ("", 0))[0] or ""
    return "" if not host or client_addresses.is_trusted_proxy(host) else client_addresses.counted_as(host)
