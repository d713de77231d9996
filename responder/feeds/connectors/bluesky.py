"""Posts of Bluesky by Jetstream, versions 1 and 2: a WebSocket that resumes from a cursor.

Jetstream drops and re-orders messages when it is cut over, and may stall silently: so a new connection begins some
seconds before the cursor, the unique key drops what came twice, and silence ends the connection.
A cursor that is too old is refused by version 2, and silently moved by version 1: both become a gap.
https://github.com/bluesky-social/jetstream
"""

import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.sync.client import ClientConnection, connect
from websockets.uri import parse_uri

from classifier import bounded_json, clock, outbound, time_bounds
from responder.feeds.connectors.base import (
    MALFORMED,
    MOST_VALUES,
    NOTHING,
    TICK_S,
    FeedError,
    Gap,
    Item,
    Items,
    Refused,
    Stalled,
    TooFast,
    Unreachable,
    Unusable,
    clean,
    links_from,
    matches,
    moment,
    number,
    part,
    parts,
    plausible,
    position,
    text_from,
)
from responder.feeds.connectors.http import INSIDE
from responder.feeds.connectors.kind import FeedKind, keywords, server_address
from responder.feeds.raw_post import RawPost

ADDRESS = "wss://jetstream2.us-east.bsky.network"
COLLECTION = "app.bsky.feed.post"
SILENCE_S = 30.0
OPEN_S = 10.0
REWIND_US = 5_000_000
REWIND_EVENTS = 5_000  # of version 2, which counts all that happens on the network: some seconds
CLAMPED = timedelta(seconds=60)
MOST_BYTES = 1_000_000  # of a message; a post has some thousand
MOST_WAITING = 16  # messages that wait to be read: a hostile server fills 16 MB of a process that has 512
LINK = "app.bsky.richtext.facet#link"
POST_URI = "/app.bsky.feed.post/"
OPERATIONS = ("create", "update", "delete")
LEAP = 1_000_000_000  # events: more than the network has in the time that a server keeps


class _Jetstream(ABC):
    source = "bluesky"
    replays = True
    path = ""

    def __init__(self, *, address: str = "", terms: list[str] | None = None, silence_s: float = SILENCE_S) -> None:
        self.address = (address or ADDRESS).rstrip("/")
        self.terms = terms or []
        self.silence_s = silence_s
        self._closing = threading.Event()
        self._highest = self._doubted = 0

    def close(self) -> None:
        """Asks `read` to end, which it does within half a second."""
        self._closing.set()

    def read(self, cursor: str, *, cursor_at: datetime | None) -> Items:
        """See `Connector`."""
        self._closing.clear()
        self._highest = position(cursor)
        try:
            with self._connected(cursor) as connection:
                yield from self._listen(self._messages(connection), cursor, cursor_at)
        except ConnectionClosed as error:
            raise Unreachable("Bluesky closed the connection.") from error

    def request(self, cursor: str) -> str:
        """The address that is connected to."""
        return f"{self.address}{self.path}?{urlencode(self.query(cursor))}"

    def _connected(self, cursor: str) -> ClientConnection:
        address = self.request(cursor)
        try:
            # With a socket that is already open the library can't follow a redirect to another.
            return connect(
                address, sock=_checked_socket(address), max_size=MOST_BYTES, open_timeout=OPEN_S, close_timeout=1,
                max_queue=MOST_WAITING, compression=None, proxy=None,  # a thousand bytes could unpack to a million
            )  # fmt: skip
        except InvalidStatus as error:
            raise _refusal(error) from error
        except (InvalidHandshake, OSError, EOFError) as error:
            raise Unreachable("Bluesky cannot be reached.") from error
        except InvalidURI as error:
            raise Unusable("The feed's address is not a WebSocket address.") from error
        except outbound.Refused as error:
            raise Unusable(INSIDE % urlsplit(address).hostname) from error
        except ValueError as error:
            raise Unusable("Bluesky redirected the feed to another address. Redirects are not followed.") from error

    def _messages(self, connection: ClientConnection) -> Iterator[dict[str, Any] | None]:
        """Messages; None after half a second of silence, an empty one for a malformed message."""
        silent_s = 0.0
        while not self._closing.is_set():
            try:
                message = connection.recv(timeout=min(TICK_S, self.silence_s))
                silent_s = 0.0
            except TimeoutError:
                silent_s += min(TICK_S, self.silence_s)
                if silent_s >= self.silence_s:
                    raise Stalled(f"Bluesky has been silent for {self.silence_s:.0f} seconds.") from None
                yield None
                continue
            yield _parsed(message)

    def _listen(
        self, messages: Iterator[dict[str, Any] | None], cursor: str, cursor_at: datetime | None
    ) -> Iterator[Item]:
        first = True
        for message in messages:
            if message is None:
                yield NOTHING
                continue
            item = self._item(message)
            if first and item.at is not None:
                first = False
                if cursor and cursor_at and item.at - cursor_at > CLAMPED:
                    yield Item(gap=Gap(cursor_at, item.at, "Bluesky no longer has posts from this time."))
                yield Item(caught_up=True)
            yield item

    @abstractmethod
    def query(self, cursor: str) -> dict[str, str]:
        """Query parameters for resuming from a cursor."""

    def _item(self, message: dict[str, Any]) -> Item:
        """The item of a message; garbage if it is malformed."""
        try:
            return self.item(message)
        except MALFORMED:
            return Item(garbage=True)

    @abstractmethod
    def item(self, message: dict[str, Any]) -> Item:
        """The item of a well-formed message; raises any of MALFORMED otherwise."""

    def passed(self, reached: int) -> str:
        """The cursor after an event; it never goes back, since everything before is stored."""
        self._highest = max(self._highest, reached)
        return str(self._highest)

    def _item_of_post(
        self, *, did: str, rkey: str, operation: str, record: Any, cursor: str, at: datetime, us: int
    ) -> Item:
        """The item of an event on a post."""
        author, key = text_from(did, 255).strip(), text_from(rkey, 255).strip()
        if not author or not key or operation not in OPERATIONS:
            raise ValueError("not an event on a post")
        source_id = clean(f"{author}/{key}", 255)
        if operation == "delete":
            return Item(deleted=source_id, cursor=cursor, at=at)
        text = text_from(record["text"])
        if not text.strip():
            text = _alt_text(record)
        if not text.strip() or not matches(text, self.terms):
            return Item(cursor=cursor, at=at)
        langs = record.get("langs")
        return Item(
            post=RawPost(
                source_id=source_id,
                text=text,
                created_at=_plausible(moment(record.get("createdAt")), at),
                lang=clean(langs[0], 12) if isinstance(langs, list) and langs else "",
                author_handle=clean(did, 255),
                revision=f"{us:020d}",
                links=_links(record),
                seen_at=at,
                **_related(record),
            ),
            cursor=cursor,
            at=at,
        )


