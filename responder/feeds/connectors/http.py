"""Shared code of HTTP feeds: streamed lines with pauses, and errors as text."""

import queue
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpcore
import httpx
from django.conf import settings

from classifier import bounded_json, clock, outbound
from responder.feeds.connectors.base import (
    MOST_VALUES,
    TICK_S,
    FeedError,
    Refused,
    Stalled,
    TooFast,
    Unreachable,
    Unusable,
    moment,
)

MOST_BYTES = 2_000_000  # of a line, or of an answer
MOST_WAITING_BYTES = 16_000_000  # of lines that nobody has taken yet
LONGEST_WAIT_S = 3600.0
MOST_PARAMETERS = 20
NOT_OFFERED = (400, 404, 405, 410, 422, 426, 501)
SMALL_BUFFER = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)]  # posts in it were paid for, and are not yet counted


INSIDE = "%s is not on the public internet. RESPONDER_FEED_NETWORKS names the networks that feeds may reach besides."


class _Transport(httpx.HTTPTransport):
    """Reaches the public internet, and the networks that the operator allowed."""

    def __init__(self) -> None:
        super().__init__(verify=outbound.trust(), trust_env=False)
        # httpx has no argument for the backend; a pool of its own class is what it would make.
        self._pool = httpcore.ConnectionPool(
            ssl_context=outbound.trust(), network_backend=outbound.Backend(settings.FEED_NETWORKS),
            socket_options=SMALL_BUFFER,
        )  # fmt: skip

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        secure = ("https", "http") if settings.FEED_NETWORKS else ("https",)
        if request.url.scheme not in secure:
            raise Unusable("A feed's address must begin with https://.")
        try:
            return super().handle_request(request)
        except outbound.Refused as error:
            raise Unusable(INSIDE % request.url.host) from error


def client(address: str, *, token: str = "", silence_s: float) -> httpx.Client:
    """Return a client for one connection. Raises Unusable for an invalid address.

    Redirects are not followed: they would take the token along. The token is for this address alone.
    """
    try:
        urlsplit(address)
        return httpx.Client(
            base_url=address, timeout=httpx.Timeout(10.0, read=silence_s), follow_redirects=False, trust_env=False,
            headers={"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {token}"} if token else {}),
            transport=_Transport(),
        )  # fmt: skip
    except (httpx.InvalidURL, ValueError) as error:
        raise Unusable("The address of the feed is not a web address.") from error


class Lines:
    """The lines of a streamed response. A thread reads, so that half a second of silence is noticed."""

    def __init__(self, response: httpx.Response, *, most_waiting: int) -> None:
        self._response = response
        self._queue: queue.Queue[bytes | Exception | None] = queue.Queue(most_waiting)
        self._closed, self._left = threading.Event(), threading.Event()
        self._put_bytes = self._taken_bytes = 0  # each counted by one thread alone
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[bytes | None]:
        """Lines as they come, None for half a second without any. Raises FeedError when the stream ends."""
        while True:
            try:
                line = self._queue.get(timeout=TICK_S)
            except queue.Empty:
                if self._closed.is_set() and not self._thread.is_alive():
                    return
                yield None
                continue
            if isinstance(line, bytes):
                self._taken_bytes += len(line)
                yield line
            elif self._closed.is_set():
                return
            else:
                raise _broken(line)

    def close(self) -> None:
        """End the connection now; lines received before are still yielded."""
        self._closed.set()
        stream = self._response.extensions.get("network_stream")
        with suppress(OSError, AttributeError):  # a thread that waits for bytes is woken by a shutdown alone
            stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]

    def leave(self) -> None:
        """End the connection and drop lines that were not read."""
        self._left.set()
        self.close()

    def _read(self) -> None:
        rest = b""
        try:
            for chunk in self._response.iter_bytes():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._put(line.rstrip(b"\r"))
                if len(rest) > MOST_BYTES:
                    raise Unreachable("The source sent a line without end.")
            self._put(None)
        except Exception as error:  # raised where the lines are read
            self._put(error)

    def _put(self, line: bytes | Exception | None) -> None:
        while self._put_bytes - self._taken_bytes > MOST_WAITING_BYTES and not self._left.wait(TICK_S):
            pass
        self._put_bytes += len(line) if isinstance(line, bytes) else 0
        while not self._left.is_set():
            with suppress(queue.Full):
                self._queue.put(line, timeout=TICK_S)
                return


