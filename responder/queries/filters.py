"""The one filter of map, list, charts, export and API: read from the query string and written back to it.

Unknown keys are ignored; an invalid value falls back to its default with a notice that people see.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.db.models.lookups import Contains
from django.http import QueryDict
from django.utils.translation import gettext as _

from classifier import categories
from responder import confidence_bands
from responder.models import FieldReport, IncidentPost, Post
from responder.models.post import UNANSWERED
from responder.queries import areas, language, spans, words

DEFAULT_GROUPS = tuple(group for group in categories.GROUPS if group != "aside")
TIME_RANGES = spans.PRESETS
STATUSES = ("all", "unanswered", "review", "done")
SEVERITIES = (1, 2, 3, 4)
MEDIA = ("with", "without")
NO_OWNER = "none"
QUERY_LIMIT = 200
NAME_LIMIT = 80
SOURCE_LIMIT = 64
TYPED_LIMIT = 1_000  # of a search with its keys
PARAMETER_LIMIT = 500  # of any other value, before it is parsed
SLUG = re.compile(r"^[A-Za-z0-9_-]{1,64}$")
LANGUAGE = re.compile(r"^[a-z]{2,3}(?:-[a-z0-9]{2,8})?$")
OWNER = re.compile(rf"^(?:{NO_OWNER}|[1-9][0-9]{{0,17}})$")
UNKNOWN_LANGUAGES = ("", "und")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
JUDGED = (Post.Status.CONFIRMED, Post.Status.CORRECTED)  # a person's decision outranks every band


class Notice(str):
    """The sentence about a value that was ignored. `key`: its key in the query string."""

    key: str

    def __new__(cls, key: str, text: str) -> "Notice":
        notice = super().__new__(cls, text)
        notice.key = key
        return notice


@dataclass(frozen=True, slots=True)
class Filter:
    """The posts that a person asks to see.

    Arguments:
        event: reference of the event; empty for the newest one that has posts.
        groups, categories: posts of any of these; both empty never happens, as parsing falls back.
        severities: empty for all.
        min_confidence: least band, 1 to 5; posts that a person judged always pass.
        status: `unanswered` (critical or confirmed, and nobody is going), `review` (nobody decided yet), `done`, `all`.
        time_range: as `spans` reads it: `6h`, `now-90m`, `now-6h..now-1h`, two moments; `event` for all of it.
        lang: language codes, joined by commas, `und` where none is known; empty for all.
        place: name of the place where a post is; empty for all.
        area: posts with a place within it, as `areas` reads it; None for all.
        source: name of the source, as posts carry it; empty for all.
        media: `with` a link or an attachment, `without`, empty for both. Pictures and videos reach us as links.
        owner: id of the person who owns the incident that a post belongs to; `none` where nobody does; empty for all.
        need: kind of help that the model found in the text, of `categories.NEEDS`; empty for all.
        q: words of the text, as `words` reads them.
        visible_events: ids of the events that the reader may see, as `roles.events_of` gives them; None for all. It is
            no part of the query string: whoever opens a link sees what their own roles let them see.
    """

    event: str = ""
    groups: tuple[str, ...] = DEFAULT_GROUPS
    categories: tuple[str, ...] = ()
    severities: tuple[int, ...] = ()
    min_confidence: int = 1
    status: str = "all"
    time_range: str = "event"
    lang: str = ""
    place: str = ""
    area: areas.Area | None = None
    source: str = ""
    media: str = ""
    owner: str = ""
    need: str = ""
    q: str = ""
    visible_events: frozenset[int] | None = None

    @classmethod
    def parse(cls, query: QueryDict, visible_events: frozenset[int] | None) -> tuple["Filter", list[Notice]]:
        """(filter, notices about values that were ignored) from a query string, for a reader who may see these events."""
        reader = _Reader(*_spoken(query))
        groups, chosen = reader.categories()
        found = cls(
            event=reader.one("event", lambda value: SLUG.match(value) is not None),
            groups=groups,
            categories=chosen,
            severities=reader.numbers("sev", SEVERITIES),
            min_confidence=min(reader.numbers("conf", confidence_bands.BANDS)[:1], default=1),
            status=reader.one("status", STATUSES.__contains__) or "all",
            time_range=reader.span(),
            lang=reader.languages(),
            place=reader.name("place"),
            area=reader.area(),
            source=reader.source(),
            media=reader.one("media", MEDIA.__contains__, str.lower),
            owner=reader.one("owner", lambda value: OWNER.match(value) is not None, str.lower),
            need=reader.one("need", categories.NEEDS.__contains__, str.lower),
            q=reader.words(),
            visible_events=visible_events,
        )
        return found, reader.notices

    def querystring(self) -> str:
        """This filter as a query string without `?`; defaults are left out, the order is fixed."""
        pairs = {name: key.write(self) for name, key in KEYS.items()}
        return urlencode({key: value for key, value in pairs.items() if value}, safe=",", quote_via=quote)

    @property
    def usual_groups(self) -> bool:
        """Whether the groups are the default ones."""
        return (self.groups, self.categories) == (DEFAULT_GROUPS, ())

    def toggled(self, group: str) -> "Filter":
        """The same filter with `group` switched on or off; with nothing left on, the default groups."""
        kept = set(self.groups) ^ {group}
        groups = tuple(name for name in categories.GROUPS if name in kept)
        return replace(self, groups=groups if groups or self.categories else DEFAULT_GROUPS)

    def since(self, now: datetime) -> datetime | None:
        """The earliest time that passes, or None for no limit."""
        return spans.bounds(self.time_range, now)[0]

    def until(self, now: datetime) -> datetime | None:
        """The latest time that passes, or None for no limit."""
        return spans.bounds(self.time_range, now)[1]

    def where(self, now: datetime, *, without: Collection[str] = ()) -> Q:
        """The condition on posts; `without` leaves out conditions by their key in the query string."""
        condition = Q()
        for name, key in KEYS.items():
            if name not in without:
                condition &= key.condition(self, now)
        return condition

    @property
    def languages(self) -> tuple[str, ...]:
        """The chosen language codes."""
        return tuple(self.lang.split(",")) if self.lang else ()

    @property
    def category_ids(self) -> tuple[str, ...]:
        """The chosen categories with their own kinds and what was merged into them."""
        return tuple(dict.fromkeys(one for chosen in self.categories for one in categories.ids_within(chosen)))

    def in_category(self) -> Q:
        """The condition on posts to be of a group or category that was chosen."""
        return Q(group__in=self.groups) | Q(category__in=self.category_ids)

    def matches(self, post: Any, now: datetime, *, without: Collection[str] = ()) -> bool:
        """Whether `post` passes, as `where` would say; filters live updates without a query."""
        return all(key.passes(self, post, now) for name, key in KEYS.items() if name not in without)

    def text(self, *, words: bool = True) -> str:
        """The filter in the search box's query language, without the event, which is chosen elsewhere."""
        typed = {name: KEYS[name].to_typed(KEYS[name].write(self)) for name in TYPED}
        return language.write(typed, self.q if words else "")


