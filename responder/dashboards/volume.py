"""Posts over time by group: the numbers behind the chart, its table and its CSV file.

Two queries whatever the number of posts: one for the span of an event, one that counts by bucket and group.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, Case, Count, When

from classifier import categories
from responder.dashboards import scope
from responder.dashboards.scope import Scope
from responder.models import Event, Post
from responder.queries.filters import Filter
from responder.queries.timeline import Epoch


@dataclass(frozen=True, slots=True)
class Bucket:
    """Posts from `start` on, by group; `partial` while its time has not passed."""

    start: datetime
    counts: dict[str, int]
    partial: bool

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Volume:
    """Posts over time by group, and the numbers of posts that are left out.

    Arguments:
        groups: the groups that are shown, in the order of stacking.
        buckets: at most 60, in order of time, without gaps.
        width: of one bucket.
        zone: of the event, in which times are shown.
        set_aside: classified posts that are left out because their group is not asked for.
        filtered: classified posts that another choice of the filter leaves out.
        waiting: posts without a category: not yet classified, or failed repeatedly.
    """

    groups: tuple[str, ...]
    buckets: list[Bucket]
    width: timedelta
    zone: ZoneInfo
    as_of: datetime
    set_aside: int
    filtered: int
    waiting: int

    @property
    def total(self) -> int:
        return sum(bucket.total for bucket in self.buckets)

    def of_group(self, group: str) -> int:
        return sum(bucket.counts.get(group, 0) for bucket in self.buckets)


def from_filter(post_filter: Filter, event: Event | None) -> Volume:
    """Count the posts of a filter over its time range; `event` None means all posts."""
    return from_scope(scope.from_filter(post_filter, event))


def from_scope(scope: Scope) -> Volume:
    """Count the posts of a scope; one query."""
    rows = list(_counted(scope))
    return Volume(
        groups=groups_of(scope.filter),
        buckets=_buckets(rows, scope),
        width=scope.width,
        zone=scope.zone,
        as_of=scope.as_of,
        set_aside=sum(row["count"] for row in rows if _left_out(row) and row["group"] == "aside"),
        filtered=sum(row["count"] for row in rows if _left_out(row) and row["group"] != "aside"),
        waiting=sum(row["count"] for row in rows if row["state"] != Post.State.CLASSIFIED),
    )


def groups_of(post_filter: Filter) -> tuple[str, ...]:
    """The groups that a filter asks for, in the order of stacking."""
    chosen = {*post_filter.groups, *(categories.group_of(category) for category in post_filter.categories)}
    return tuple(group for group in categories.GROUPS if group in chosen)


def _counted(scope: Scope) -> Iterable[Any]:
    return (
        scope.window()
        .annotate(
            bucket=Epoch("created_at") / scope.seconds,
            passes=Case(When(scope.passes(), then=True), default=False, output_field=BooleanField()),
        )
        .order_by()
        .values("bucket", "state", "group", "passes")
        .annotate(count=Count("id"))
    )


def _left_out(row: dict[str, Any]) -> bool:
    return row["state"] == Post.State.CLASSIFIED and not row["passes"]


def _buckets(rows: list[dict[str, Any]], scope: Scope) -> list[Bucket]:
    counts: dict[int, dict[str, int]] = {number: {} for number in scope.numbers}
    for row in rows:
        if row["passes"] and row["state"] == Post.State.CLASSIFIED:
            counts[row["bucket"]][row["group"]] = row["count"]
    return [
        Bucket(start, found, partial)
        for start, found, partial in zip(scope.starts, counts.values(), scope.partial, strict=True)
    ]
