"""Servers on loopback that speak Mastodon's API without its stream, each with ids of its own and what sets it apart.

Pleroma answers a web page where it knows no address; GoToSocial has no list of statuses by id; both, and Misskey's relatives,
page by Link headers.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.serving import serving

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
PAGE = b"<!DOCTYPE html><html><body>This page is for people.</body></html>"


def _digits(number: int, alphabet: str, length: int) -> str:
    found = ""
    for _ in range(length):
        number, digit = divmod(number, len(alphabet))
        found = alphabet[digit] + found
    return found


def flake(at: datetime, n: int) -> str:
    """An id of Pleroma."""
    return _digits((int(at.timestamp() * 1000) << 64) | (7 << 16) | n, BASE62, 18)


def ulid(at: datetime, n: int) -> str:
    """An id of GoToSocial."""
    return _digits(int(at.timestamp() * 1000), CROCKFORD, 10) + _digits(n, CROCKFORD, 16)


def aidx(at: datetime, n: int) -> str:
    """An id of Misskey's relatives."""
    return _digits(int(at.timestamp() * 1000) - 946_684_800_000, BASE36, 8) + "0a1b" + _digits(n, BASE36, 4)


IDS = {"pleroma": flake, "gotosocial": ulid, "misskey": aidx}


class Relative:
    """A server with posts, a minute apart; `kind` is a key of IDS."""

    def __init__(self, kind: str, begin: datetime) -> None:
        self.kind, self.begin, self.requests = kind, begin, list[str]()
        self.posts: list[dict[str, Any]] = []
        self.address = ""

    def publish(self, number: int = 1, **more: Any) -> list[str]:
        """Add posts. Returns their ids."""
        for n in range(len(self.posts), len(self.posts) + number):
            at = self.begin + timedelta(seconds=n)
            status: dict[str, Any] = {
                "id": IDS[self.kind](at, n), "created_at": at.isoformat(), "content": f"<p>Water at house {n}</p>",
                "visibility": "public", "language": "en", "spoiler_text": "", "reblog": None, "account": {"acct": "ana"},
                "media_attachments": [], "edited_at": None,
            }  # fmt: skip
            self.posts.append(status | more)
        return [post["id"] for post in self.posts[-number:]]

    @contextmanager
    def running(self) -> Iterator["Relative"]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                """Keep the test's output quiet."""

            def do_GET(self) -> None:
                fake._answer(self)

        with serving(Handler) as self.address:
            yield self

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        self.requests.append(handler.path)
        if parts.path == "/api/v1/timelines/public":
            self._timeline(handler, parse_qs(parts.query))
        elif parts.path.startswith("/api/v1/statuses/"):
            wanted = parts.path.rpartition("/")[2]
            found = next((post for post in self.posts if post["id"] == wanted), None)
            self._send(handler, 200 if found else 404, found or {"error": "Record not found"})
        elif self.kind == "pleroma":
            self._send(handler, 200, PAGE, kind="text/html; charset=utf-8")
        else:
            self._send(handler, 404, {"error": "Not Found"})

    def _timeline(self, handler: BaseHTTPRequestHandler, query: dict[str, list[str]]) -> None:
        limit, after = int(query["limit"][0]), query.get("min_id", [""])[0]
        ids = [post["id"] for post in self.posts]
        if after:
            first = ids.index(after) + 1
            page = self.posts[first : first + limit]
        else:
            page = self.posts[-limit:]
        shown = page[::-1]
        link = f'<{self.address}{urlsplit(handler.path).path}?min_id={shown[0]["id"]}>; rel="prev"' if shown else ""
        self._send(handler, 200, shown, link=link)

    @staticmethod
    def _send(
        handler: BaseHTTPRequestHandler, status: int, content: Any, *, kind: str = "application/json", link: str = ""
    ) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        if link:
            handler.send_header("Link", link)
        handler.end_headers()
        handler.wfile.write(body)
