"""Requests to URLs chosen by strangers, restricted to the public internet (SSRF protection).

A URL is checked when it is registered, by the page and by the API alike, and again for each delivery.
`classifier.outbound` checks the address when the socket opens. http:// stays inside the operator's networks. Redirects are not followed, proxies of the environment
are not used, the answer's body is not read, and all of it has one deadline.
"""

import re
import socket
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import httpcore
import idna
from django.utils.translation import gettext as _

from classifier import database, outbound
from classifier.outbound import Refused, Resolve, is_public, resolve
from responder.errors import Invalid
from responder.models.webhook import URL_LIMIT

__all__ = ["Answer", "Refused", "check_target", "check_url", "is_public", "post", "resolve"]

DEADLINE_S = 10.0
RESOLVE_S, MOST_RESOLVING = 2.0, 8
_resolving = threading.BoundedSemaphore(MOST_RESOLVING)  # getaddrinfo can't be interrupted: its threads are counted
LONGEST_HOST, MOST_PORT = 253, 65_535
UNENCRYPTED = "http:// is allowed only inside the networks that RESPONDER_WEBHOOK_NETWORKS names"
AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]+\]|[^:\[\]]+)(?::(?P<port>.*))?")
LABEL = "[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
HOST = re.compile(rf"{LABEL}(?:\.{LABEL})*\.?")
# For the OpenAPI document; `check_url` says the rest in words.
PATTERN = r'^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#@\\]+([/?][!-"$-~]*)?$'


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a request.

    Arguments:
        status: None where no answer came; then `problem` says why.
        milliseconds: how long it took.
    """

    status: int | None
    problem: str
    milliseconds: int


def check_url(url: str, *, allowed: Iterable[Any] = ()) -> str:
    """Return a URL that may be stored, its host in ASCII and lower case. Raises Invalid.

    Only its text is checked. Its addresses are checked by `check_target` and at each connection.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.lower() not in ("https", "http") or (scheme.lower() == "http" and not tuple(allowed)):
        raise Invalid(_("The URL must begin with https://."))
    if len(url) > URL_LIMIT or not url.isprintable() or " " in url:
        raise _malformed()
    if "#" in rest:
        raise Invalid(_("The URL can't contain a fragment (the part after #), because fragments are never sent."))
    authority = re.split("[/?]", rest, maxsplit=1)[0]
    if "@" in authority:
        raise Invalid(_("The URL can't contain a user name or password. Requests are signed instead."))
    host, port = _host_and_port(authority)
    path = rest[len(authority) :]
    if not path.isascii():
        raise Invalid(_("Write the path of the URL in ASCII, with other characters percent-encoded."))
    checked = f"{scheme.lower()}://{host}{port}{path}"
    if len(checked) > URL_LIMIT:
        raise _malformed()
    return checked


def _host_and_port(authority: str) -> tuple[str, str]:
    """(host, `:port` or nothing). Raises Invalid."""
    found = AUTHORITY.fullmatch(authority)
    if found is None:
        raise _malformed()
    host, port = _host(found["host"]), found["port"]
    if not port:
        return host, ""
    if not (port.isascii() and port.isdecimal() and len(port) <= 5 and 1 <= int(port) <= MOST_PORT):
        raise Invalid(_("The port must be a number from 1 to %(most)d.") % {"most": MOST_PORT})
    return host, f":{int(port)}"


def _host(written: str) -> str:
    """A host in ASCII and lower case; internationalised names become `xn--…` (IDNA 2008). Raises Invalid."""
    if written.startswith("["):
        if "%" in written:  # an interface of this machine
            raise _malformed()
        try:
            return f"[{IPv6Address(written[1:-1])}]"
        except ValueError as error:
            raise _malformed() from error
    if not written.isascii():
        try:
            written = idna.encode(written, uts46=True).decode()
        except (idna.IDNAError, UnicodeError) as error:
            raise Invalid(_("The host name of the URL is not valid.")) from error
    if len(written) > LONGEST_HOST or not HOST.fullmatch(written):
        raise _malformed()
    return written.lower()


