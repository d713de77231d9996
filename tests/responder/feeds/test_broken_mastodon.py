"""A Mastodon server whose answers are broken or hostile: no post is erased, no memory and no time without bound."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from responder.feeds.connectors import mastodon
from responder.feeds.connectors.base import FeedError, Unreachable

Answer = Callable[[str], tuple[int, bytes]]


@contextmanager
def server(answer: Answer) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the test's output quiet."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        running.server_close()


@pytest.mark.parametrize("body", [b"", b"{}", b'{"error":"try later"}', b'"x"', b"[null]", b"5", b'[{"x":1}]'])
def test_an_answer_that_is_no_list_of_posts_says_nothing_about_deletions(body: bytes) -> None:
    with server(lambda _: (200, body)) as address, pytest.raises(FeedError):
        mastodon.Mastodon(address=address).gone(["1", "2"])


def test_a_list_without_any_post_is_checked_post_by_post() -> None:
    def answer(path: str) -> tuple[int, bytes]:
        if path.startswith("/api/v1/statuses?"):
            return 200, b"[]"
        return (404, b"{}") if path.endswith("/2") else (200, json.dumps({"id": path.rsplit("/", 1)[1]}).encode())

    with server(answer) as address:
        assert mastodon.Mastodon(address=address).gone(["1", "2", "3"]) == {"2"}


def test_an_event_without_end_ends_the_stream() -> None:
    endless = b"event: update\n" + b"data: x\n" * (mastodon.MOST_EVENT_LINES + 1)
    with server(lambda _: (200, endless)) as address, pytest.raises(Unreachable, match="without end"):
        list(mastodon.Mastodon(address=address).read("", cursor_at=None))


@pytest.mark.parametrize("html", ["<![<![", '<a/"' * 30_000, "<a " * 30_000])
def test_hostile_html_is_garbage_and_not_an_end(html: str) -> None:
    status = {
        "id": "113000000000000000",
        "created_at": "2024-09-01T00:00:00Z",
        "content": html,
        "account": {"acct": "a"},
    }
    assert mastodon.Mastodon(address="http://127.0.0.1")._item(status).garbage
