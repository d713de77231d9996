"""Reads posts from a server with Mastodon's API: server-sent events, and REST timelines for missed posts.

The stream tells nothing afterwards, so that each connection opens it first and then reads the timeline from some time
before the cursor: nothing falls between the two, and the unique key drops what both tell. Now and then the timeline is
read beside a stream that works, for streams drop messages. Servers without server-sent events (Pleroma, Akkoma, GoToSocial,
Misskey's relatives) are read by their timeline alone.
https://docs.joinmastodon.org/methods/streaming/, https://docs.joinmastodon.org/methods/timelines/
"""

import re
import time
from collections.abc import Generator, Iterator, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classifier import addresses, bounded_json, time_bounds
from responder.errors import Invalid
from responder.feeds.connectors import mastodon_ids as ids
from responder.feeds.connectors.base import (
    MALFORMED,
    MOST_VALUES,
    NOTHING,
    TICK_S,
    Item,
    Items,
    Unreachable,
    clean,
    links_from,
    matches,
    moment,
    part,
    parts,
    text_from,
)
from responder.feeds.connectors.http import (
    Lines,
    NotOffered,
    asked,
    asked_page,
    check,
    client,
    is_offered,
    is_page,
)
from responder.feeds.connectors.kind import (
    DeletionLookup,
    FeedKind,
    SettingField,
    access_token,
    keywords,
    server_address,
    stored_token,
)
from responder.feeds.connectors.mastodon_html import MOST_HTML, PostText, text_of
from responder.feeds.connectors.mastodon_html import read as _read
from responder.feeds.raw_post import RawPost
from responder.models import Feed

ADDRESS = "https://mastodon.social"
SILENCE_S = 45.0  # the server sends :thump every 15 s
PAGE = 40
READ_AGAIN_S = 300.0
RECENT_S = 8.0
POLL_S = 30.0  # between two readings of the timeline of a server without a stream
CHECKED_AT_ONCE = 20
MOST_EVENT_BYTES, MOST_EVENT_LINES = 2_000_000, 1_000
MOST_OPTIONS = 20  # of a poll
HASHTAG = re.compile(r"^#?\w{1,99}$")
SHOWN = ("public", "unlisted")
EVENTS = ("update", "status.update", "delete")
Status = dict[str, Any]
__all__ = ["MASTODON", "Mastodon", "text_of"]


