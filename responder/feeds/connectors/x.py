"""Reads posts from X's API v2: a filtered stream with rules, and recent search for missed posts. Each post costs money.

The stream tells nothing afterwards: what was missed is searched for in stretches of time, the oldest first, so that a
search that is broken off, or that the budget ends, is paid for once. Search reaches back seven days.
https://docs.x.com/x-api/posts/filtered-stream/introduction
"""

import re
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import httpx
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classifier import bounded_json, clock, time_bounds
from responder.errors import Invalid
from responder.feeds import source_positions
from responder.feeds.connectors import x_compliance
from responder.feeds.connectors.base import (
    MALFORMED,
    MOST_VALUES,
    NOTHING,
    Gap,
    Item,
    Items,
    TooFast,
    Unreachable,
    Unusable,
    clean,
    links_from,
    moment,
    number,
    part,
    parts,
    position,
    text_from,
)
from responder.feeds.connectors.http import Lines, asked_object, check, client
from responder.feeds.connectors.kind import (
    DeletionLookup,
    FeedKind,
    SettingField,
    access_token,
    parse_lines,
    stored_token,
)
from responder.feeds.connectors.x_compliance import NAME
from responder.feeds.raw_post import RawPost
from responder.feeds.shapes import twitter_v2
from responder.models import Feed

ADDRESS = "https://api.x.com"
SILENCE_S = 21.0  # it sends an empty line every 20 s: more than that without a byte is a dead connection
WAITING = 50  # lines that were delivered, and so paid for, before they are counted
PAGE, LEAST_PAGE = 100, 10
RECENT_S = 8.0
MOST_TRIED, MOST_COUNTED = 3, 10  # rules of a test
REACH = timedelta(days=7) - timedelta(minutes=10)
REWIND = timedelta(seconds=10)
RELATIONS = {"retweeted": "repeat", "quoted": "quote", "replied_to": "reply"}
SETTLED = timedelta(seconds=30)  # until search has found what was posted
QUIET = timedelta(days=1)
EDITABLE = timedelta(days=1)  # X takes edits for an hour
STRETCH = timedelta(minutes=10)
MOST_STRETCHES = 24
MOST_RULES, RULE_LENGTH = 1_000, 1_024
NO_REPOSTS = "-is:retweet"
EPOCH_MS = 1_288_834_974_657
OWN_PICTURE = re.compile(r"/status/\d+/(?:photo|video)/\d")
FIELDS = {
    "tweet.fields": "created_at,lang,author_id,edit_history_tweet_ids,referenced_tweets,geo,entities,note_tweet",
    "expansions": "author_id,geo.place_id,referenced_tweets.id",
    "user.fields": "username",
    "place.fields": "geo",
}