def _alt_text(record: Any) -> str:
    """What the author says of pictures and video, for posts without words; beside a quote it is nested one level deeper."""
    embed = part(record.get("embed"))
    shown = part(embed.get("media")) or embed
    said = [shown.get("alt"), *(one.get("alt") for one in parts(shown.get("images")))]
    return clean("\n".join(one.strip() for one in said if isinstance(one, str) and one.strip()))


def _links(record: Any) -> tuple[str, ...]:
    """The post's links: those in its text, unabbreviated, then its card's."""
    found = [
        feature.get("uri")
        for facet in parts(record.get("facets"))
        for feature in parts(facet.get("features"))
        if feature.get("$type") == LINK
    ]
    embed = part(record.get("embed"))
    card = part(embed.get("external") or part(embed.get("media")).get("external"))
    return links_from([*found, card.get("uri")])


def _related(record: Any) -> dict[str, Any]:
    """The relation to another post, by `at://` address; a quote beside pictures is nested one level deeper."""
    quoted = part(part(record.get("embed")).get("record"))
    uri = clean(quoted.get("uri") or part(quoted.get("record")).get("uri"))
    if POST_URI in uri:
        return {"relation": "quote", "related_to": _id_of(uri)}
    parent = clean(part(part(record.get("reply")).get("parent")).get("uri"))
    return {"relation": "reply", "related_to": _id_of(parent)} if POST_URI in parent else {}


def _id_of(uri: str) -> str:
    return clean(uri.removeprefix("at://").replace(POST_URI, "/"), 255)


class Jetstream1(_Jetstream):
    """Version 1: the cursor is a time in microseconds."""

    path = "/subscribe"

    def query(self, cursor: str) -> dict[str, str]:
        """See `_Jetstream`."""
        wanted = {"wantedCollections": COLLECTION}
        return wanted | ({"cursor": str(max(0, position(cursor) - REWIND_US))} if cursor else {})

    def item(self, message: dict[str, Any]) -> Item:
        """See `_Jetstream`."""
        us = number(message["time_us"])
        at, commit = plausible(_time(us)), message.get("commit") or {}
        other = message["kind"] != "commit" or commit.get("collection") != COLLECTION
        cursor = self.passed(min(us, int(clock.now().timestamp() * 1_000_000)))  # a server's clock may be fast
        if other:
            return Item(cursor=cursor, at=at)
        return self._item_of_post(
            did=message["did"], rkey=commit["rkey"], operation=commit["operation"], record=commit.get("record"),
            cursor=cursor, at=at, us=us,
        )  # fmt: skip


