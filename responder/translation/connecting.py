"""Requests to an engine: bounded in size and time, without redirects and proxies.

The rules are those of feeds: public addresses over TLS; other networks only where RESPONDER_FEED_NETWORKS names them. A plain
connection (http://) stays inside these networks, whatever a name resolves to.
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from ipaddress import ip_address, ip_network
from typing import Any

import httpcore
import httpx
from django.conf import settings

from classifier import bounded_json, clock, outbound
from responder import __version__
from responder.translation.engines import Rejected, Unreachable

CONNECT_S, SILENCE_S, DEADLINE_S = 5.0, 25.0, 40.0  # an engine without a GPU takes seconds for a batch
MOST_BYTES = 4_000_000
MOST_VALUES = 50_000
LONGEST_WAIT_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What the engine answered. `data` is the parsed JSON; None if it isn't JSON."""

    status: int
    data: Any
    headers: Mapping[str, str]

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def retry_after_s(self) -> float:
        """Seconds to wait, from the header Retry-After in both of its forms; 0 without a valid one."""
        value = self.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdecimal() and len(value) < 10:
            return min(float(value), LONGEST_WAIT_S)
        with suppress(ValueError, TypeError, OverflowError):
            at = parsedate_to_datetime(value)
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
            return min(max((at - clock.now()).total_seconds(), 0.0), LONGEST_WAIT_S)
        return 0.0


class _Transport(httpx.HTTPTransport):
    def __init__(self, *, is_plain: bool) -> None:
        super().__init__(verify=outbound.trust(), trust_env=False)
        # httpx has no argument for the backend; a pool of its own class is what it would make.
        self._pool = httpcore.ConnectionPool(
            ssl_context=outbound.trust(),
            network_backend=outbound.Backend(
                settings.FEED_NETWORKS, resolver=_resolve_inside if is_plain else outbound.resolve
            ),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return super().handle_request(request)
        except outbound.Refused as error:
            raise Rejected(
                f"{request.url.host} is not on the public internet, and RESPONDER_FEED_NETWORKS does not name its network."
            ) from error


def _resolve_inside(host: str, port: int) -> list[str]:
    """The addresses of a host that is inside the operator's networks. Raises Refused for any other."""
    networks = [ip_network(one) for one in settings.FEED_NETWORKS]
    found = outbound.resolve(host, port)
    if not all(any(ip_address(one.partition("%")[0]) in network for network in networks) for one in found):
        raise outbound.Refused(outbound.NOT_PUBLIC)
    return found


def client(address: str) -> httpx.Client:
    """A client for one engine. Raises Rejected for an address that can't be one."""
    try:
        return httpx.Client(
            base_url=address, timeout=httpx.Timeout(CONNECT_S, read=SILENCE_S), follow_redirects=False, trust_env=False,
            headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": f"Responder/{__version__}"},
            transport=_Transport(is_plain=address.startswith("http://")),
        )  # fmt: skip
    except (httpx.InvalidURL, ValueError) as error:
        raise Rejected("The address of the engine is not a web address.") from error


def ask(http: httpx.Client, method: str, path: str, **more: Any) -> Reply:
    """The engine's reply, whatever its status. Raises Unreachable, Rejected.

    Arguments:
        more: as httpx takes it: json, params, headers.
    """
    ends = time.monotonic() + DEADLINE_S
    try:
        with http.stream(method, path, **more) as response:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise Unreachable(f"The engine sent more than {MOST_BYTES // 1_000_000} MB.", may_count=True)
                if time.monotonic() > ends:
                    raise Unreachable(f"The engine took more than {DEADLINE_S:.0f} s.", may_count=True)
            return Reply(response.status_code, _parsed(bytes(body)), {**response.headers})
    except httpx.InvalidURL as error:
        raise Rejected("The address of the engine is not a web address.") from error
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise Unreachable("The engine cannot be reached.") from error
    except httpx.TimeoutException as error:
        raise Unreachable("The engine did not answer in time.", may_count=True) from error
    except (httpx.HTTPError, ValueError) as error:
        raise Unreachable("The engine's answer broke off.", may_count=True) from error


def _parsed(body: bytes) -> Any:
    try:
        return bounded_json.loads(body, most_values=MOST_VALUES)
    except (ValueError, RecursionError):
        return None
