"""Reads a few posts from a feed's source as the feed would, for a test, and stores none of them.

Steps, all within `SECONDS`:
1. Open a socket to the server, to say in words why it can't be reached.
2. Ask for its newest posts, and for its own count of the last days, where the kind can.
3. Connect as the feed would, and listen for posts; not for kinds that bill each post.
"""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from classifier import clock, outbound
from responder.feeds.connectors import registry
from responder.feeds.connectors.addresses import private_message
from responder.feeds.connectors.base import Connector, FeedError, Item, Unusable
from responder.feeds.connectors.kind import FeedKind
from responder.feeds.raw_post import RawPost
from responder.models import Feed

SECONDS = 10.0
REACH_S = 4.0
MOST = 10  # posts of a sample
PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80}
log = structlog.get_logger(__name__)


@dataclass
class Sample:
    """What a test found.

    Arguments:
        posts: at most MOST, newest posts first, then those that came while it listened.
        recent: how many of them the source already had.
        messages, unreadable: that the source sent while it listened; the first also counts what the feed leaves out.
        billed: posts that the source bills.
        connected: the source answered as it does to the feed.
        a_day: posts of a day by the source's own count; None: it has none.
        listened_s: seconds with a connection.
        oldest_at, newest_at: of the posts, as they state it.
        error: why it failed, as text for people; empty: it worked.
    """

    posts: list[RawPost] = field(default_factory=list)
    recent: int = 0
    messages: int = 0
    unreadable: int = 0
    billed: int = 0
    connected: bool = False
    a_day: float | None = None
    listened_s: float = 0.0
    oldest_at: datetime | None = None
    newest_at: datetime | None = None
    error: str = ""


class Sampler:
    """Reads one sample in a thread of its own, and is left behind when the time is over."""

    def __init__(self, feed: Feed, *, inside: bool, seconds: float = SECONDS) -> None:
        """Arguments:
        inside: whether addresses that aren't public may be reached, where the operator allowed their network.
        """
        self.feed, self.inside, self.seconds = feed, inside, seconds
        self.sample = Sample()
        self._over = threading.Event()
        self._connector: Connector | None = None

    def read(self) -> Sample:
        """The sample, after `seconds` at most."""
        thread = threading.Thread(target=self._run, name=f"test-of-feed-{self.feed.pk}", daemon=True)
        thread.start()
        thread.join(self.seconds)
        timed_out = thread.is_alive()
        self._over.set()
        if self._connector and timed_out:
            with suppress(Exception):  # the connection is being closed, so its errors no longer matter
                self._connector.close()
        found = self.sample
        if timed_out and not found.connected and not found.error:
            found.error = _("The source did not answer within %(n)d seconds.") % {"n": self.seconds}
        return found

    def _run(self) -> None:
        try:
            self._steps()
        except FeedError as error:
            # A running feed reconnects if the connection ends after posts came.
            if not self._over.is_set() and not (self.sample.posts and not error.permanent):
                self.sample.error = str(error)
        except Exception as error:  # whatever a source sends, the test ends with words
            log.exception("a test of a feed failed", feed=self.feed.pk)
            self.sample.error = _("The source sent a message that could not be read (%(kind)s).") % {
                "kind": type(error).__name__
            }

    def _steps(self) -> None:
        kind = registry.find(self.feed.kind)
        self._connector = connector = registry.connect(self.feed)
        assert kind is not None  # `connect` refuses others
        if address := getattr(connector, "address", ""):
            reach(address, inside=self.inside)
        self._ask(kind, connector)
        if kind.listens_in_tests and len(self.sample.posts) < MOST and not self._over.is_set():
            self._listen(connector)

    def _ask(self, kind: FeedKind, connector: Connector) -> None:
        """The newest posts and the source's own count."""
        if kind.recent:
            with closing(kind.recent(connector)) as items:
                for item in items:
                    self._take(item)
                    if len(self.sample.posts) >= MOST or self._over.is_set():
                        break
            self.sample.recent = len(self.sample.posts)
            self.sample.connected = self.sample.connected or not kind.listens_in_tests
        if kind.volume:
            try:
                self.sample.a_day = kind.volume(connector)
            except FeedError as error:  # not every plan includes it
                log.info("a source gave no count", feed=self.feed.pk, error=str(error)[:200])

    def _listen(self, connector: Connector) -> None:
        began = time.monotonic()
        with closing(connector.read("", cursor_at=None)) as items:
            for item in items:
                if self._over.is_set():
                    break
                self.sample.connected = self.sample.connected or item.alive or item.caught_up
                self.sample.listened_s = time.monotonic() - began
                self.sample.messages += bool(item.alive and not item.caught_up)
                self._take(item)
                if len(self.sample.posts) >= MOST:
                    break
        connector.close()

    def _take(self, item: Item) -> None:
        self.sample.billed += item.billed
        self.sample.unreadable += item.garbage
        if item.post and len(self.sample.posts) < MOST and not self._over.is_set():
            self.sample.posts.append(item.post)
            at = item.post.created_at or item.at
            if at and at <= clock.now():
                self.sample.oldest_at = min(at, self.sample.oldest_at or at)
                self.sample.newest_at = max(at, self.sample.newest_at or at)


def reach(address: str, *, inside: bool, connect: Callable[..., socket.socket] = outbound.open_socket) -> None:
    """Open a socket to a server and close it. Raises Unusable with the reason as text for people.

    Arguments:
        inside: whether the networks of `RESPONDER_FEED_NETWORKS` may be reached.
    """
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 443)
    where = {"host": host, "port": port}
    try:
        connect(host, port, timeout=REACH_S, allowed=settings.FEED_NETWORKS if inside else ()).close()
    except outbound.Refused as error:
        if settings.FEED_NETWORKS and not inside:
            raise Unusable(_("This address is private. Only an administrator can test it.")) from error
        raise Unusable(private_message()) from error
    except socket.gaierror as error:
        raise Unusable(_("The name %(host)s is not known. Check the spelling.") % where) from error
    except ConnectionRefusedError as error:
        said = _("%(host)s refuses connections at port %(port)d. Check the address, or whether the server runs.")
        raise Unusable(said % where) from error
    except TimeoutError as error:
        raise Unusable(_("%(host)s does not answer at port %(port)d.") % where) from error
    except OSError as error:
        raise Unusable(_("%(host)s cannot be reached at port %(port)d.") % where) from error
