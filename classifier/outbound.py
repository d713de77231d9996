"""Connections to addresses that a person typed or a remote server returned: protection against SSRF.

The IP address is checked when the socket opens, and the socket is opened to that same IP address. So a name that
resolves differently for the check and for the connection (DNS rebinding) gains nothing. Non-public addresses are
reached only inside the networks that the operator allowed. Used by feeds, webhooks and alerts.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import lru_cache, partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore

GLOBAL_UNICAST = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")
# Not the public internet, or a way into another network; not every Python release knows these networks.
SPECIAL = [
    ip_network(one)
    for one in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]
# The clouds' metadata services, which hand out credentials: never reachable, whatever the operator allows.
METADATA = [
    ip_network(one)
    for one in (
        "169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::254/128", "fd20:ce::254/128",
    )
]  # fmt: skip
MOST_RESOLVING = 64
_resolving = threading.BoundedSemaphore(MOST_RESOLVING)  # getaddrinfo can't be interrupted, so its threads are limited
NOT_PUBLIC = "the address is not on the public internet"
Resolve = Callable[[str, int], list[str]]


class Refused(Exception):
    """The address must not be connected to."""


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet. An embedded IPv4 address is checked as itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped or found in NAT64:
            return is_public(str(IPv4Address(int(found) & 0xFFFFFFFF)))
        if found not in GLOBAL_UNICAST:
            return False
    special = any(found in network for network in SPECIAL if network.version == found.version)
    return found.is_global and not (found.is_multicast or found.is_reserved or special)


def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of a host name."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def addresses(host: str, port: int, *, allowed: Iterable[str] = (), resolver: Resolve = resolve) -> list[str]:
    """Return the IP addresses of a host, after checking that every one of them may be reached.

    Arguments:
        allowed: networks that may be reached although they are not public, such as 10.1.0.0/16.
        resolver: looks up the addresses of a name.

    Raises OSError for an unknown name, and Refused if any address may not be reached.
    """
    networks = [ip_network(one) for one in allowed]
    try:
        found = resolver(host, port)
    except UnicodeError as error:
        raise OSError("the name is not known") from error
    # One forbidden address rejects them all: an attacker's name may resolve to both kinds.
    if not found or not all(_may_reach(one.partition("%")[0], networks) for one in found):
        raise Refused(NOT_PUBLIC)
    return found


def _may_reach(address: str, networks: Iterable[Any]) -> bool:
    found = ip_address(address)
    if isinstance(found, IPv6Address) and (found.ipv4_mapped or found in NAT64):
        found = IPv4Address(int(found) & 0xFFFFFFFF)
    if any(found in network for network in METADATA):
        return False
    return is_public(address) or any(ip_address(address) in network for network in networks)


def open_socket(
    host: str, port: int, *, timeout: float, allowed: Iterable[str] = (), resolver: Resolve = resolve
) -> socket.socket:
    """Open a TCP socket to a checked address. Raises OSError, Refused; see `addresses`."""
    problem: OSError = OSError("the name is not known")
    for address in addresses(host, port, allowed=allowed, resolver=resolver):
        try:
            return socket.create_connection((address, port), timeout=timeout)
        except OSError as error:  # a host with IPv4 and IPv6 addresses may be reachable by only one of them
            problem = error
    raise problem


class Backend(httpcore.NetworkBackend):
    """Opens sockets to checked addresses only; for httpcore's and httpx's pools.

    Arguments:
        allowed, resolver: see `addresses`.
        ends: deadline of all steps, as `time.monotonic()`; None: each has its own timeout.
    """

    def __init__(self, allowed: Iterable[str] = (), *, ends: float | None = None, resolver: Resolve = resolve) -> None:
        self._allowed, self._ends, self._resolve = tuple(allowed), ends, resolver
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        try:
            found = self._addresses(host, port)
        except OSError as error:
            raise httpcore.ConnectError("the name is not known") from error
        problem: Exception = httpcore.ConnectError("no address answers")
        for address in found:
            try:
                connected = self._inner.connect_tcp(address, port, self._left(timeout), local_address, socket_options)
                return connected if self._ends is None else _Stream(connected, self._ends)
            except httpcore.ConnectError as error:
                problem = error
        raise problem

    def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        raise Refused(NOT_PUBLIC)

    def _addresses(self, host: str, port: int) -> list[str]:
        """`addresses`, limited by the deadline if there is one: name servers may take minutes to time out."""
        look_up = partial(addresses, host, port, allowed=self._allowed, resolver=self._resolve)
        if self._ends is None:
            return look_up()
        if not _resolving.acquire(timeout=seconds_left(self._ends)):
            raise httpcore.ConnectTimeout("too many names are being resolved")
        found: Future[list[str]] = Future()

        def run() -> None:
            try:
                found.set_result(look_up())
            except BaseException as error:  # re-raised in the waiting thread
                found.set_exception(error)
            finally:
                _resolving.release()

        threading.Thread(target=run, daemon=True).start()
        try:
            return found.result(seconds_left(self._ends))
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("the name was not resolved in time") from error

    def _left(self, timeout: float | None) -> float | None:
        return timeout if self._ends is None else seconds_left(self._ends)


class _Stream(httpcore.NetworkStream):
    """A connection whose reads and writes share one deadline."""

    def __init__(self, inner: httpcore.NetworkStream, ends: float) -> None:
        self._inner, self._ends = inner, ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, seconds_left(self._ends))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, seconds_left(self._ends))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, seconds_left(self._ends)), self._ends)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def seconds_left(ends: float) -> float:
    """Seconds until a deadline. Raises httpcore.ReadTimeout when it has passed."""
    left = ends - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("no answer in time")
    return left


@lru_cache(maxsize=1)
def trust() -> ssl.SSLContext:
    """An SSL context with this machine's certificate authorities; loading them takes longer than most requests."""
    return ssl.create_default_context()


def post(
    url: str, body: bytes, headers: dict[str, str], *, allowed: Iterable[str] = (), resolver: Resolve = resolve,
    deadline_s: float,
) -> int:  # fmt: skip
    """Send a request and return the response's status. Follows no redirects and doesn't read the body.

    Raises Refused, and what httpcore raises.
    """
    backend = Backend(allowed, ends=time.monotonic() + deadline_s, resolver=resolver)
    with (
        httpcore.ConnectionPool(ssl_context=trust(), network_backend=backend) as pool,
        pool.stream("POST", url, headers=[*headers.items(), ("Connection", "close")], content=body) as response,
    ):
        return response.status