def _malformed() -> Invalid:
    return Invalid(
        _("Enter a URL such as https://partner.example/hook, with at most %(most)d characters.") % {"most": URL_LIMIT}
    )


def check_target(
    url: str, *, allowed: Iterable[Any] = (), resolver: Resolve = resolve, deadline_s: float = RESOLVE_S
) -> None:
    """Raise Invalid if the URL's host is, or currently resolves to, an address that requests may not be sent to.

    A name that is not known yet, or not in time, passes: partners register before their name is published, and the web
    process may have no way to the internet. Every delivery checks again whom it reaches.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    if literal := _literal(host):
        if problem := _problem(url, host, port, allowed, lambda *_: [literal]):
            raise _not_allowed(host, problem)
        return
    if not _resolving.acquire(blocking=False):
        return
    problems = list[str]()

    def check() -> None:
        try:
            if problem := _problem(url, host, port, allowed, resolver):
                problems.append(problem)
        finally:
            _resolving.release()

    thread = threading.Thread(target=check, daemon=True)
    thread.start()
    database.release_connections()
    thread.join(deadline_s)
    if problems:
        raise _not_allowed(host, problems[0])


def _problem(url: str, host: str, port: int, allowed: Iterable[Any], resolver: Resolve) -> str | None:
    """Why requests may not be sent to the host's addresses, or None."""
    try:
        outbound.addresses(host, port, allowed=allowed, resolver=_limited(url, allowed, resolver))
    except Refused as error:
        return str(error)
    except (OSError, ValueError):
        pass
    return None


def _not_allowed(host: str, problem: str) -> Invalid:
    if problem == UNENCRYPTED:
        return Invalid(
            _("The URL must begin with https://. %(host)s is outside the networks that allow http://.") % {"host": host}
        )
    return Invalid(
        _("%(host)s is not on the public internet. Enter a URL that is reachable from outside your network.")
        % {"host": host}
    )


def _literal(host: str) -> str | None:
    """The IP address that a host is, also in the older ways to write IPv4 (`127.1`, `0x7f000001`); None for a name."""
    name = host.removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return "127.0.0.1"
    try:
        return str(ip_address(name))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except (OSError, ValueError):
        return None


def _limited(url: str, allowed: Iterable[Any], resolver: Resolve) -> Resolve:
    """`resolver`, which for http:// refuses public addresses: unencrypted requests stay in the allowed networks."""
    if url.startswith("https://"):
        return resolver
    networks = [ip_network(one) for one in allowed]

    def resolve_inside(host: str, port: int) -> list[str]:
        found = resolver(host, port)
        for address in found:
            if is_public(address) and not any(ip_address(address) in network for network in networks):
                raise Refused(UNENCRYPTED)
        return found

    return resolve_inside


def post(
    url: str, body: bytes, headers: dict[str, str], *, allowed: Iterable[Any] = (), resolver: Resolve = resolve,
    deadline_s: float = DEADLINE_S,
) -> Answer:  # fmt: skip
    """Send a request; never raises errors caused by the other side.

    Arguments:
        allowed: networks that may be reached although they are not public, such as 10.1.0.0/16.
        resolver: gives the addresses of a name.
        deadline_s: seconds for all of it.
    """
    began = time.monotonic()
    status, problem = None, ""
    try:
        url, allowed = check_url(url, allowed=allowed), tuple(allowed)
        status = outbound.post(
            url, body, headers, allowed=allowed, resolver=_limited(url, allowed, resolver), deadline_s=deadline_s
        )
    except (Refused, Invalid) as error:
        problem = str(error)
    except httpcore.TimeoutException:
        problem = f"no answer within {deadline_s:g} s"
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError) as error:
        problem = f"no connection: {error or type(error).__name__}"[:200]
    return Answer(status, problem, round(1000 * (time.monotonic() - began)))