@dataclass(frozen=True, slots=True)
class SearchKey:
    """One key of the query string. A new key is defined here, and read in `Filter.parse`.

    Arguments:
        write: its value in the query string; empty for the default.
        condition: on posts in the database.
        passes: the same for one post in hand.
        typed_at: where it stands among the keys that the search box takes as `key:value`; 0: it takes no such key.
        from_typed: what somebody typed as the query string writes it: `critical` is `1`.
        to_typed: the other way round.
    """

    write: Callable[[Filter], str]
    condition: Callable[[Filter, datetime], Q] = lambda _wanted, _now: Q()
    passes: Callable[[Filter, Any, datetime], bool] = lambda _wanted, _post, _now: True
    typed_at: int = 0
    from_typed: Callable[[str], str] = str
    to_typed: Callable[[str], str] = str


def _in_category(post_filter: Filter, _now: datetime) -> Q:
    return post_filter.in_category()


def _visible_condition(post_filter: Filter, _now: datetime) -> Q:
    return Q() if post_filter.visible_events is None else Q(event__in=post_filter.visible_events)


def _is_visible(post_filter: Filter, post: Any, _now: datetime) -> bool:
    return post_filter.visible_events is None or post.event_id in post_filter.visible_events


def _confidence_condition(post_filter: Filter, _now: datetime) -> Q:
    return Q(band__gte=post_filter.min_confidence) | Q(status__in=JUDGED) if post_filter.min_confidence > 1 else Q()