class X:
    """See `Connector`. `terms` are rules of the filtered stream; `tag` marks those that are ours among others."""

    source = "x"
    replays = False

    def __init__(
        self, *, address: str = "", terms: list[str] | None = None, token: str = "", tag: str = "responder",
        silence_s: float = SILENCE_S,
    ) -> None:  # fmt: skip
        self.address = (address or ADDRESS).rstrip("/")
        self.terms, self.token, self.tag, self.silence_s = terms or [], token, tag, silence_s
        self.unlocated: frozenset[str] = frozenset()
        self._lines: Lines | None = None
        self._highest, self._closing = 0, threading.Event()

    def close(self) -> None:
        """See `Connector`."""
        self._closing.set()
        if self._lines:
            self._lines.close()

    def read(self, cursor: str, *, cursor_at: datetime | None) -> Items:
        """See `Connector`."""
        if not self.terms or not self.token:
            raise Unusable("X needs at least one rule, and a token in RESPONDER_X_TOKEN.")
        self._closing.clear()
        self._highest = position(cursor)
        with client(self.address, token=self.token, silence_s=self.silence_s) as http:
            self._set_rules(http)
            try:
                with http.stream("GET", "/2/tweets/search/stream", params=FIELDS) as response:
                    check(response, NAME)
                    self._lines = Lines(response, most_waiting=WAITING)
                    try:
                        yield from self._all(http, self._lines, bool(cursor))
                    finally:
                        self._lines.leave()
            except httpx.HTTPError as error:
                raise Unreachable("X cannot be reached.") from error

    def _all(self, http: httpx.Client, lines: Lines, missed: bool) -> Items:
        begun = clock.now()
        if missed:
            yield from self._missed(http, time_of(self._highest) - REWIND, begun)
        else:
            self._highest = id_at(begun)
        yield Item(caught_up=True, cursor=str(self._highest))
        yield from self._listen(http, lines, begun, settled=not missed)

    def gone(self, ids: Sequence[str]) -> set[str]:
        """The posts among these that were deleted; `unlocated` are then those that lost their geotag. Raises FeedError."""
        found = x_compliance.check(ids, address=self.address, token=self.token)
        self.unlocated = found.unlocated
        return found.gone

    def recent(self) -> Items:
        """Some of the newest posts that the rules find, after X has checked the rules. Costs a page of ten. Raises FeedError."""
        with client(self.address, token=self.token, silence_s=RECENT_S) as http:
            self._check_rules(http)
            for rule in self.terms[:MOST_TRIED]:
                query = FIELDS | {"query": rule, "max_results": str(LEAST_PAGE)}
                page = asked_object(http, NAME, "GET", "/2/tweets/search/recent", params=query)
                extra = _included(page)
                for data in parts(page.get("data")):
                    item = self._item({"data": data, "includes": page.get("includes")})
                    yield Item(post=item.post, at=item.at, garbage=item.garbage, billed=1 + extra)
                    extra = 0
                if page.get("data"):
                    return

    def a_day(self) -> float | None:
        """X's count of posts a day over the last seven days, which costs nothing. None for too many rules. Raises FeedError.

        A post that two rules find is counted twice.
        """
        if len(self.terms) > MOST_COUNTED:
            return None
        total = 0
        with client(self.address, token=self.token, silence_s=RECENT_S) as http:
            for rule in self.terms:
                query = {"query": rule, "granularity": "day"}
                page = asked_object(http, NAME, "GET", "/2/tweets/counts/recent", params=query)
                total += position(part(page.get("meta")).get("total_tweet_count"))
        return total / 7

    def _check_rules(self, http: httpx.Client) -> None:
        """Ask X whether it would accept the rules. Raises Unusable."""
        rules = [{"value": value, "tag": self.tag} for value in self.terms]
        path = "/2/tweets/search/stream/rules"
        answer = asked_object(http, NAME, "POST", path, params={"dry_run": "true"}, json={"add": rules})
        _refuse_errors(answer)

    def _set_rules(self, http: httpx.Client) -> None:
        """Replace the account's rules that have our tag by the feed's; other rules stay."""
        path = "/2/tweets/search/stream/rules"
        there = parts(asked_object(http, NAME, "GET", path).get("data"))
        ours = {
            clean(rule.get("value")): clean(rule.get("id"), 64)
            for rule in there
            if rule.get("id") and rule.get("tag") == self.tag
        }
        old = [rule_id for value, rule_id in ours.items() if value not in self.terms]
        new = [{"value": value, "tag": self.tag} for value in self.terms if value not in ours]
        if old:
            asked_object(http, NAME, "POST", path, json={"delete": {"ids": old}})
        if new:
            answer = asked_object(http, NAME, "POST", path, json={"add": new})
            _refuse_errors(answer)

    def _missed(self, http: httpx.Client, since: datetime, now: datetime) -> Items:
        """Posts that recent search finds in a period, slice by slice; the cursor follows each slice."""
        if since < now - REACH:
            yield Item(gap=Gap(since + REWIND, now - REACH, "X searches only the last seven days."))
            since = now - REACH
        stretch = max(STRETCH, (now - since) / MOST_STRETCHES)
        while since < now and not self._closing.is_set():
            until = min(since + stretch, now)
            for rule in self.terms:
                yield from self._searched(http, rule, since, until)
            yield Item(cursor=str(self._highest))
            since = until

    def _searched(self, http: httpx.Client, rule: str, since: datetime, until: datetime) -> Iterator[Item]:
        query = FIELDS | {
            "query": rule, "since_id": str(id_at(since)), "until_id": str(id_at(until)), "max_results": str(PAGE)
        }  # fmt: skip
        while not self._closing.is_set():
            page = asked_object(http, NAME, "GET", "/2/tweets/search/recent", params=query)
            rows = page.get("data") or []
            if not isinstance(rows, list):
                yield Item(garbage=True)
                rows = []
            extra = _included(page)
            for data in rows:
                item = self._item({"data": data, "includes": page.get("includes")})
                # The cursor waits for the rest; what the page includes is counted with its first post.
                yield Item(post=item.post, at=item.at, garbage=item.garbage, billed=1 + extra)
                extra = 0
            token = part(page.get("meta")).get("next_token")
            if not isinstance(token, str) or not token or token == query.get("next_token"):
                return
            query["next_token"] = token

    def _listen(self, http: httpx.Client, lines: Lines, begun: datetime, *, settled: bool) -> Items:
        for line in lines:
            if line is None:
                yield NOTHING
            elif not line.strip():
                yield self._alive()
            else:
                yield self._frame(line)
            if not settled and clock.now() - begun > SETTLED:
                settled = True  # what was made just before the stream began is found by search only now
                yield from self._missed(http, begun - SETTLED, begun)

    def _alive(self) -> Item:
        """A keep-alive item. After a long time without matches it moves the cursor, since nothing was missed."""
        hour_ago = clock.now() - timedelta(hours=1)
        if time_of(self._highest) < hour_ago - QUIET:
            self._highest = id_at(hour_ago)
            return Item(cursor=str(self._highest), at=hour_ago)
        return Item()

    def _frame(self, line: bytes) -> Item:
        try:
            frame = bounded_json.loads(line, most_values=MOST_VALUES)
        except (ValueError, RecursionError):
            return Item(garbage=True)
        if isinstance(frame, dict) and "data" not in frame and frame.get("errors"):
            raise _error_from(frame["errors"])
        return self._item(frame)

    def _item(self, frame: Any) -> Item:
        try:
            return self._post(frame["data"], part(frame.get("includes")))
        except MALFORMED:
            return Item(garbage=True)

    def _post(self, data: dict[str, Any], includes: dict[str, Any]) -> Item:
        post_id = number(data["id"])
        edits, id_time = _edits(data.get("edit_history_tweet_ids"), post_id), time_of(post_id)
        if id_time > clock.now() + time_bounds.AHEAD:
            raise ValueError("an id of the future")
        self._highest = max(self._highest, min(post_id, id_at(clock.now())))  # a server's clock may be fast
        names = {clean(user.get("id"), 64): user.get("username") for user in parts(includes.get("users"))}
        author = clean(data.get("author_id"), 64)
        at, text = moment(data.get("created_at")) or id_time, _text(data, includes)
        billed = 1 + _included({"includes": includes})
        if not text.strip():
            return Item(cursor=str(self._highest), at=at, billed=billed)
        post = RawPost(
            source_id=str(edits[0]),
            text=text,
            created_at=at,
            lang="" if data.get("lang") in (None, "und", "zxx", "qme") else clean(data["lang"], 12),
            author_handle=clean(names.get(author), 255) or author,
            revision=f"{edits[-1]:020d}" if len(edits) > 1 else "",
            links=_links(data),
            id_time=id_time,
            position=source_positions.from_x(data, {clean(p.get("id")): p for p in parts(includes.get("places"))}),
            **_related(parts(data.get("referenced_tweets"))),
        )
        return Item(post=post, cursor=str(self._highest), at=at, billed=billed)