class Mastodon:
    """See `Connector`. `channel` is a hashtag, or empty for all public posts that the server knows."""

    replays = True

    def __init__(
        self, *, address: str = "", channel: str = "", terms: list[str] | None = None, token: str = "",
        silence_s: float = SILENCE_S,
    ) -> None:  # fmt: skip
        self.address = (address or ADDRESS).rstrip("/")
        self.host = addresses.split(self.address).hostname or ""
        self.source = f"mastodon:{self.host}"[:64]
        self.channel, self.terms, self.token, self.silence_s = channel.lstrip("#"), terms or [], token, silence_s
        self._lines: Lines | None = None
        self._progress, self._closing = ids.Progress(), False

    def close(self) -> None:
        """See `Connector`."""
        self._closing = True
        if self._lines:
            self._lines.close()

    def read(self, cursor: str, *, cursor_at: datetime | None) -> Items:
        """See `Connector`."""
        self._progress, self._closing = ids.Progress(cursor), False
        with client(self.address, token=self.token, silence_s=self.silence_s) as http:
            try:
                if not (yield from self._streamed(http, bool(cursor))):
                    yield from self._polled(http, bool(cursor))
            except httpx.HTTPError as error:
                raise Unreachable("Mastodon cannot be reached.") from error

    def _streamed(self, http: httpx.Client, missed: bool) -> Generator[Item, None, bool]:
        """Yield the events of the stream until it ends. Returns False immediately if the server has no stream."""
        path, query = self._stream()
        with http.stream("GET", path, params=query) as response:
            if not is_offered(response):
                return False
            check(response, "Mastodon")
            self._lines = Lines(response, most_waiting=1_000)
            try:
                yield from self._listen(http, missed)
            finally:
                self._lines.leave()
        return True

    def _polled(self, http: httpx.Client, missed: bool) -> Items:
        """Poll the timeline, and yield its events."""
        if missed:
            yield from self._missed(http)
        else:
            page, _newer = asked_page(http, "Mastodon", self._timeline, params={"limit": "1"})
            newest = [ids.related(status.get("id")) for status in parts(page)[:1]]
            yield Item(cursor=self._progress.passed(newest[0]) if any(newest) else "")
        yield Item(caught_up=True)
        while not self._closing:
            until = time.monotonic() + POLL_S
            while not self._closing and time.monotonic() < until:
                time.sleep(min(TICK_S, POLL_S))
                yield NOTHING
            yield from self._missed(http)
            yield Item()

    def gone(self, post_ids: Sequence[str]) -> set[str]:
        """The posts among these that the server no longer shows. Raises FeedError."""
        left: set[str] = set()
        with client(self.address, token=self.token, silence_s=20.0) as http:
            for start in range(0, len(post_ids), CHECKED_AT_ONCE):
                some = list(post_ids[start : start + CHECKED_AT_ONCE])
                try:
                    found = asked(http, "Mastodon", "GET", "/api/v1/statuses", optional=True, params={"id[]": some})
                except NotOffered:
                    left |= self._shown_alone(http, some)
                    continue
                shown = {str(status["id"]) for status in parts(found) if "id" in status}
                if not isinstance(found, list) or (found and not shown):
                    raise Unreachable(
                        "Mastodon did not say which posts it still shows."
                    )  # otherwise all would be erased
                whole = bool(shown & set(some)) and all("id" in part(status) for status in found)
                left |= shown if whole else shown | self._shown_alone(http, [one for one in some if one not in shown])
        return set(post_ids) - left

    @staticmethod
    def _shown_alone(http: httpx.Client, post_ids: Sequence[str]) -> set[str]:
        """The posts that the server shows at their own URLs; an empty list may come from a broken proxy."""
        shown = set()
        for post_id in post_ids:
            try:
                with http.stream("GET", f"/api/v1/statuses/{quote(post_id, safe='')}") as response:
                    if is_page(response):  # of a proxy, or of a server that knows no such address
                        raise Unreachable("Mastodon did not say which posts it still shows.")
                    if response.status_code not in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
                        check(response, "Mastodon")
                        shown.add(post_id)
            except httpx.HTTPError as error:
                raise Unreachable("Mastodon cannot be reached.") from error
        return shown

    def _listen(self, http: httpx.Client, missed: bool) -> Items:
        if missed:
            yield from self._missed(http)
        yield Item(caught_up=True)
        read = time.monotonic()
        for item in self._events():
            yield item
            if time.monotonic() - read > READ_AGAIN_S and self._progress:
                yield from self._missed(http)
                read = time.monotonic()

    def recent(self) -> Items:
        """The newest posts that the server knows, newest first. Raises FeedError."""
        with client(self.address, token=self.token, silence_s=RECENT_S) as http:
            page, _newer = asked_page(http, "Mastodon", self._timeline, params={"limit": str(PAGE)})
            for status in parts(page):
                yield self._item(status)

    def _stream(self) -> tuple[str, dict[str, str]]:
        if self.channel:
            return "/api/v1/streaming/hashtag", {"tag": self.channel}
        return "/api/v1/streaming/public", {}

    @property
    def _timeline(self) -> str:
        return f"/api/v1/timelines/tag/{quote(self.channel, safe='')}" if self.channel else "/api/v1/timelines/public"

    def _missed(self, http: httpx.Client) -> Items:
        """The timeline from before the cursor on, page by page, oldest first."""
        after, begun = self._progress.start, set[str]()
        while not self._closing and after not in begun:
            begun.add(after)
            query = {"limit": str(PAGE)} | ({"min_id": after} if after else {})
            page, newer = asked_page(http, "Mastodon", self._timeline, params=query)
            statuses = page if isinstance(page, list) else []
            found = [post_id for status in statuses if (post_id := ids.related(part(status).get("id")))]
            link = ids.related(newer.get("min_id") or newer.get("since_id"))
            following = ids.following(found, link, after, begun)
            if following or len(begun) == 1:  # one that nobody can read is counted, even where no other came
                for status in reversed(statuses):
                    yield self._item(status)
            if not following:
                return
            after = following

    def _events(self) -> Iterator[Item]:
        assert self._lines is not None
        name, data, size, lines = "", bytearray(), 0, 0
        for line in self._lines:
            if line is None:
                yield NOTHING
                continue
            size, lines = size + len(line), lines + 1
            if size > MOST_EVENT_BYTES or lines > MOST_EVENT_LINES:
                raise Unreachable("Mastodon sent an event without end.")
            if not line:
                if data or name in EVENTS:
                    yield self._event(name, bytes(data))
                name, data, size, lines = "", bytearray(), 0, 0
            elif line.startswith(b":"):
                size = lines = 0
                yield Item()  # a heartbeat
            elif line.startswith(b"event:"):
                name = line[6:].strip().decode("ascii", "replace")
            elif line.startswith(b"data:"):
                data += line[5:].strip()
            else:
                yield Item(garbage=True)

    def _event(self, name: str, data: bytes) -> Item:
        if name == "delete":
            deleted = ids.related(data.decode("utf-8", "replace"))
            return Item(deleted=deleted, garbage=not deleted)
        if name not in EVENTS:
            return Item()
        try:
            return self._item(bounded_json.loads(data, most_values=MOST_VALUES))
        except (ValueError, RecursionError):
            return Item(garbage=True)

    def _item(self, status: Any) -> Item:
        try:
            return self._post(status)
        except MALFORMED:
            return Item(garbage=True)

    def _post(self, status: Status) -> Item:
        post_id, created = ids.parse(status["id"]), moment(status["created_at"])
        id_time = ids.time_of(post_id)
        if not ids.is_possible(post_id):
            raise ValueError("an id of the future")
        cursor = self._progress.passed(post_id)
        at = created if created and time_bounds.is_possible(created) else None
        boosted = status.get("reblog")
        said: Status = boosted if isinstance(boosted, dict) and boosted else status
        read = _read(text_from(said["content"], MOST_HTML))
        text = _words(said, read)
        hidden = (boosted and said is status) or not (_is_shown(status) and _is_shown(said))
        if hidden or not text.strip() or not matches(text, self.terms):
            return Item(cursor=cursor, at=at)
        edited, author = moment(said.get("edited_at")), text_from(status["account"]["acct"], 200)
        post = RawPost(
            source_id=post_id,
            text=text,
            created_at=created,
            lang=clean(said.get("language"), 12),
            author_handle=author if "@" in author else f"{author}@{self.host}"[:255],
            revision=_revision(edited),
            links=_links(said, read),
            id_time=id_time,
            **_related(status),
        )
        return Item(post=post, cursor=cursor, at=at)


