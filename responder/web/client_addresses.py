"""Client addresses, and the form in which limits count them.

The address is that of the connection, or the one that a trusted proxy names (RESPONDER_TRUSTED_PROXIES).
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "unknown"


@lru_cache(maxsize=4_096)
def counted_as(address: str) -> str:
    """The address that limits count by: an IPv6 address by its /64, which one subscriber holds whole."""
    parsed = _parse(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, 64), strict=False).network_address)
    return str(parsed) if parsed else UNKNOWN


@lru_cache(maxsize=4_096)
def wider_networks(address: str) -> dict[int, str]:
    """The networks of an IPv6 address by the length of their prefix; empty for others.

    Providers give a subscriber a /56 and an organisation a /48, so that one holder has 256 or 65,536 networks of /64.
    """
    parsed = _parse(address)
    if not isinstance(parsed, IPv6Address):
        return {}
    return {length: str(IPv6Network((parsed, length), strict=False)) for length in (56, 48)}


@lru_cache(maxsize=4_096)
def is_trusted_proxy(address: str) -> bool:
    """Whether this address is a proxy whose forwarded headers are trusted."""
    parsed = _parse(address)
    return parsed is not None and any(parsed in ip_network(one, strict=False) for one in settings.TRUSTED_PROXIES)


def of_request(request: HttpRequest) -> str | None:
    """Return the address under which a request's sign-in attempts are counted; None if unknown."""
    address = counted_as(request.META.get("REMOTE_ADDR") or "")
    return None if address == UNKNOWN else address


def _parse(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed
