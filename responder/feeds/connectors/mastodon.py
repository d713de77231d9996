"""Posts of a Mastodon server: server-sent events, and REST timelines for what was missed.

The stream tells nothing afterwards, so that each connection opens it first and then reads the timeline from some time
before the cursor: nothing falls between the two, and the unique key drops what both tell. Now and then the timeline is
read beside a stream that works, for streams drop messages.
https://docs.joinmastodon.org/methods/streaming/, https://docs.joinmastodon.org/methods/timelines/
"""

import re
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classifier import addresses, bounded_json, clock, time_bounds
from responder.errors import Invalid
from responder.feeds.connectors.base import (
    MALFORMED,
    MOST_LINKS,
    MOST_VALUES,
    NOTHING,
    Item,
    Items,
    Unreachable,
    clean,
    links_from,
    matches,
    moment,
    number,
    part,
    parts,
    position,
    text_from,
)
from responder.feeds.connectors.http import Lines, asked, check, client
from responder.feeds.connectors.kind import DeletionLookup, FeedKind, SettingField, keywords, server_address
from responder.feeds.raw_post import RawPost
from responder.models import Feed

ADDRESS = "https://mastodon.social"
SILENCE_S = 45.0  # the server sends :thump every 15 s
PAGE = 40
REWIND_MS = 60_000  # posts of other servers arrive late, with ids of the time at which they were made
READ_AGAIN_S = 300.0
CHECKED_AT_ONCE = 20
MOST_EVENT_BYTES, MOST_EVENT_LINES = 2_000_000, 1_000
MOST_HTML, MOST_TAGS = 30_000, 1_000  # html.parser takes time as the square of unfinished tags
NO_LINK = {"mention", "hashtag", "u-url", "tag"}
HASHTAG = re.compile(r"^#?\w{1,99}$")
SHOWN = ("public", "unlisted")
Status = dict[str, Any]


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
        self._highest, self._closing = 0, False

    def close(self) -> None:
        """See `Connector`."""
        self._closing = True
        if self._lines:
            self._lines.close()

    def read(self, cursor: str, *, cursor_at: datetime | None) -> Items:
        """See `Connector`."""
        self._highest, self._closing = position(cursor), False
        path, query = self._stream()
        with client(self.address, token=self.token, silence_s=self.silence_s) as http:
            try:
                with http.stream("GET", path, params=query) as response:
                    check(response, "Mastodon")
                    self._lines = Lines(response, most_waiting=1_000)
                    try:
                        yield from self._listen(http, bool(cursor))
                    finally:
                        self._lines.leave()
            except httpx.HTTPError as error:
                raise Unreachable("Mastodon cannot be reached.") from error

    def gone(self, ids: Sequence[str]) -> set[str]:
        """The posts among these that the server no longer shows. Raises FeedError."""
        left: set[str] = set()
        with client(self.address, token=self.token, silence_s=20.0) as http:
            for start in range(0, len(ids), CHECKED_AT_ONCE):
                some = list(ids[start : start + CHECKED_AT_ONCE])
                found = asked(http, "Mastodon", "GET", "/api/v1/statuses", params={"id[]": some})
                shown = {str(status["id"]) for status in parts(found) if "id" in status}
                if not isinstance(found, list) or (found and not shown):
                    raise Unreachable(
                        "Mastodon did not say which posts it still shows."
                    )  # otherwise all would be erased
                whole = bool(shown & set(some)) and all("id" in part(status) for status in found)
                left |= shown if whole else shown | self._shown_alone(http, [one for one in some if one not in shown])
        return set(ids) - left

    @staticmethod
    def _shown_alone(http: httpx.Client, ids: Sequence[str]) -> set[str]:
        """The posts that the server shows at their own URLs; an empty list may come from a broken proxy."""
        shown = set()
        for post_id in ids:
            try:
                with http.stream("GET", f"/api/v1/statuses/{quote(post_id, safe='')}") as response:
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
            if time.monotonic() - read > READ_AGAIN_S and self._highest:
                yield from self._missed(http)
                read = time.monotonic()

    def _stream(self) -> tuple[str, dict[str, str]]:
        if self.channel:
            return "/api/v1/streaming/hashtag", {"tag": self.channel}
        return "/api/v1/streaming/public", {}

    def _missed(self, http: httpx.Client) -> Items:
        """The timeline from before the cursor on, page by page, oldest first."""
        path = f"/api/v1/timelines/tag/{quote(self.channel, safe='')}" if self.channel else "/api/v1/timelines/public"
        after, first = max(0, self._highest - (REWIND_MS << 16)), True
        while not self._closing:
            page = asked(http, "Mastodon", "GET", path, params={"min_id": str(after), "limit": str(PAGE)})
            statuses = page if isinstance(page, list) else []
            ids = [_possible_id(part(status).get("id")) for status in statuses]
            newest = max(ids, default=0)
            if newest > after or first:  # one that nobody can read is counted, even where no other came
                for status in reversed(statuses):
                    yield self._item(status)
            if newest <= after:
                return
            after, first = newest, False

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
                if data:
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
            deleted = clean(data.decode("utf-8", "replace"), 255).strip()
            return Item(deleted=deleted, garbage=not deleted)
        if name not in ("update", "status.update"):
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
        post_id, created = number(status["id"]), moment(status["created_at"])
        id_time = time_of(post_id)
        if id_time > clock.now() + time_bounds.AHEAD:
            raise ValueError("an id of the future")
        self._highest = max(self._highest, min(post_id, id_at(clock.now())))  # a server's clock may be fast
        cursor = str(self._highest)
        warning, read = clean(status.get("spoiler_text")), _read(text_from(status["content"], MOST_HTML))
        content = read.text
        text = clean(f"{warning}\n{content}" if warning else content)
        hidden = status.get("reblog") or status.get("visibility", "public") not in SHOWN
        if hidden or not text.strip() or not matches(text, self.terms):
            return Item(cursor=cursor, at=created)
        edited, author = moment(status.get("edited_at")), text_from(status["account"]["acct"], 200)
        post = RawPost(
            source_id=str(post_id),
            text=text,
            created_at=created,
            lang=clean(status.get("language"), 12),
            author_handle=author if "@" in author else f"{author}@{self.host}"[:255],
            revision=_revision(edited),
            links=_links(status, read),
            id_time=id_time,
            **_related(status),
        )
        return Item(post=post, cursor=cursor, at=created)