def _edits(history: object, post_id: int) -> list[int]:
    """The ids of a post's versions, oldest first. Others than of the time around it are not its own."""
    found = {position(one) for one in history} if isinstance(history, list) else set()
    return sorted({one for one in found if abs(time_of(one) - time_of(post_id)) <= EDITABLE} | {post_id})


def _included(answer: dict[str, Any]) -> int:
    """Posts beside those that were asked for, such as repeated ones: X charges for each that it returns."""
    return len(parts(part(answer.get("includes")).get("tweets")))


def _text(data: dict[str, Any], includes: dict[str, Any]) -> str:
    """The whole text of a long post, or of the post that it repeats; X cuts both in `text`."""
    text_from(data["text"])
    return text_from(twitter_v2.full_text(data, twitter_v2.includes_of(includes)))


def _links(data: dict[str, Any]) -> tuple[str, ...]:
    """The targets of its shortened links, as far as X resolved them; links to X's own pictures are left out."""
    shortened = parts(part(data.get("entities")).get("urls"))
    found = links_from(one.get("unwound_url") or one.get("expanded_url") or one.get("url") for one in shortened)
    return tuple(link for link in found if not OWN_PICTURE.search(link))


def _related(referenced: list[dict[str, Any]]) -> dict[str, Any]:
    """The relation to another post; a repost ranks before a quote, and a quote before a reply."""
    found = {clean(one.get("type")): post_id for one in referenced if (post_id := position(one.get("id")))}
    named = next((name for name in RELATIONS if name in found), "")
    return {"relation": RELATIONS[named], "related_to": str(found[named])} if named else {}


