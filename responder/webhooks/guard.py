"""Requests to URLs chosen by strangers, restricted to the public internet (SSRF protection).

`classifier.outbound` checks the address when the socket opens. Redirects are not followed, proxies of the environment
are not used, the answer's body is not read, and all of it has one deadline.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpcore
from django.utils.translation import gettext as _

from classifier import database, outbound
from classifier.outbound import Refused, Resolve, is_public, resolve
from responder.errors import Invalid
from responder.models.webhook import URL_LIMIT

__all__ = ["Answer", "Refused", "check_target", "check_url", "is_public", "post", "resolve"]

DEADLINE_S = 10.0
RESOLVE_S, MOST_RESOLVING = 2.0, 8
_resolving = threading.BoundedSemaphore(MOST_RESOLVING)  # getaddrinfo can't be interrupted: its threads are counted
# What partners' programs may register; the page takes http:// too, where an internal network is allowed.
PATTERN = r"^https://[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){0,8}(:[1-9][0-9]{0,3})?(/[!-~]{0,400})?$"


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


def check_url(url: str, *, allowed: Iterable[str] = ()) -> str:
    """A URL that may be stored; its address is checked at each connection. Raises Invalid."""
    try:
        parts = urlsplit(url)
        wrong = parts.port == 0 or not parts.hostname
    except ValueError:
        wrong = True
    if wrong or len(url) > URL_LIMIT or not url.isascii() or not url.isprintable() or " " in url:
        raise Invalid(
            _("Enter a URL such as https://partner.example/hook, with at most %(most)d characters.")
            % {"most": URL_LIMIT}
        )
    if parts.username or parts.password:
        raise Invalid(_("The URL can't contain a user name or password. Requests are signed instead."))
    if parts.scheme != "https" and not (parts.scheme == "http" and tuple(allowed)):
        raise Invalid(_("The URL must begin with https://."))
    return url


def check_target(
    url: str, *, allowed: Iterable[str] = (), resolver: Resolve = resolve, deadline_s: float = RESOLVE_S
) -> None:
    """Raise Invalid if the URL's host currently resolves to a private network.

    A name that is not known yet, or not in time, passes: partners register before their name is published, and the web
    process may have no way to the internet. Every delivery checks again whom it reaches.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    if not _resolving.acquire(blocking=False):
        return
    refused = threading.Event()

    def check() -> None:
        try:
            outbound.addresses(host, port, allowed=allowed, resolver=resolver)
        except Refused:
            refused.set()
        except (OSError, ValueError):
            pass
        finally:
            _resolving.release()

    thread = threading.Thread(target=check, daemon=True)
    thread.start()
    database.release_connections()
    thread.join(deadline_s)
    if refused.is_set():
        raise Invalid(
            _("%(host)s is not on the public internet. Enter a URL that is reachable from outside your network.")
            % {"host": host}
        )


def post(
    url: str, body: bytes, headers: dict[str, str], *, allowed: Iterable[str] = (), resolver: Resolve = resolve,
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
        check_url(url, allowed=allowed)
        status = outbound.post(url, body, headers, allowed=allowed, resolver=resolver, deadline_s=deadline_s)
    except (Refused, Invalid) as error:
        problem = str(error)
    except httpcore.TimeoutException:
        problem = f"no answer within {deadline_s:g} s"
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError) as error:
        problem = f"no connection: {error or type(error).__name__}"[:200]
    return Answer(status, problem, round(1000 * (time.monotonic() - began)))