def _revision(edited: datetime | None) -> str:
    """Sorts in order of edits; one whose time cannot be true comes before all others, so that they still replace it."""
    if edited is None:
        return ""
    return f"{int(edited.timestamp() * 1000) if time_bounds.is_possible(edited) else 0:020d}"


def time_of(post_id: int) -> datetime:
    """The time inside an id of Mastodon: milliseconds, 16 bits for those of one millisecond."""
    return datetime.fromtimestamp((post_id >> 16) / 1000, UTC)


def id_at(at: datetime) -> int:
    """The lowest id of a moment."""
    return int(at.timestamp() * 1000) << 16


def _possible_id(value: object) -> int:
    """The number of an id; 0 for one that cannot be true, beyond which a timeline would not be read on."""
    found = position(value)
    return found if time_of(found) <= clock.now() + time_bounds.AHEAD else 0


def _related(status: dict[str, Any]) -> dict[str, Any]:
    """The relation to another post of the server; quotes exist since Mastodon 4.4."""
    quoted = part(part(status.get("quote")).get("quoted_status")).get("id")
    if quoted:
        return {"relation": "quote", "related_to": clean(quoted, 255)}
    answered = status.get("in_reply_to_id")
    return {"relation": "reply", "related_to": clean(answered, 255)} if answered else {}


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.links: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self.parts).strip()

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "br":
            self.parts.append("\n")
        if tag == "a" and len(self.links) < MOST_LINKS:
            said = dict(attrs)
            # People and hashtags are links too: by their class, or beside other servers by their `rel`.
            if not NO_LINK & {*(said.get("class") or "").split(), *(said.get("rel") or "").split()}:
                self.links.append(said.get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "li", "blockquote"):
            self.parts.append("\n")


def text_of(html: str) -> str:
    """The text of a post's HTML; paragraphs and breaks become lines."""
    return _read(html).text


def _read(html: str) -> _Text:
    if html.count("<") > MOST_TAGS:
        raise ValueError("too many tags")
    parser = _Text()
    parser.feed(html)
    parser.close()
    return parser


def _links(status: Status, read: _Text) -> tuple[str, ...]:
    """Links of its words, then the page whose card stands below."""
    return links_from([*read.links, part(status.get("card")).get("url")])


def _connect(feed: Feed) -> Mastodon:
    # A token is for one server: it must not reach another, whatever somebody writes into the address.
    address = addresses.split(feed.address or ADDRESS)
    token = settings.MASTODON_TOKENS.get(address.netloc, "") if address.scheme == "https" else ""
    return Mastodon(address=feed.address, channel=feed.channel, terms=feed.terms, token=token)


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
        server_address(scheme="https", default=ADDRESS, environment_variable="RESPONDER_MASTODON_TOKENS"),
    ),
    deletions=DeletionLookup(find=Mastodon.gone),
)
