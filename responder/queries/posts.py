"""Posts that pass a filter, in review order, in pages.

The order: unreviewed before reviewed, then severity, then newest, then id. A cursor is the signed position
of the last post seen, so pages neither skip nor repeat posts while new ones arrive.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from classifier import clock
from responder import roles
from responder.errors import Invalid
from responder.models import Event, Post
from responder.queries.filters import Filter

PAGE_SIZE = 30
CURSOR_LIMIT = 300
SALT = "responder.queries.posts.cursor"
UNKNOWN_SEVERITY = 5
Position = tuple[int, int, datetime, int]


@dataclass(frozen=True, slots=True)
class Page:
    """Some posts in order, and the cursor of the next page; None on the last one."""

    posts: list[Post]
    next_cursor: str | None


def classified() -> QuerySet[Post]:
    """Posts of all events that were classified. For the system's own work, and for counts of what a reader may see anyway."""
    return Post.objects.filter(state=Post.State.CLASSIFIED)


def visible(reader: roles.Person, ability: str = roles.VIEW) -> QuerySet[Post]:
    """Classified posts of the events in which `reader` has `ability`."""
    return roles.within(classified(), roles.events_of(reader, ability))


def matching(post_filter: Filter, event: Event | None, *, without: Collection[str] = ()) -> QuerySet[Post]:
    """Classified posts of `event` (None: of all that the filter's reader may see) that pass the filter.

    Arguments:
        without: as in `Filter.where`.
    """
    posts = classified().filter(post_filter.where(clock.now(), without=without))
    return posts.filter(event=event) if event else posts


def ordered(posts: QuerySet[Post]) -> QuerySet[Post]:
    """`posts` in the order of work, with its keys as `reviewed` (0 or 1) and `urgency` (1 to 5)."""
    ranked: Any = _ranked(posts)  # its annotations have dynamic names
    return ranked.order_by("reviewed", "urgency", "-created_at", "-id")


def _ranked(posts: QuerySet[Post]) -> QuerySet[Post]:
    reviewed = Case(When(status=Post.Status.UNREVIEWED, then=0), default=1, output_field=IntegerField())
    urgency = Coalesce("severity", Value(UNKNOWN_SEVERITY), output_field=IntegerField())
    return posts.annotate(reviewed=reviewed, urgency=urgency)


def one_of_each_text(posts: QuerySet[Post]) -> QuerySet[Post]:
    """`posts` without copies: of each text in an event the one that comes first in the order of work.

    An unreviewed copy is never hidden by a reviewed one.
    """
    rows: Any = _ranked(posts)  # its annotations have dynamic names
    same = rows.filter(event=OuterRef("event_id"), text_key=OuterRef("text_key"))
    rank = Q(reviewed=OuterRef("reviewed"), urgency=OuterRef("urgency"))
    first = (
        Q(reviewed__lt=OuterRef("reviewed"))
        | Q(reviewed=OuterRef("reviewed"), urgency__lt=OuterRef("urgency"))
        | rank & Q(created_at__gt=OuterRef("created_at"))
        | rank & Q(created_at=OuterRef("created_at"), id__gt=OuterRef("id"))
    )
    found: QuerySet[Post] = rows.exclude(Exists(same.filter(first)))
    return found


def with_related(posts: QuerySet[Post]) -> QuerySet[Post]:
    """`posts` with all that presenting them needs: two queries for any number."""
    return posts.select_related("model_version", "reviewed_by", "placed_by").prefetch_related("places")


def page(
    posts: QuerySet[Post], *, cursor: str = "", size: int = PAGE_SIZE,
    related: Callable[[QuerySet[Post]], QuerySet[Post]] = with_related,
) -> Page:  # fmt: skip
    """The page of `posts` after `cursor`, in two queries.

    Arguments:
        related: adds what the caller reads of each post.

    Raises Invalid if the cursor is not one of ours.
    """
    rows = ordered(posts)
    if cursor:
        rows = rows.filter(_after(read_cursor(cursor)))
    found = list(related(rows)[: size + 1])
    more = len(found) > size
    found = found[:size]
    return Page(found, _cursor_of(found[-1]) if more else None)


def _after(position: Position) -> Q:
    reviewed, urgency, created_at, post_id = position
    same_rank = Q(reviewed=reviewed, urgency=urgency)
    return (
        Q(reviewed__gt=reviewed)
        | Q(reviewed=reviewed, urgency__gt=urgency)
        | (same_rank & Q(created_at__lt=created_at))
        | (same_rank & Q(created_at=created_at, id__lt=post_id))
    )


def _cursor_of(post: Post) -> str:
    position = [post.reviewed, post.urgency, post.created_at.isoformat(), post.pk]  # type: ignore[attr-defined]
    return signing.dumps(position, salt=SALT)


def read_cursor(cursor: str) -> Position:
    """The position that a cursor stands for; raises Invalid."""
    try:
        if len(cursor) > CURSOR_LIMIT:
            raise signing.BadSignature
        reviewed, urgency, created_at, post_id = signing.loads(cursor, salt=SALT)
        return reviewed, urgency, datetime.fromisoformat(created_at), post_id
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Invalid(_("This page link is no longer valid. Open the list again.")) from error
