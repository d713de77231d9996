"""Posts over time by group: the numbers behind the chart, its table and its CSV file.

Two queries whatever the number of posts: one for the span of an event, one that counts by bucket and group.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import BooleanField, Case, Count, Max, Min, QuerySet, When

from classifier import categories, clock
from responder.models import Event, Post
from responder.queries.filters import Filter
from responder.queries.timeline import WITHOUT_EVENT, Epoch, bucket_minutes


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
    """Arguments:
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


def of(wanted: Filter, event: Event | None) -> Volume:
    """Count the posts of a filter over its time range; `event` None means all posts."""
    now = clock.now()
    found = Post.objects.filter(event=event) if event else Post.objects.all()
    start, end = _span(wanted, found if event else None, now)
    seconds = bucket_minutes(start, end) * 60
    first, last = int(start.timestamp()) // seconds, int(end.timestamp()) // seconds
    within = found.filter(created_at__gte=_moment(first, seconds), created_at__lt=_moment(last + 1, seconds))
    rows = list(_counted(within, wanted, now, seconds))
    return Volume(
        groups=_groups(wanted),
        buckets=_buckets(rows, range(first, last + 1), seconds, now),
        width=timedelta(seconds=seconds),
        zone=zone_of(event),
        as_of=now,
        set_aside=sum(row["count"] for row in rows if _left_out(row) and row["group"] == "aside"),
        filtered=sum(row["count"] for row in rows if _left_out(row) and row["group"] != "aside"),
        waiting=sum(row["count"] for row in rows if row["state"] != Post.State.CLASSIFIED),
    )


def zone_of(event: Event | None) -> ZoneInfo:
    """The event's time zone; UTC without one, or where its name is not known here."""
    try:
        return ZoneInfo(event.time_zone if event else "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _span(wanted: Filter, of_event: QuerySet[Post] | None, now: datetime) -> tuple[datetime, datetime]:
    since = wanted.since(now)
    if since or of_event is None:
        return since or now - WITHOUT_EVENT, wanted.until(now) or now
    span = of_event.aggregate(first=Min("created_at"), last=Max("created_at"))
    return span["first"] or now - WITHOUT_EVENT, span["last"] or now


def _counted(found: QuerySet[Post], wanted: Filter, now: datetime, seconds: int) -> Iterable[Any]:
    passes = wanted.where(now, without={"t"})
    return (
        found.annotate(
            bucket=Epoch("created_at") / seconds,
            passes=Case(When(passes, then=True), default=False, output_field=BooleanField()),
        )
        .order_by()
        .values("bucket", "state", "group", "passes")
        .annotate(count=Count("id"))
    )


def _left_out(row: dict[str, Any]) -> bool:
    return row["state"] == Post.State.CLASSIFIED and not row["passes"]


def _groups(wanted: Filter) -> tuple[str, ...]:
    chosen = {*wanted.groups, *(categories.group_of(category) for category in wanted.categories)}
    return tuple(group for group in categories.GROUPS if group in chosen)


def _buckets(rows: list[dict[str, Any]], numbers: range, seconds: int, now: datetime) -> list[Bucket]:
    counts: dict[int, dict[str, int]] = {number: {} for number in numbers}
    for row in rows:
        if row["passes"] and row["state"] == Post.State.CLASSIFIED:
            counts[row["bucket"]][row["group"]] = row["count"]
    return [
        Bucket(_moment(number, seconds), counts[number], partial=_moment(number + 1, seconds) > now)
        for number in numbers
    ]


def _moment(number: int, seconds: int) -> datetime:
    return datetime.fromtimestamp(number * seconds, UTC)
