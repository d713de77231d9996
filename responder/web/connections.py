"""Limits on the time and size of headers, which uvicorn does not have.

1. The headers of a request, with its address, come whole within HEADERS_S seconds and MOST_HEADER_BYTES.
2. Between two parts of a body no more than MOST_HEADER_BYTES are spent on what is no body, such as trailers.
3. A client that sends further requests before it has its answers has MOST_PIPELINED of them waiting.
4. A client that takes nothing of its answer for UNREAD_S seconds is cut off.
5. One address holds `settings.CONNECTIONS_PER_ADDRESS` connections; trusted proxies any number.
"""

import asyncio
from collections import Counter
from typing import Any, ClassVar

from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from responder.web import client_addresses

HEADERS_S = 10.0
MOST_HEADER_BYTES = 32_768
MOST_PIPELINED = 8
UNREAD_S = 60.0


class BoundedConnection(HttpToolsProtocol):
    """A connection whose headers have a deadline and a size."""

    open_by_address: ClassVar[Counter[str]] = Counter()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._address = ""
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._since_progress = self._header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        host = self.client[0] if self.client else ""
        if not client_addresses.is_trusted_proxy(host):
            self._address = client_addresses.counted_as(host)
            self.open_by_address[self._address] += 1
            if self.open_by_address[self._address] > settings.CONNECTIONS_PER_ADDRESS:
                self._end(b"429 Too Many Requests")
                return
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._headers_came()
        self._was_read()
        if self._address:
            self.open_by_address[self._address] -= 1
            if self.open_by_address[self._address] <= 0:
                del self.open_by_address[self._address]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._deadline is None and (self.cycle is None or self.cycle.response_complete):
            self._expect_headers()
        self._since_progress += len(data)
        super().data_received(data)
        if self._since_progress > MOST_HEADER_BYTES:
            self._end(b"431 Request Header Fields Too Large")
        elif len(self.pipeline) > MOST_PIPELINED:
            self._end(b"429 Too Many Requests")

    def pause_writing(self) -> None:
        super().pause_writing()
        self._was_read()
        self._unread = self.loop.call_later(UNREAD_S, self.transport.abort)

    def resume_writing(self) -> None:
        self._was_read()
        super().resume_writing()

    def _was_read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def on_message_begin(self) -> None:
        self._header_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._header_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_bytes += len(name) + len(value)
        if self._header_bytes <= MOST_HEADER_BYTES:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._headers_came()
        self._since_progress = 0
        if self._header_bytes > MOST_HEADER_BYTES:
            self.app = _headers_too_large
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._since_progress = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._since_progress = 0
        super().on_message_complete()

    def _expect_headers(self) -> None:
        self._deadline = self.loop.call_later(HEADERS_S, self._end, b"408 Request Timeout")

    def _headers_came(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end(self, status: bytes) -> None:
        """Close the connection, with an answer unless one has begun."""
        self._headers_came()
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(b"HTTP/1.1 " + status + b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
        self.transport.close()


async def _headers_too_large(_scope: Any, _receive: Any, send: Any) -> None:
    headers = [(b"content-length", b"0"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 431, "headers": headers})
    await send({"type": "http.response.body"})
