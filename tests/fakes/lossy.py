"""A line between a client and a real server that fails as told: answers get lost, connections break, gateways refuse."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import httpx

from tests.fakes.serving import serving

LOSE = "lose"  # the request arrives, its answer does not
BREAK = "break"  # the request does not arrive
Fault = str | int  # or the status that a gateway answers in the server's place
HOP = {"connection", "transfer-encoding", "content-length", "content-encoding", "date", "server"}


class Line:
    """Forwards every request to `server`, one at a time; the next of `faults` happens to each, then none."""

    def __init__(self, server: str, *faults: Fault, retry_after: str | None = None, gather: int = 1) -> None:
        self.server, self.faults, self.retry_after = server, deque(faults), retry_after
        self.keys: list[str | None] = []  # Idempotency-Key of each request
        self.together = threading.Barrier(gather)  # the first requests wait until so many are under way
        self.gathered = 0
        self._one = threading.Lock()
        self.address = ""

    @contextmanager
    def open(self) -> Iterator["Line"]:
        with serving(self._handler()) as self.address:
            yield self

    def pass_on(self, handler: BaseHTTPRequestHandler) -> httpx.Response | None:
        """The answer that goes back; None for a line that breaks."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        self._gather()
        with self._one:
            self.keys.append(handler.headers.get("Idempotency-Key"))
            fault = self.faults.popleft() if self.faults else None
            if fault == BREAK:
                return None
            if isinstance(fault, int):
                return httpx.Response(fault, headers={"Retry-After": self.retry_after} if self.retry_after else {})
            headers = {k: v for k, v in handler.headers.items() if k.lower() not in ("host", "connection")}
            answer = httpx.request(
                handler.command, self.server + handler.path, content=body, headers=headers, timeout=60
            )  # fmt: skip
            return None if fault == LOSE else answer

    def _gather(self) -> None:
        with self._one:
            early = self.gathered < self.together.parties
            self.gathered += early
        if early:
            self.together.wait(30)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        line = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                answer = line.pass_on(self)
                if answer is None:
                    self.close_connection = True
                    return
                self.send_response(answer.status_code)
                for name, value in answer.headers.items():
                    if name.lower() not in HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            do_POST = do_GET

            def log_message(self, *args: object) -> None:
                pass

        return Handler
