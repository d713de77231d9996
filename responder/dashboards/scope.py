"""The scope of a panel: a filter, an event, and time divided into at most 60 bars.

All panels count posts of the same window, so that their figures add up to each other.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Q, QuerySet

from classifier import clock
from responder import roles
from responder.models import Event, Post
from responder.queries.filters import Filter
from responder.queries.timeline import WITHOUT_EVENT, bucket_minutes, span_of


@dataclass(frozen=True, slots=True)
class Scope:
    """The posts and the time axis that a panel covers.

    Arguments:
        event: None means all posts.
        zone: of the event, in which times are shown.
        seconds: width of one bar.
        first, last: numbers of the first and the last bar, counted from the Unix epoch.
    """

    filter: Filter
    event: Event | None
    as_of: datetime
    zone: ZoneInfo
    seconds: int
    first: int
    last: int

    @property
    def width(self) -> timedelta:
        return timedelta(seconds=self.seconds)

    @property
    def numbers(self) -> range:
        return range(self.first, self.last + 1)

    @property
    def starts(self) -> list[datetime]:
        return [self.moment(number) for number in self.numbers]

    @property
    def start(self) -> datetime:
        return self.moment(self.first)

    @property
    def end(self) -> datetime:
        return self.moment(self.last + 1)

    @property
    def partial(self) -> list[bool]:
        """For each bar, whether its time has not passed."""
        return [self.moment(number + 1) > self.as_of for number in self.numbers]

    def moment(self, number: int) -> datetime:
        return datetime.fromtimestamp(number * self.seconds, UTC)

    def window(self) -> QuerySet[Post]:
        """Every post of the event in the bars, classified or not, whatever the filter says; None: of all that its reader may see."""
        visible = roles.within(Post.objects.all(), self.filter.visible_events)
        found = visible.filter(event=self.event) if self.event else visible
        return found.filter(created_at__gte=self.start, created_at__lt=self.end)

    def posts(self, *, without: Collection[str] = ()) -> QuerySet[Post]:
        """Classified posts in the bars that pass the filter; `without` leaves out conditions by their key."""
        return self.window().filter(self.passes(without=without), state=Post.State.CLASSIFIED)

    def passes(self, *, without: Collection[str] = ()) -> Q:
        return self.filter.where(self.as_of, without={"t", *without})


def from_filter(post_filter: Filter, event: Event | None) -> Scope:
    """The scope of a filter; one query if the range is the whole event, otherwise none."""
    now = clock.now()
    start, end = _span(post_filter, event, now)
    seconds = bucket_minutes(start, end) * 60
    first, last = int(start.timestamp()) // seconds, int(end.timestamp()) // seconds
    return Scope(post_filter, event, now, zone_of(event), seconds, first, last)


def zone_of(event: Event | None) -> ZoneInfo:
    """The event's time zone; UTC without one, or where its name is not known here."""
    try:
        return ZoneInfo(event.time_zone if event else "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _span(post_filter: Filter, event: Event | None, now: datetime) -> tuple[datetime, datetime]:
    since, until = post_filter.since(now), post_filter.until(now)
    if since or event is None:
        start = since or now - WITHOUT_EVENT
        return start, max(start, until or now)
    start, last = span_of(Post.objects.filter(event=event), now)
    return start, max(start, until or last)
