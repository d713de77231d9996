"""A partner's receiver of webhooks: verifies signatures as the standard's own library does, and misbehaves as told."""

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

Behave = Callable[[str, int], int]
HANG_UP, KEEP_AND_HANG_UP, SAY_NOTHING = 0, -1, -2  # instead of a status


class Sink:
    """What arrived. `behave(webhook-id, how often it came)` gives the status to answer, or one of the words below."""

    def __init__(self, behave: Behave = lambda _key, _times: 200) -> None:
        self.behave, self.secrets = behave, list[str]()
        self.seen: Counter[str] = Counter()
        self.accepted, self.refused, self.hits = set[str](), 0, 0
        self.bodies = dict[str, Any]()
        self.kept_twice = 0
        self._lock = threading.Lock()

    def receive(self, headers: dict[str, str], body: bytes) -> int:
        with self._lock:
            self.hits += 1
            found = self.verify(headers, body)
            if found is None:
                self.refused += 1
                return 401
            key = headers["webhook-id"]
            self.seen[key] += 1
            status = self.behave(key, self.seen[key])
            if 200 <= status < 300 or status == KEEP_AND_HANG_UP:
                self.kept_twice += key in self.accepted
                self.accepted.add(key)
                self.bodies[key] = found
            return status

    def verify(self, headers: dict[str, str], body: bytes) -> Any:
        """The event, or None where no secret of ours signed it, or too long ago."""
        for secret in self.secrets:
            try:
                return Webhook(secret).verify(body, headers)
            except WebhookVerificationError:
                continue
        return None

    @contextmanager
    def open(self, family: int = socket.AF_INET) -> Iterator[str]:
        """Listen; yields the address."""
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status = sink.receive({key.lower(): value for key, value in self.headers.items()}, body)
                if status == SAY_NOTHING:
                    self.connection.recv(1)  # until the other side gives up
                if status <= 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            address_family = family
            daemon_threads = True
            request_queue_size = 128

        host = "127.0.0.1" if family == socket.AF_INET else "::1"
        server = Server((host, 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://{host if family == socket.AF_INET else f'[{host}]'}:{server.server_address[1]}/hook"
        finally:
            server.shutdown()
            server.server_close()
            thread.join(10)
