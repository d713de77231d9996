"""Requests to addresses that strangers chose: they reach the public internet, and nothing of ours.

The address is checked when the socket opens, on the number that the socket is opened to: a name that says one thing
to a check and another to the connection has no second chance. Redirects are not followed, proxies of the environment
are not used, the answer's body is not read, and all of it has one deadline.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import httpcore

from responder.errors import Invalid

DEADLINE_S = 10.0
LONGEST_URL = 500
# What partners' programs may register; the page takes http:// too, where an internal network is allowed.
PATTERN = r"^https://[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){0,8}(:[1-9][0-9]{0,3})?(/[!-~]{0,400})?$"
GIVEN_OUT = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")
# Not the public internet, or a way into another network; not every Python release says so itself.
SPECIAL = [
    ip_network(one)
    for one in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]
Resolve = Callable[[str, int], list[str]]


class Refused(Exception):
    """The address is not one that may be reached."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request.

    Arguments:
        status: None where no answer came; then `problem` says why.
        milliseconds: how long it took.
    """

    status: int | None
    problem: str
    milliseconds: int


def check_url(url: str, *, allowed: Iterable[str] = ()) -> str:
    """An address that may be kept; whom it reaches is checked at each connection. Raises Invalid."""
    try:
        parts = urlsplit(url)
        wrong = parts.port == 0 or not parts.hostname
    except ValueError:
        wrong = True
    if wrong or len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise Invalid("Send an address such as https://partner.example/hook, of at most 500 characters.")
    if parts.username or parts.password:
        raise Invalid("An address holds no user name: requests are signed instead.")
    if parts.scheme != "https" and not (parts.scheme == "http" and tuple(allowed)):
        raise Invalid("The address begins with https://.")
    return url


def is_public(address: str) -> bool:
    """Whether an IP address is of the public internet; one inside another counts as itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped or found in NAT64:
            return is_public(str(IPv4Address(int(found) & 0xFFFFFFFF)))
        if found not in GIVEN_OUT:
            return False
    special = any(found in network for network in SPECIAL if network.version == found.version)
    return found.is_global and not (found.is_multicast or found.is_reserved or special)


def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of a name."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class _Stream(httpcore.NetworkStream):
    """A connection whose every step shares one deadline."""

    def __init__(self, inner: httpcore.NetworkStream, ends: float) -> None:
        self._inner, self._ends = inner, ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._ends))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(self._ends))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _left(self._ends)), self._ends)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Opens sockets to checked numbers alone."""

    def __init__(self, allowed: Iterable[str], ends: float, resolver: Resolve) -> None:
        self._allowed, self._ends, self._resolve = [ip_network(one) for one in allowed], ends, resolver
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name is not known") from error
        # One that is not allowed refuses them all: an attacker's name may list both.
        if not found or not all(self._may_reach(one) for one in found):
            raise Refused("the address is not on the public internet")
        connected = self._inner.connect_tcp(found[0], port, _left(self._ends), local_address, socket_options)
        return _Stream(connected, self._ends)

    def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        raise Refused("the address is not on the public internet")

    def _may_reach(self, address: str) -> bool:
        address = address.partition("%")[0]
        return is_public(address) or any(ip_address(address) in network for network in self._allowed)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("no answer in time")
    return left


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """The authorities of this machine; reading them takes longer than most requests."""
    return ssl.create_default_context()


def post(
    url: str, body: bytes, headers: dict[str, str], *, allowed: Iterable[str] = (), resolver: Resolve = resolve,
    deadline_s: float = DEADLINE_S,
) -> Answer:  # fmt: skip
    """Send a request; never raises what the other side causes.

    Arguments:
        allowed: networks that may be reached although they are not public, such as 10.1.0.0/16.
        resolver: gives the addresses of a name.
        deadline_s: seconds for all of it.
    """
    began = time.monotonic()
    status, problem = None, ""
    backend = _Backend(allowed, began + deadline_s, resolver)
    try:
        check_url(url, allowed=allowed)
        with (
            httpcore.ConnectionPool(ssl_context=_trust(), network_backend=backend) as pool,
            pool.stream("POST", url, headers=[*headers.items(), ("Connection", "close")], content=body) as response,
        ):
            status = response.status
    except (Refused, Invalid) as error:
        problem = str(error)
    except httpcore.TimeoutException:
        problem = f"no answer within {deadline_s:g} s"
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError) as error:
        problem = f"no connection: {error or type(error).__name__}"[:200]
    return Answer(status, problem, round(1000 * (time.monotonic() - began)))
