"""Addresses of servers, as people type them for a feed.

A server must be reached by TLS under a public name. Where the operator named networks in `RESPONDER_FEED_NETWORKS`, servers
inside them may also have a number, a port or a plain connection. Which machine a name reaches is checked at each connection.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult

from django.conf import settings
from django.utils.translation import gettext as _

from classifier import addresses, outbound
from responder.errors import Invalid

HOST = re.compile(r"^(?=.{4,200}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")
INSIDE_NAME = re.compile(r"^(?=.{1,200}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")
PRIVATE = (".local", ".localhost", ".internal", ".lan", ".home", ".arpa", ".svc")
PLAIN = {"https": "http", "wss": "ws"}


def parse(scheme: str, text: str) -> str:
    """The address of a server in one form, empty for the default. Raises Invalid.

    Arguments:
        scheme: of connections with TLS: `https` or `wss`.
    """
    if not text:
        return ""
    parts = addresses.split(text)
    host, port = (parts.hostname or "").lower(), _port(parts)
    written = parts.path in ("", "/") and not (parts.query or parts.fragment or "@" in parts.netloc)
    if written and parts.scheme == scheme and port is None and HOST.match(host) and not host.endswith(PRIVATE):
        return f"{scheme}://{host}"
    if written and parts.scheme in (scheme, PLAIN[scheme]) and port != 0:
        if settings.FEED_NETWORKS and _may_be_inside(host):
            return f"{parts.scheme}://{parts.netloc.lower()}"
        if is_private_host(host):
            raise Invalid(private_message())
    raise Invalid(_("Enter the address as %(scheme)s://server.example, with a public host name.") % {"scheme": scheme})


def private_message() -> str:
    """What a person can do about an address that isn't public."""
    return _(
        "This address is private. An operator can allow its network with the setting RESPONDER_FEED_NETWORKS on the server, for "
        "example 10.1.0.0/16."
    )


def is_private(address: str) -> bool:
    """Whether an address is inside a network as far as its text tells; a public name may lead inside too."""
    parts = addresses.split(address)
    return is_private_host((parts.hostname or "").lower()) or parts.scheme in PLAIN.values() or bool(_port(parts))


def is_private_host(host: str) -> bool:
    """Whether a host is a number or a name that only has a meaning inside a network."""
    if found := _number(host):
        return not outbound.is_public(str(found))
    return bool(INSIDE_NAME.match(host)) and (host.endswith(PRIVATE) or "." not in host)


def _may_be_inside(host: str) -> bool:
    if found := _number(host):
        networks = [ip_network(one) for one in settings.FEED_NETWORKS]
        return any(found in network for network in networks)
    return bool(INSIDE_NAME.match(host))


def _number(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _port(parts: SplitResult) -> int | None:
    """The port of an address; None without one, 0 for one that can't be."""
    try:
        return None if not parts.netloc.rpartition("]")[2].partition(":")[1] else parts.port or 0
    except ValueError:
        return 0