def _is_confident(post_filter: Filter, post: Any, _now: datetime) -> bool:
    return post_filter.min_confidence == 1 or (post.band or 0) >= post_filter.min_confidence or post.status in JUDGED


def _status_condition(post_filter: Filter, _now: datetime) -> Q:
    unreviewed = Q(status=Post.Status.UNREVIEWED)
    return {"all": Q(), "unanswered": UNANSWERED, "review": unreviewed, "done": ~unreviewed}[post_filter.status]


def _has_status(post_filter: Filter, post: Any, _now: datetime) -> bool:
    if post_filter.status in ("all", "unanswered"):
        return post_filter.status == "all" or post.is_unanswered
    return (post.status == Post.Status.UNREVIEWED) == (post_filter.status == "review")


def _time_condition(post_filter: Filter, now: datetime) -> Q:
    since, until = spans.bounds(post_filter.time_range, now)
    return (Q(created_at__gte=since) if since else Q()) & (Q(created_at__lte=until) if until else Q())


def _in_time(post_filter: Filter, post: Any, now: datetime) -> bool:
    since, until = spans.bounds(post_filter.time_range, now)
    return (since is None or post.created_at >= since) and (until is None or post.created_at <= until)


def _language_condition(post_filter: Filter, _now: datetime) -> Q:
    return in_languages(post_filter.languages)


def in_languages(codes: Collection[str]) -> Q:
    """The condition on posts to be in one of these languages, of any region; none of them means all posts."""
    condition = Q()
    for code in codes:
        same = (
            Q(lang__in=UNKNOWN_LANGUAGES) if code == "und" else Q(lang__iexact=code) | Q(lang__istartswith=f"{code}-")
        )
        condition |= same
    return condition


def _in_language(post_filter: Filter, post: Any, _now: datetime) -> bool:
    lang = post.lang.lower()
    return not post_filter.lang or any(
        lang in UNKNOWN_LANGUAGES if code == "und" else lang == code or lang.startswith(f"{code}-")
        for code in post_filter.languages
    )


def _in_place(post_filter: Filter, post: Any, _now: datetime) -> bool:
    return not post_filter.place or words.place_key(post.place_name) == words.place_key(post_filter.place)


def _media_condition(post_filter: Filter, _now: datetime) -> Q:
    if not post_filter.media:
        return Q()
    found = ~Q(links=[]) | Q(Exists(_attached(OuterRef("pk"))))
    return found if post_filter.media == "with" else ~found


def _has_media(post_filter: Filter, post: Any, _now: datetime) -> bool:
    return not post_filter.media or (bool(post.links) or _attached(post.pk).exists()) == (post_filter.media == "with")


def _attached(post_id: Any) -> QuerySet[FieldReport]:
    return FieldReport.objects.filter(post=post_id, attachments__gt=0)


def _owner_condition(post_filter: Filter, _now: datetime) -> Q:
    if not post_filter.owner:
        return Q()
    found = Q(Exists(_owned(post_filter.owner, OuterRef("pk"))))
    return ~found if post_filter.owner == NO_OWNER else found


def _is_owned(post_filter: Filter, post: Any, _now: datetime) -> bool:
    owner = post_filter.owner
    return not owner or _owned(owner, post.pk).exists() == (owner != NO_OWNER)


def _owned(owner: str, post_id: Any) -> QuerySet[IncidentPost]:
    """The memberships of a post in incidents of this owner, or of any (NO_OWNER)."""
    members = IncidentPost.objects.filter(post=post_id, state=IncidentPost.State.ACCEPTED)
    return members.exclude(incident__owner=None) if owner == NO_OWNER else members.filter(incident__owner=int(owner))


def _need_condition(post_filter: Filter, _now: datetime) -> Q:
    return Q(Contains(Cast("needs", TextField()), f'"{post_filter.need}"')) if post_filter.need else Q()


# In the order in which the query string writes them.
KEYS = {
    # This only checks that the reader may see the event; the callers compare which event it is.
    "event": SearchKey(write=lambda post_filter: post_filter.event, condition=_visible_condition, passes=_is_visible),
    "t": SearchKey(
        typed_at=8,
        write=lambda post_filter: "" if post_filter.time_range == spans.WHOLE else post_filter.time_range,
        condition=_time_condition,
        passes=_in_time,
    ),
    "cat": SearchKey(
        typed_at=1,
        write=lambda post_filter: (
            "" if post_filter.usual_groups else ",".join(post_filter.groups + post_filter.categories)
        ),
        condition=_in_category,
        passes=lambda post_filter, post, _now: (
            post.group in post_filter.groups or post.category in post_filter.category_ids
        ),
    ),
    "sev": SearchKey(
        typed_at=5,
        write=lambda post_filter: ",".join(map(str, post_filter.severities)),
        condition=lambda post_filter, _now: Q(severity__in=post_filter.severities) if post_filter.severities else Q(),
        passes=lambda post_filter, post, _now: not post_filter.severities or post.severity in post_filter.severities,
        from_typed=language.severities,
    ),
    "conf": SearchKey(
        typed_at=6,
        write=lambda post_filter: "" if post_filter.min_confidence == 1 else str(post_filter.min_confidence),
        condition=_confidence_condition,
        passes=_is_confident,
        from_typed=language.at_least,
        to_typed=lambda value: value and f">={value}",
    ),
    "status": SearchKey(
        typed_at=7,
        write=lambda post_filter: "" if post_filter.status == "all" else post_filter.status,
        condition=_status_condition,
        passes=_has_status,
    ),
    "lang": SearchKey(
        typed_at=4,
        write=lambda post_filter: post_filter.lang,
        condition=_language_condition,
        passes=_in_language,
    ),
    "place": SearchKey(
        typed_at=2,
        write=lambda post_filter: post_filter.place,
        condition=lambda post_filter, _now: words.located_at(post_filter.place) if post_filter.place else Q(),
        passes=_in_place,
    ),
    "area": SearchKey(
        typed_at=3,
        write=lambda post_filter: areas.write(post_filter.area) if post_filter.area else "",
        condition=lambda post_filter, _now: areas.condition(post_filter.area) if post_filter.area else Q(),
        passes=lambda post_filter, post, _now: (
            post_filter.area is None or areas.holds(post_filter.area, post.grid_x, post.grid_y)
        ),
    ),
    "source": SearchKey(
        typed_at=9,
        write=lambda post_filter: post_filter.source,
        condition=lambda post_filter, _now: Q(source=post_filter.source) if post_filter.source else Q(),
        passes=lambda post_filter, post, _now: not post_filter.source or post.source == post_filter.source,
    ),
    "media": SearchKey(
        typed_at=10,
        write=lambda post_filter: post_filter.media,
        condition=_media_condition,
        passes=_has_media,
    ),
    "owner": SearchKey(
        typed_at=11,
        write=lambda post_filter: post_filter.owner,
        condition=_owner_condition,
        passes=_is_owned,
    ),
    "need": SearchKey(
        typed_at=12,
        write=lambda post_filter: post_filter.need,
        condition=_need_condition,
        passes=lambda post_filter, post, _now: not post_filter.need or post_filter.need in post.needs,
    ),
    "q": SearchKey(
        write=lambda post_filter: post_filter.q,
        condition=lambda post_filter, _now: words.condition(post_filter.q),
        passes=lambda post_filter, post, _now: words.passes(post.text, post_filter.q),
    ),
}
TYPED = {name: key.from_typed for name, key in sorted(KEYS.items(), key=lambda pair: pair[1].typed_at) if key.typed_at}


def _spoken(query: QueryDict) -> tuple[QueryDict, list[Notice]]:
    """(`query` with the keys found in its search text, a list for notices); other words stay search text."""
    text = query.get("q", "")[:TYPED_LIMIT]
    if ":" not in text:
        return query, []
    found, rest, _unknown = language.read(text, TYPED)
    query = query.copy()
    for key, value in found.items():
        query[key] = value
    query["q"] = rest
    return query, []


class _Reader:
    """Reads bounded values from a query string and collects a notice for each that it cannot use."""

    def __init__(self, query: QueryDict, notices: list[Notice]) -> None:
        self.query = query
        self.notices = notices

    def one(self, key: str, valid: Callable[[str], bool], normalise: Callable[[str], str] = str) -> str:
        value = normalise(self.query.get(key, "")[:PARAMETER_LIMIT].strip())
        if not value or valid(value):
            return value
        self._refuse(key, value)
        return ""

    def span(self) -> str:
        value = self.query.get("t", "")[:PARAMETER_LIMIT].strip()
        found = spans.parse(value) if value else spans.WHOLE
        if found is None:
            self._refuse("t", value)
        return found or spans.WHOLE

    def several(self, key: str) -> list[str]:
        joined = ",".join(self.query.getlist(key)[:20])[:PARAMETER_LIMIT]
        return [part.strip() for part in joined.split(",") if part.strip()]

    def numbers(self, key: str, allowed: Collection[int]) -> tuple[int, ...]:
        by_name = {str(number): number for number in allowed}
        values = self.several(key)
        for value in values:
            if value not in by_name:
                self._refuse(key, value)
        found = tuple(sorted({by_name[value] for value in values if value in by_name}))
        return () if set(found) == set(allowed) else found

    def categories(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        values = self.several("cat")
        for value in values:
            if value not in categories.GROUPS and value not in categories.BY_ID:
                self._refuse("cat", value)
        groups = tuple(group for group in categories.GROUPS if group in values)
        chosen = tuple(name for name in categories.BY_ID if name in values)
        return (groups, chosen) if groups or chosen else (DEFAULT_GROUPS, ())

    def languages(self) -> str:
        """Language codes, joined by commas; an invalid one is left out."""
        found = list[str]()
        for part in self.several("lang"):
            value = part.lower()
            if LANGUAGE.match(value):
                found.append(value)
            else:
                self._refuse("lang", value)
        return ",".join(dict.fromkeys(found))

    def name(self, key: str) -> str:
        value = " ".join(UNPRINTABLE.sub(" ", self.query.get(key, "")).replace('"', " ").split())[:NAME_LIMIT].strip()
        if value and not words.tokens(value):
            self._refuse(key, value)
            return ""
        return value

    def source(self) -> str:
        """A name as posts carry it: another spelling would be another source."""
        value = self.query.get("source", "").strip()
        if len(value) > SOURCE_LIMIT or UNPRINTABLE.search(value) or '"' in value:
            self._refuse("source", value)
            return ""
        return value

    def area(self) -> areas.Area | None:
        value = self.query.get("area", "")[:PARAMETER_LIMIT].strip()
        found = areas.parse(value) if value else None
        if value and found is None:
            self._refuse("area", value)
        return found

    def words(self) -> str:
        value = UNPRINTABLE.sub(" ", self.query.get("q", "")).strip()
        if len(value) > QUERY_LIMIT:
            text = _("The search was shortened to its first %(limit)d characters.") % {"limit": QUERY_LIMIT}
            self.notices.append(Notice("q", text))
        return value[:QUERY_LIMIT].strip()

    def _refuse(self, key: str, value: str) -> None:
        if len(self.notices) < 10:
            shown = UNPRINTABLE.sub(" ", value)[:40]
            text = _("Ignored “%(value)s”: not a valid value for “%(key)s”.") % {"value": shown, "key": key}
            self.notices.append(Notice(key, text))
