"""Requests to addresses in Azure's answers: only to Azure's own hosts, and without following redirects.

The host name is checked, also by TLS, and not the IP address: with a private endpoint of the workspace, these names
resolve to addresses inside the operator's network. The proxy of the environment is used, as Azure's SDK does.
"""

from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from classifier.registry.errors import Refused

ENDPOINTS = (".inference.ml.azure.com", ".inference.ml.azure.us", ".inference.ml.azure.cn")
STORAGE = (
    ".blob.core.windows.net", ".blob.storage.azure.net", ".blob.core.usgovcloudapi.net", ".blob.core.chinacloudapi.cn",
)  # fmt: skip


class _NoRedirects(HTTPRedirectHandler):
    """Follows no redirect: urllib would send the token to the redirect's target."""

    def redirect_request(self, *refused: Any) -> None:
        return None


def open_url(request: Request, *, hosts: tuple[str, ...], timeout: float) -> Any:
    """Send a request and return the response. Raises Refused, and what `urllib.request.urlopen` raises.

    Arguments:
        hosts: suffixes of the allowed host names.
    """
    check(request, hosts)
    return build_opener(_NoRedirects).open(request, timeout=timeout)


def check(request: Request, hosts: tuple[str, ...]) -> None:
    """Raise Refused unless the request goes to one of these hosts over HTTPS."""
    parts = urlsplit(request.full_url)
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" or not host.endswith(hosts) or parts.username or parts.port not in (None, 443):
        raise Refused(f"{host[:100] or 'An address'} is not a host of Azure that may be asked over HTTPS.")
