"""A server that streams a story over HTTP, and answers requests about what was told so far; with scripted faults.

While a client is away the story goes on: those events are told by the requests alone. When all was told the
connection ends, so that no test's end hangs on how long a client bears silence.
"""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.serving import serving
from tests.fakes.story import Event, Faults

AWAY = 7  # events that happen while a client is not connected


class Streaming:
    """Subclasses say how an event is framed, and answer requests by `answer`."""

    stream_paths: tuple[str, ...] = ()
    garbage: tuple[bytes, ...] = ()
    heartbeat = b"\n"

    def __init__(self, events: list[Event], faults: Faults | None = None, *, begin: int = 0) -> None:
        self.events, self.faults, self.position = events, faults or Faults(), begin
        self.finished = threading.Event()
        self.requests: list[tuple[str, str, dict[str, list[str]], Any]] = []
        self.sent = 0
        self.address = ""
        self.token = "secret-token"
        self.pace: threading.Event | None = None

    def frame(self, event: Event) -> bytes:
        raise NotImplementedError

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        raise NotImplementedError

    def happened(self) -> list[Event]:
        """What happened so far."""
        return self.events[: self.position]

    @contextmanager
    def running(self) -> Iterator[Any]:
        with serving(self._handler()) as self.address:
            yield self

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                fake._handle(self, "GET")

            def do_POST(self) -> None:
                fake._handle(self, "POST")

            def do_PUT(self) -> None:
                fake._handle(self, "PUT")

        return Handler

    def _handle(self, handler: BaseHTTPRequestHandler, method: str) -> None:
        parts = urlsplit(handler.path)
        query = parse_qs(parts.query)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        self.requests.append((method, parts.path, query, body))
        if self.needs_token(parts.path) and handler.headers.get("Authorization") != f"Bearer {self.token}":
            self._send(handler, 401, {"error": "The access token is invalid"})
        elif parts.path in self.stream_paths and self.faults.refusals:
            self._send(handler, self.faults.refusals.pop(0), {"error": "not now"})
        elif parts.path in self.stream_paths:
            self._stream(handler)
        else:
            self._send(handler, *self.answer(method, parts.path, query, body))

    def needs_token(self, path: str) -> bool:
        return True

    def _send(self, handler: BaseHTTPRequestHandler, status: int, content: Any) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _stream(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        handler.wfile.write(self.heartbeat)
        with suppress(OSError):  # the client left
            self._tell(handler)

    def _tell(self, handler: BaseHTTPRequestHandler) -> None:
        while self.position < len(self.events):
            first = self.position
            pair = [first]
            if first in self.faults.swapped and first + 2 < len(self.events):
                pair = [first + 1, first]
            for position in pair:
                if position in self.faults.garbage:
                    for nonsense in self.garbage:
                        handler.wfile.write(nonsense)
                for _ in range(2 if position in self.faults.twice else 1):
                    handler.wfile.write(self.frame(self.events[position]))
                    self.sent += 1
            self.position = first + len(pair)
            if self._breaks(pair, self.faults.stalls):
                self._go_on_alone()
                self._wait(handler)
                return
            if self._breaks(pair, self.faults.cuts):
                self._go_on_alone()
                handler.connection.shutdown(socket.SHUT_RDWR)
                raise OSError
            if self.pace:
                self.pace.wait(0.004)  # 250 a second
        self.finished.set()

    @staticmethod
    def _breaks(pair: list[int], places: set[int]) -> bool:
        found = places.intersection(pair)
        places.difference_update(found)
        return bool(found)

    def _go_on_alone(self) -> None:
        """Things happen that this client is not told. The last ones wait for it, so that the story has an end."""
        self.position = min(self.position + AWAY, max(self.position, len(self.events) - 2))

    def _wait(self, handler: BaseHTTPRequestHandler) -> None:
        while handler.connection.recv(1024):
            pass
