"""The feed: posts of a filter, newest first, in pages; and looser filters for a search without results."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from classifier import categories
from responder.errors import Invalid
from responder.models import Event, Post
from responder.queries import filter_choices, items, posts, words
from responder.queries.filters import DEFAULT_GROUPS, Filter

PAGE_SIZE = 40
CURSOR_LIMIT = 300
SALT = "responder.queries.feed.cursor"
COUNTED = 1_000  # more than that is "1,000+"
LOOSER = 5
WHOLE = {"groups": DEFAULT_GROUPS, "categories": (), "severities": (), "min_confidence": 1, "status": "all",
         "time_range": "event", "lang": "", "place": "", "area": None, "source": "", "media": "", "owner": "", "need": "", "q": ""}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LooserFilter:
    """A filter with one condition removed: which condition, the new filter, and how many posts match it."""

    dropped: str
    filter: Filter
    count: int

    @property
    def shown_count(self) -> str:
        return f"{COUNTED:,}+" if self.count > COUNTED else f"{self.count:,}"


def page(found: QuerySet[Post], *, cursor: str = "", size: int = PAGE_SIZE) -> posts.Page:
    """The page of `found` after `cursor`, newest first, in two queries. Raises Invalid for a cursor that is not ours."""
    rows = found.order_by("-created_at", "-id")
    if cursor:
        created_at, post_id = _read(cursor)
        rows = rows.filter(
            Q(created_at__lt=created_at) | Q(created_at=created_at, id__lt=post_id), created_at__lte=created_at
        )
    taken = list(posts.with_related(rows)[: size + 1])
    shown = taken[:size]
    return posts.Page(shown, _written(shown[-1]) if len(taken) > size else None)


def present(found: Sequence[Post], query: str) -> list[dict[str, Any]]:
    """Items with their masked text in pieces, so that what the search found can be marked."""
    shown = items.present_all(found)
    return [item | {"pieces": words.highlighted(item["text"], query)} for item in shown]


def looser(post_filter: Filter, event: Event | None) -> list[LooserFilter]:
    """Filters with one condition removed that match something, the closest first."""
    found = [LooserFilter(dropped, other, posts.matching(other, event)[: COUNTED + 1].count())
             for dropped, other in _with_one_less(post_filter)]  # fmt: skip
    return sorted((one for one in found if one.count), key=lambda one: one.count)[:LOOSER]


def chips(post_filter: Filter) -> list[tuple[str, Filter]]:
    """Return a description of each condition of the filter, and the filter without it."""
    return _with_one_less(post_filter)


def _with_one_less(post_filter: Filter) -> list[tuple[str, Filter]]:
    left = [(_in_words(post_filter, field), replace(post_filter, **_without(field))) for field in _set(post_filter)]
    return left + [(text, replace(post_filter, q=rest)) for text, rest in _fewer_words(post_filter.q)]


def _set(post_filter: Filter) -> list[str]:
    plain = [
        name
        for name in WHOLE
        if name not in ("groups", "categories", "q") and getattr(post_filter, name) != WHOLE[name]
    ]
    return [*([] if post_filter.usual_groups else ["groups"]), *plain]


def _without(field: str) -> dict[str, Any]:
    return {name: WHOLE[name] for name in (("groups", "categories") if field == "groups" else (field,))}


def _in_words(post_filter: Filter, field: str) -> str:
    kept = {name: getattr(post_filter, name) for name in (("groups", "categories") if field == "groups" else (field,))}
    only = replace(Filter(), **kept)
    if field == "groups":
        labels = [*(categories.GROUP_LABELS[name] for name in post_filter.groups),
                  *(categories.label(name) for name in post_filter.categories)]  # fmt: skip
        return _("Category: %(labels)s") % {"labels": ", ".join(labels)}
    if field == "owner":
        return _("Owner: %(name)s") % {"name": filter_choices.owner_name(post_filter.owner)}
    return only.text()


def _fewer_words(q: str) -> list[tuple[str, str]]:
    """Each term of the search, and the search without it."""
    parts = [match.group() for match in words.TERM.finditer(q)]
    return [(part, " ".join(parts[:at] + parts[at + 1 :])) for at, part in enumerate(parts[: words.TERMS])]


def _written(post: Post) -> str:
    return signing.dumps([post.created_at.isoformat(), post.pk], salt=SALT)


def _read(cursor: str) -> tuple[datetime, int]:
    try:
        if len(cursor) > CURSOR_LIMIT:
            raise signing.BadSignature
        created_at, post_id = signing.loads(cursor, salt=SALT)
        return datetime.fromisoformat(created_at), int(post_id)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Invalid(_("This page link is no longer valid. Open the list again.")) from error