def _broken(error: Exception | None) -> FeedError:
    if isinstance(error, FeedError):
        return error
    if isinstance(error, httpx.ReadTimeout):
        return Stalled("The source has been silent for too long.")
    return Unreachable("The source closed the connection.")


class NotOffered(Unusable):
    """The server has nothing at this address, or not for these parameters."""


def is_page(response: httpx.Response) -> bool:
    """Whether a response is a web page for people, which some servers answer at addresses that they do not know."""
    return bool(response.headers.get("Content-Type", "").lower().startswith("text/html"))


def is_offered(response: httpx.Response) -> bool:
    """Whether the server has something for programs at this address."""
    return response.status_code not in NOT_OFFERED and not is_page(response)


def asked(http: httpx.Client, name: str, method: str, path: str, **more: Any) -> Any:
    """The JSON of a short request. Raises FeedError."""
    return _json(body_of(http, name, method, path, **more) or b"{}", name)


def asked_page(http: httpx.Client, name: str, path: str, **more: Any) -> tuple[Any, dict[str, str]]:
    """(JSON, parameters of the Link header's address for newer entries) of a page of a list. Raises FeedError."""
    links: dict[str, str] = {}

    def keep(response: httpx.Response) -> None:
        address = response.links.get("prev", {}).get("url", "")
        with suppress(ValueError):
            links.update(parse_qsl(urlsplit(address).query)[:MOST_PARAMETERS])

    return _json(body_of(http, name, "GET", path, keep=keep, **more) or b"{}", name), links


def asked_object(http: httpx.Client, name: str, method: str, path: str, **more: Any) -> dict[str, Any]:
    """The JSON object of a short request. Raises FeedError."""
    found = asked(http, name, method, path, **more)
    if not isinstance(found, dict):
        raise Unreachable(f"{name} sent a response that is not a JSON object.")
    return found


def body_of(
    http: httpx.Client, name: str, method: str, path: str, *, most_bytes: int = MOST_BYTES, optional: bool = False,
    keep: Callable[[httpx.Response], None] | None = None, **more: Any,
) -> bytes:  # fmt: skip
    """The body of a short request's response.

    Arguments:
        optional: whether NotOffered is raised where the server has nothing at the address.
        keep: takes what the caller needs of the headers.

    Raises FeedError.
    """
    try:
        with http.stream(method, path, **more) as response:
            if optional and not is_offered(response):
                raise NotOffered(f"{name} does not offer this (HTTP {response.status_code}).")
            if keep:
                keep(response)
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > most_bytes:
                    raise Unreachable(f"{name} sent a response that is too long.")
            check(response, name)
            return bytes(body)
    except httpx.InvalidURL as error:
        raise Unusable(f"{name} named an address that is not a web address.") from error
    except httpx.HTTPError as error:
        raise Unreachable(f"{name} cannot be reached.") from error


def _json(body: bytes, name: str) -> Any:
    try:
        return bounded_json.loads(body, most_values=MOST_VALUES)
    except (ValueError, RecursionError) as error:
        raise Unreachable(f"{name} sent a response that is not JSON.") from error


def check(response: httpx.Response, name: str) -> None:
    """Raise the FeedError of a response other than 2xx."""
    status = response.status_code
    if response.is_success:
        return
    if status == 429:
        raise TooFast(f"{name} asks for fewer requests.", status=status, retry_after_s=_retry_after_s(response.headers))
    if status in (401, 403):
        raise Unusable(f"{name} does not accept the token (HTTP {status}).")
    if status in (400, 404, 410, 422) or 300 <= status < 400:
        raise Unusable(f"{name} rejected the feed's settings (HTTP {status}).")
    raise Refused(f"{name} answers HTTP {status}.", status=status, retry_after_s=_retry_after_s(response.headers))


def _retry_after_s(headers: httpx.Headers) -> float:
    """Return the seconds that a source asks to wait: Retry-After, or until its limit resets."""
    now = clock.now()
    at: datetime | None = moment(headers.get("X-RateLimit-Reset"))  # Mastodon
    if value := headers.get("Retry-After", ""):
        wait = float(value) if value.isdecimal() else 0.0
    elif (reset := headers.get("x-rate-limit-reset", "")).isdecimal():  # X: seconds since 1970
        wait = float(reset) - now.timestamp()
    else:
        wait = (at - now).total_seconds() if at else 0.0
    return min(max(wait, 0.0), LONGEST_WAIT_S)
