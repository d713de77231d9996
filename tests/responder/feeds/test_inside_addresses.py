"""No feed reaches the inside of our network, whatever address a person types or a source names."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from responder.feeds.connectors import bluesky, mastodon, registry, x, x_compliance
from responder.feeds.connectors.base import FeedError, Unusable
from responder.models import Feed
from tests.fakes.inside import INSIDE, listening

Read = Callable[[str, str], Any]


@pytest.fixture(autouse=True)
def _only_a_network_of_nobody_is_allowed(settings: Any, _loopback_may_be_reached: None) -> None:
    """Plain http:// may be tried too: what refuses is the address."""
    settings.FEED_NETWORKS = ["192.0.2.99/32"]


def _first(connector: Any) -> Any:
    return next(iter(connector.read("", cursor_at=None)))


KINDS: dict[str, Read] = {
    "mastodon": lambda tls, at: _first(mastodon.Mastodon(address=f"http{tls}://{at}", token="secret")),
    "mastodon, deletions": lambda tls, at: mastodon.Mastodon(address=f"http{tls}://{at}").gone(["1"]),
    "x": lambda tls, at: _first(x.X(address=f"http{tls}://{at}", token="secret", terms=["flood"])),
    "x, deletions": lambda tls, at: x_compliance.gone(["1"], address=f"http{tls}://{at}", token="secret"),
    "x, storage to send to": lambda tls, at: x_compliance._sent(f"http{tls}://{at}/up", "1"),
    "x, storage to read from": lambda tls, at: x_compliance._download(f"http{tls}://{at}/down"),
    "bluesky": lambda tls, at: _first(bluesky.Jetstream1(address=f"ws{tls}://{at}")),
    "bluesky2": lambda tls, at: _first(bluesky.Jetstream2(address=f"ws{tls}://{at}")),
}


@pytest.mark.parametrize("tls", ["", "s"])
@pytest.mark.parametrize("kind", KINDS)
def test_none_of_many_inside_addresses_is_reached(kind: str, tls: str) -> None:
    with listening() as inside:
        for host in INSIDE:
            with pytest.raises(FeedError):
                KINDS[kind](tls, inside.authority(host))
        assert inside.opened == [] and inside.accepted == 0
    assert len(INSIDE) >= 60


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_that_changes_its_address_is_refused_at_the_socket(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as inside:
        port = inside.ports[socket.AF_INET]
        answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
        with pytest.raises(Unusable, match="RESPONDER_FEED_NETWORKS"):
            KINDS[kind]("s", f"mastodon.social:{port}")
        assert inside.opened == [] and inside.accepted == 0


@pytest.mark.parametrize("kind", KINDS)
def test_without_an_allowed_network_nothing_is_sent_in_the_clear(kind: str, settings: Any) -> None:
    settings.FEED_NETWORKS = []
    with listening() as inside:
        with pytest.raises(Unusable, match=r"must begin with (https|wss)://"):
            KINDS[kind]("", "8.8.8.8")
        assert inside.opened == []


@contextmanager
def _redirecting(to: str) -> Iterator[tuple[str, list[str]]]:
    """A server that sends everybody elsewhere; yields its authority and the requests that it saw."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(302)
            self.send_header("Location", to)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_PUT = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.mark.parametrize("kind", KINDS)
def test_no_redirect_is_followed_and_no_token_leaves_with_one(kind: str, settings: Any) -> None:
    settings.FEED_NETWORKS = ["127.0.0.0/8"]
    with listening() as inside:
        scheme = "ws" if kind.startswith("bluesky") else "http"
        elsewhere = inside.ports[socket.AF_INET]
        with _redirecting(f"{scheme}://127.0.0.1:{elsewhere}/latest/meta-data") as (authority, seen):
            with pytest.raises(Unusable):
                KINDS[kind]("", authority)
            assert len(seen) == 1
        assert inside.accepted == 0 and elsewhere not in [address[1] for address in inside.opened]


def test_storage_that_x_names_inside_is_not_reached_by_a_whole_job(settings: Any) -> None:
    settings.FEED_NETWORKS = ["127.0.0.1/32"]
    with listening() as inside:
        storage = f"http://127.0.0.2:{inside.ports[socket.AF_INET]}/up"
        job = json.dumps({"data": {"id": "1", "upload_url": storage, "download_url": storage}}).encode()
        with _answering(job) as address, pytest.raises(Unusable, match=r"127\.0\.0\.2 is not on the public internet"):
            x_compliance.gone(["1"], address=address, token="secret")
        assert inside.accepted == 0 and [host for host, *_ in inside.opened] == ["127.0.0.1"]


@contextmanager
def _answering(body: bytes) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("x", "https://api.x.com.evil.example"),
        ("x", "http://api.x.com"),
        ("mastodon", "http://mastodon.social"),
        ("mastodon", "https://mastodon.social:8443"),
        ("mastodon", "https://mastodon.social@evil.example"),
    ],
)
def test_a_token_goes_to_the_host_it_was_given_for_alone(kind: str, address: str, settings: Any) -> None:
    settings.X_TOKEN, settings.MASTODON_TOKENS = "ours", {"mastodon.social": "ours"}
    assert registry.connect(Feed(kind=kind, terms=["flood"])).token == "ours"  # type: ignore[attr-defined]
    assert registry.connect(Feed(kind=kind, terms=["flood"], address=address)).token == ""  # type: ignore[attr-defined]
