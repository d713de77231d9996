"""A Jetstream server, versions 1 and 2, on loopback: the real wire format, with the faults of a script.

https://github.com/bluesky-social/jetstream
"""

import http
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from tests.fakes.story import Event, Faults

V1, V2 = "/subscribe", "/xrpc/network.bsky.jetstream.subscribeEvents"
SEQ_STEP = 20  # other collections' events lie between those of posts
DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"


class Jetstream:
    """Arguments:
    events, faults: the story, and what goes wrong.
    oldest: position of the oldest event that is still kept.
    """

    def __init__(self, events: list[Event], faults: Faults | None = None, *, oldest: int = 0) -> None:
        self.events, self.faults, self.oldest = events, faults or Faults(), oldest
        self.finished = threading.Event()
        self.cursors: list[str] = []  # as clients asked for them
        self.address = ""

    @contextmanager
    def running(self) -> Iterator["Jetstream"]:
        with serve(self._serve, "127.0.0.1", 0, process_request=self._admit, max_queue=8) as server:
            port = server.socket.getsockname()[1]
            self.address = f"ws://127.0.0.1:{port}"
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join(10)

    def last_cursor(self, version: int) -> str:
        last = self.events[-1]
        return str(self._us(last) if version == 1 else self._seq(last))

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        path, query = self._asked(request.path)
        cursor = query.get("cursor", "")
        if self.faults.refusals:
            return self._refuse(self.faults.refusals.pop(0), b"")
        wanted = {V1: {"wantedCollections", "cursor"}, V2: {"kinds", "collections", "cursor"}}.get(path)
        if wanted is None or not query.keys() <= wanted:
            return self._refuse(400, b'{"error":"InvalidRequest"}')
        self.cursors.append(cursor)
        if path == V2 and cursor and int(cursor) < self._seq(self.events[self.oldest]) and self.oldest:
            return self._refuse(400, b'{"error":"CursorTooOld","message":"cursor is too old"}')
        return None

    def _refuse(self, status: int, body: bytes) -> Response:
        reason = http.HTTPStatus(status).phrase
        return Response(status, reason, Headers({"Content-Length": str(len(body)), "Retry-After": "1"}), body)

    def _serve(self, connection: ServerConnection) -> None:
        path, query = self._asked(connection.request.path)  # type: ignore[union-attr]
        first = self._first(path, query.get("cursor", ""))
        try:
            self._tell(connection, path, first)
            self.finished.set()  # and the connection ends
        except ConnectionClosed:
            pass

    def _tell(self, connection: ServerConnection, path: str, first: int) -> None:
        for position in self.faults.order(first, len(self.events)):
            if position in self.faults.garbage:
                connection.send('{"kind": "commit", "time_us": "soon", "commit": [')
                connection.send(b"\xff\x00 not JSON")
                connection.send('{"kind": "commit", "did": "x", "payload": 7}')
            connection.send(json.dumps(self._message(path, self.events[position])))
            if position in self.faults.stalls:
                self.faults.stalls.discard(position)
                for _message in connection:
                    pass
                return
            if position in self.faults.cuts:
                self.faults.cuts.discard(position)
                connection.socket.close()
                raise ConnectionClosed(None, None)

    def _first(self, path: str, cursor: str) -> int:
        """Position of the first event from the cursor on; without one the story begins now."""
        if not cursor:
            return self.oldest
        key = self._us if path == V1 else self._seq
        found = next((event.number for event in self.events if key(event) >= int(cursor)), len(self.events))
        return max(found, self.oldest)  # version 1 moves a cursor that is too old, and does not tell

    def _message(self, path: str, event: Event) -> dict[str, Any]:
        operation = {"post": "create", "edit": "update", "delete": "delete"}[event.verb]
        record = {
            "$type": "app.bsky.feed.post", "text": event.text, "langs": ["en"],
            "createdAt": event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        }  # fmt: skip
        rkey, rev = f"3l{event.post:011d}", f"3m{event.number:011d}"
        more = {} if operation == "delete" else {"record": record, "cid": f"bafyrei{event.number}"}
        if path == V1:
            commit = {"rev": rev, "operation": operation, "collection": "app.bsky.feed.post", "rkey": rkey} | more
            return {"did": DID, "time_us": self._us(event), "kind": "commit", "commit": commit}
        payload = {"seq": self._seq(event), "did": DID, "time": event.at.isoformat().replace("+00:00", "Z"),
                   "operation": operation, "rkey": rkey} | more  # fmt: skip
        return {"$type": "message", "payload": payload}

    @staticmethod
    def _asked(target: str) -> tuple[str, dict[str, str]]:
        parts = urlsplit(target)
        return parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}

    @staticmethod
    def _us(event: Event) -> int:
        return int(event.at.timestamp() * 1_000_000)

    @staticmethod
    def _seq(event: Event) -> int:
        return 1_000_000 + event.number * SEQ_STEP