def _is_shown(status: Status) -> bool:
    return status.get("visibility", "public") in SHOWN


def _words(status: Status, read: PostText) -> str:
    """Return the post's words: warning, text and poll options. If there is no text, the picture descriptions."""
    warning = status.get("spoiler_text")
    pictures = [one.get("description") for one in parts(status.get("media_attachments"))]
    options = [one.get("title") for one in parts(part(status.get("poll")).get("options"))[:MOST_OPTIONS]]
    pieces = [warning, *([read.text] if read.text else pictures), *options]
    return clean("\n".join(piece.strip() for piece in pieces if isinstance(piece, str) and piece.strip()))


def _revision(edited: datetime | None) -> str:
    """Return a revision that sorts in the order of edits. One with an impossible time sorts first, so others replace it."""
    if edited is None:
        return ""
    return f"{int(edited.timestamp() * 1000) if time_bounds.is_possible(edited) else 0:020d}"


def _related(status: Status) -> dict[str, Any]:
    """The relation to another post of the server; a boost ranks before a quote, and a quote before a reply.

    A quote is told by Mastodon since 4.4 as `quote.quoted_status`, by Misskey's relatives as the post itself, by Pleroma and
    Akkoma under `pleroma` or by its id.
    """
    if boosted := part(status.get("reblog")):
        return {"relation": "repeat", "related_to": ids.related(boosted.get("id"))}
    quote_, pleroma = part(status.get("quote")), part(status.get("pleroma"))
    named = (
        part(quote_.get("quoted_status")).get("id"), quote_.get("quoted_status_id"), quote_.get("id"), status.get("quote_id"),
        part(pleroma.get("quote")).get("id"), pleroma.get("quote_id"),
    )  # fmt: skip
    if quoted := next(filter(None, map(ids.related, named)), ""):
        return {"relation": "quote", "related_to": quoted}
    answered = ids.related(status.get("in_reply_to_id"))
    return {"relation": "reply", "related_to": answered} if answered else {}


def _links(status: Status, read: PostText) -> tuple[str, ...]:
    """Return the links in the text, then that of the preview card."""
    return links_from([*read.links, part(status.get("card")).get("url")])


def _connect(feed: Feed) -> Mastodon:
    # A token is for one server: it must not reach another, whatever somebody writes into the address.
    address = addresses.split(feed.address or ADDRESS)
    token = stored_token(feed) or settings.MASTODON_TOKENS.get(address.netloc, "")
    token = token if address.scheme == "https" else ""
    return Mastodon(address=feed.address, channel=feed.channel, terms=feed.terms, token=token)


def _preview(feed: Feed) -> list[str]:
    path, query = Mastodon(address=feed.address, channel=feed.channel)._stream()
    return [f"GET {(feed.address or ADDRESS)}{path}{'?' + urlencode(query) if query else ''}"]


def _parse_hashtag(text: str) -> str:
    if text and not HASHTAG.match(text):
        raise Invalid(_("Enter a hashtag as one word of letters and digits."))
    return text.lstrip("#")


MASTODON = FeedKind(
    label="Mastodon",
    connect=_connect,
    fields=(
        keywords(
            gettext_lazy(
                "One per line. Only posts that contain one of them are kept. Without keywords, every post is kept."
            )
        ),
        SettingField(
            column="channel",
            label=gettext_lazy("Hashtag"),
            help_text=gettext_lazy("Leave empty to read all public posts that the server knows."),
            default_text=gettext_lazy("none: all public posts"),
            parse=_parse_hashtag,
        ),
        server_address(scheme="https", default=ADDRESS),
        access_token(
            help_text=gettext_lazy(
                "Some servers show their public posts only to an app with a token (scope read:statuses)."
            ),
            variable="RESPONDER_MASTODON_TOKENS",
        ),
    ),
    deletions=DeletionLookup(find=Mastodon.gone),
    recent=Mastodon.recent,
    preview=_preview,
)
