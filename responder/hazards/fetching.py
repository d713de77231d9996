"""Asks a source for its alerts: bounded in size and time, and only for what has changed since.

The rules are those of feeds: public addresses over TLS, networks inside only where RESPONDER_FEED_NETWORKS names them, no
redirect, no proxy, Retry-After respected.
"""

import time
from dataclasses import dataclass

import httpx

from responder import __version__
from responder.feeds.connectors import http
from responder.feeds.connectors.base import FeedError, Unreachable, Unusable

MOST_BYTES = 6_000_000  # of a list: that of all the United States has some three
MOST_ALERT_BYTES = 1_000_000  # of a single alert
SILENCE_S, DEADLINE_S = 10.0, 40.0  # between two parts of an answer, and of all of it
ACCEPT = "application/cap+xml, application/atom+xml, application/rss+xml, application/geo+json, application/xml;q=0.9, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class Response:
    """A source's answer. `body` is None where nothing has changed (HTTP 304)."""

    body: bytes | None
    etag: str = ""
    last_modified: str = ""


def client(address: str) -> httpx.Client:
    """A client for one source, and for the alerts that it links to. Raises FeedError for an invalid address."""
    found = http.client(address, silence_s=SILENCE_S)
    found.headers["User-Agent"] = f"Responder/{__version__}"  # some services refuse requests without a name
    found.headers["Accept"] = ACCEPT
    return found


def get(
    asking: httpx.Client,
    address: str,
    *,
    name: str,
    etag: str = "",
    last_modified: str = "",
    most_bytes: int = MOST_BYTES,
) -> Response:
    """The answer at an address. Raises FeedError.

    Arguments:
        name: of the source, for messages.
        etag, last_modified: of the answer that is known already.
    """
    known = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    ends = time.monotonic() + DEADLINE_S
    try:
        with asking.stream("GET", address, headers={key: value for key, value in known.items() if value}) as response:
            if response.status_code == httpx.codes.NOT_MODIFIED:
                return Response(None, etag, last_modified)
            if response.is_redirect:
                raise Unusable(f"{name} answers with a redirect. Enter the address to which it leads.")
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > most_bytes:
                    raise Unreachable(f"{name} sent more than {most_bytes // 1_000_000} MB.")
                if time.monotonic() > ends:
                    raise Unreachable(f"{name} was too slow: its answer took more than {DEADLINE_S:.0f} s.")
            http.check(response, name)
            return Response(bytes(body), _header(response, "ETag", 200), _header(response, "Last-Modified", 100))
    except FeedError:
        raise
    except httpx.InvalidURL as error:
        raise Unusable(f"{name} has an address that is not a web address.") from error
    except httpx.TimeoutException as error:
        raise Unreachable(f"{name} did not answer in time.") from error
    except (httpx.HTTPError, ValueError) as error:
        raise Unreachable(f"{name} cannot be reached.") from error


def _header(response: httpx.Response, name: str, limit: int) -> str:
    """A header that can be sent back as it came; empty where it can't."""
    value = response.headers.get(name, "")
    return value if len(value) <= limit and value.isascii() and value.isprintable() else ""