class Jetstream2(_Jetstream):
    """Version 2: the cursor is a number in sequence, and it names the event that comes first."""

    path = "/xrpc/network.bsky.jetstream.subscribeEvents"

    def query(self, cursor: str) -> dict[str, str]:
        """See `_Jetstream`."""
        wanted = {"kinds": "commit", "collections": COLLECTION}
        return wanted | ({"cursor": str(max(1, position(cursor) - REWIND_EVENTS))} if cursor else {})

    def read(self, cursor: str, *, cursor_at: datetime | None) -> Items:
        """See `Connector`. A cursor that is refused as too old becomes a gap, and reading begins with now."""
        try:
            yield from super().read(cursor, cursor_at=cursor_at)
        except _TooOld:
            yield from self._afresh(cursor_at)

    def passed(self, reached: int) -> str:
        """See `_Jetstream`. A number far ahead of all before it counts once another one follows it."""
        if self._highest and reached - self._highest > LEAP and not 0 <= reached - self._doubted <= LEAP:
            self._doubted = reached
            return str(self._highest)
        return super().passed(reached)

    def _afresh(self, cursor_at: datetime | None) -> Iterator[Item]:
        for item in super().read("", cursor_at=None):
            if item.caught_up:
                now = clock.now()
                yield Item(gap=Gap(cursor_at or now, now, "Bluesky no longer has posts from this time."))
            yield item

    def item(self, message: dict[str, Any]) -> Item:
        """See `_Jetstream`."""
        event = message["payload"]
        found = moment(event["time"])
        if message["$type"] != "message" or found is None:
            raise ValueError("not an event")
        at = plausible(found)
        us = int(at.timestamp()) * 1_000_000 + at.microsecond
        return self._item_of_post(
            did=event["did"], rkey=event["rkey"], operation=event["operation"], record=event.get("record"),
            cursor=self.passed(number(event["seq"])), at=at, us=us,
        )  # fmt: skip


def _checked_socket(address: str) -> socket.socket:
    """A connection to the URL's host, if that is allowed. Raises Unusable, OSError, outbound.Refused."""
    uri = parse_uri(address)
    if not uri.secure and not settings.FEED_NETWORKS:
        raise Unusable("The feed's address must begin with wss://.")
    found = outbound.open_socket(uri.host, uri.port, timeout=OPEN_S, allowed=settings.FEED_NETWORKS)
    found.settimeout(None)
    return found


class _TooOld(FeedError):
    """The server of version 2 no longer has the cursor."""


def _refusal(error: InvalidStatus) -> FeedError:
    status, body = error.response.status_code, bytes(error.response.body or b"")
    if status == 400 and b"CursorTooOld" in body:
        return _TooOld("The cursor is too old.")
    if status == 429:
        return TooFast("Bluesky asks for fewer requests.", status=status, retry_after_s=_retry_after(error))
    if status in (400, 401, 403, 404):
        return Unusable(f"Bluesky rejected the feed's settings (HTTP {status}).")
    return Refused(f"Bluesky answers HTTP {status}.", status=status, retry_after_s=_retry_after(error))


def _retry_after(error: InvalidStatus) -> float:
    value = error.response.headers.get("Retry-After", "")
    return min(float(value), 3600.0) if value.isdecimal() else 0.0


def _parsed(message: str | bytes) -> dict[str, Any]:
    try:
        content = message.encode() if isinstance(message, str) else message
        found = bounded_json.loads(content, most_values=MOST_VALUES)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _time(us: int) -> datetime:
    return datetime.fromtimestamp(us // 1_000_000, UTC) + timedelta(microseconds=us % 1_000_000)


def _plausible(stated: datetime | None, seen: datetime) -> datetime:
    """The time stated by the author's device, or the server's if that clock is fast.

    What cannot be true at all stays as it is: it is counted where posts are stored.
    """
    fast = stated is not None and seen + timedelta(minutes=5) < stated <= seen + time_bounds.AHEAD
    return seen if stated is None or fast else stated


FIELDS = (
    keywords(
        _(
            "One per line. Only posts that contain one of them are kept. "
            "Without keywords, every post is kept: about two million per day."
        )
    ),
    server_address(scheme="wss", default=ADDRESS),
)
JETSTREAM_1 = FeedKind(
    label="Bluesky Jetstream",
    connect=lambda feed: Jetstream1(address=feed.address, terms=feed.terms),
    fields=FIELDS,
    preview=lambda feed: [Jetstream1(address=feed.address).request("")],
)
JETSTREAM_2 = FeedKind(
    label=_("Bluesky Jetstream, version 2"),
    connect=lambda feed: Jetstream2(address=feed.address, terms=feed.terms),
    fields=FIELDS,
    preview=lambda feed: [Jetstream2(address=feed.address).request("")],
)