def _refuse_errors(answer: dict[str, Any]) -> None:
    """Raise Unusable if X refused a rule. That a rule is there already is no error."""
    errors = [one for one in parts(answer.get("errors")) if one.get("title") != "DuplicateRule"]
    if errors or (answer.get("errors") and not parts(answer["errors"])):
        first = next(iter(errors), {})
        raise Unusable(f"X does not accept a rule: {clean(first.get('title'), 200) or 'without a reason'}.")


def _error_from(errors: Any) -> Exception:
    first = next(iter(parts(errors)), {})
    title = clean(first.get("title"), 120)
    if first.get("connection_issue") == "TooManyConnections" or title == "ConnectionException":
        return TooFast("X allows one connection, and another is open.", status=429)
    return Unreachable(f"X ended the connection: {title or 'without a reason'}.")


def time_of(post_id: int) -> datetime:
    """The time inside an id."""
    return datetime.fromtimestamp(((post_id >> 22) + EPOCH_MS) / 1000, UTC)


def id_at(at: datetime) -> int:
    """The lowest id of a moment."""
    return max(0, int(at.timestamp() * 1000) - EPOCH_MS) << 22


def _connect(feed: Feed) -> X:
    # The token is for X's own server: it must not reach another.
    token = (stored_token(feed) or settings.X_TOKEN) if feed.address in ("", ADDRESS) else ""
    return X(address=feed.address, terms=feed.terms, token=token, tag=f"responder:{feed.pk}")


def compose_rules(words: Sequence[str], places: Sequence[str]) -> list[str]:
    """Rules that find posts with one of the words and, if there are any, one of the places; reposts are left out.

    They are as few as X's limit on a rule's length allows.
    """
    room = (RULE_LENGTH - len(NO_REPOSTS) - 2) // (2 if words and places else 1)
    alternatives = [_alternatives(group, room) for group in (words, places) if group]
    return [" ".join([*parts_, NO_REPOSTS]) for parts_ in product(*alternatives)] if alternatives else []


def _alternatives(words: Sequence[str], room: int) -> list[str]:
    """The words joined by OR in parentheses, in as many pieces as fit `room` characters each."""
    pieces: list[list[str]] = [[]]
    for word in map(_quoted, words):
        if pieces[-1] and len(" OR ".join([*pieces[-1], word])) + 2 > room:
            pieces.append([])
        pieces[-1].append(word)
    return [f"({' OR '.join(piece)})" if len(piece) > 1 else piece[0] for piece in pieces]


def _quoted(word: str) -> str:
    """A word as X reads it literally: with other signs than letters and digits in quotation marks."""
    word = word.replace('"', "")
    return word if word.isalnum() and word not in ("OR", "AND", "NOT") else f'"{word}"'


def _preview(feed: Feed) -> list[str]:
    return [f"{rule}  (tag responder:{feed.pk or '…'})" for rule in feed.terms]


def _parse_rules(text: str) -> list[str]:
    rules = parse_lines(text, most=MOST_RULES, length=RULE_LENGTH)
    if not rules:
        raise Invalid(_("X needs at least one rule."))
    return rules


def _ids_of(source_id: str, revision: str) -> tuple[str, ...]:
    """Return a post's ID and that of its last edit. The post is deleted if either is."""
    return (source_id, revision.lstrip("0")) if revision else (source_id,)


X_API = FeedKind(
    label="X",
    connect=_connect,
    fields=(
        SettingField(
            column="terms",
            label=gettext_lazy("Rules"),
            help_text=gettext_lazy("One per line, for example: (flood OR overflow) lang:en -is:retweet"),
            max_length=RULE_LENGTH,
            most_lines=MOST_RULES,
            multiline=True,
            parse=_parse_rules,
        ),
        access_token(
            help_text=gettext_lazy("The bearer token of your project in X's developer console."),
            variable="RESPONDER_X_TOKEN",
        ),
    ),
    price=Decimal("0.005"),
    deletions=DeletionLookup(find=X.gone, ids_of=_ids_of, unlocated=lambda connector: connector.unlocated),
    one_connection=True,
    recent=X.recent,
    volume=X.a_day,
    compose=compose_rules,
    whole_words=True,
    preview=_preview,
    listens_in_tests=False,
)
