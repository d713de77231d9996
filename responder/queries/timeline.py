"""Posts over time: counts by group in at most 60 buckets across the whole event, whatever time range is chosen."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Func, IntegerField, Max, Min, QuerySet

from classifier import clock, time_bounds
from responder.models import Event, Post
from responder.queries import posts
from responder.queries.filters import Filter

LIMIT = 60
BUCKET_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 20160, 40320)
WITHOUT_EVENT = timedelta(hours=24)


class Epoch(Func):
    """Whole seconds from the Unix epoch to a moment, on SQLite and PostgreSQL."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="CAST(strftime('%%%%s', %(expressions)s) AS INTEGER)")

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="FLOOR(EXTRACT(EPOCH FROM %(expressions)s))::bigint")


def counts_by_time(post_filter: Filter, event: Event | None) -> dict[str, Any]:
    """The page's JSON: `start`, `bucket_minutes` and every bucket in order, empty ones included. Two queries.

    The span is that of the event's posts, or the last 24 hours without an event; the time range is not applied.
    """
    found = posts.matching(post_filter, event, without={"t"})
    start, end = _span(event)
    minutes = bucket_minutes(start, end)
    counts = _counts(found.filter(created_at__gte=start, created_at__lte=end), minutes)
    first, last = _number(start, minutes), _number(end, minutes)
    return {
        "start": _moment(first, minutes).isoformat(),
        "bucket_minutes": minutes,
        "buckets": [
            {"start": _moment(number, minutes).isoformat(), "groups": counts.get(number, {})}
            for number in range(first, last + 1)
        ],
    }


def bucket_minutes(start: datetime, end: datetime) -> int:
    """The least round bucket width with which `start` to `end` touches at most 60 buckets."""
    for minutes in BUCKET_MINUTES:
        if _number(end, minutes) - _number(start, minutes) < LIMIT:
            return minutes
    longest = BUCKET_MINUTES[-1]
    return longest * (math.ceil((end - start) / timedelta(minutes=longest) / (LIMIT - 1)))


def _span(event: Event | None) -> tuple[datetime, datetime]:
    now = clock.now()
    if event is None:
        return now - WITHOUT_EVENT, now
    return span_of(posts.classified().filter(event=event), now)


def span_of(found: QuerySet[Post], now: datetime) -> tuple[datetime, datetime]:
    """Times of the first and the last post, the last 24 hours without any. One query.

    One row with a time that cannot be true would stretch the bars to decades, so such rows do not count.
    """
    possible = found.filter(created_at__gte=time_bounds.EARLIEST, created_at__lte=now + time_bounds.AHEAD)
    span = possible.aggregate(first=Min("created_at"), last=Max("created_at"))
    return span["first"] or now - WITHOUT_EVENT, span["last"] or now


def _counts(found: QuerySet[Post], minutes: int) -> dict[int, dict[str, int]]:
    rows = (
        found.annotate(bucket=Epoch("created_at") / (minutes * 60))
        .order_by()
        .values("bucket", "group")
        .annotate(count=Count("id"))
        .values_list("bucket", "group", "count")
    )
    counts: dict[int, dict[str, int]] = {}
    for bucket, group, count in rows:
        counts.setdefault(bucket, {})[group] = count
    return counts


def _number(moment: datetime, minutes: int) -> int:
    return int(moment.timestamp()) // (minutes * 60)


def _moment(number: int, minutes: int) -> datetime:
    return datetime.fromtimestamp(number * minutes * 60, UTC)
