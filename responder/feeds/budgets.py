"""Remaining budgets of a feed for today and this month, in posts; days are UTC, as sources bill."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import F

from classifier import clock
from responder.models import Feed, FeedUsage

WARN_AT = 0.8
UNLIMITED = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of a feed.

    Arguments:
        what: `posts` or `money`.
        period: `day` or `month`.
        used, limit: so far, and at most; in posts or US dollars.
        posts_left: how many more posts fit.
    """

    what: str
    period: str
    used: float
    limit: float
    posts_left: int

    @property
    def share(self) -> float:
        return self.used / self.limit if self.limit else 1.0

    @property
    def level(self) -> str:
        """`ok`, `near` from 80 %, or `spent`."""
        if self.posts_left <= 0:
            return "spent"
        return "near" if self.share >= WARN_AT else "ok"


def limits(feed: Feed, usage: Iterable[FeedUsage] | None = None) -> list[Limit]:
    """The feed's configured limits with their current use.

    Arguments:
        usage: the feed's rows of this month, where they are at hand.
    """
    if all(getattr(feed, f"{what}_a_{period}") is None for what in ("posts", "money") for period in ("day", "month")):
        return []
    today = clock.now().date()
    first = today.replace(day=1)
    rows = list(FeedUsage.objects.filter(feed=feed, day__gte=first, day__lte=today) if usage is None else usage)
    return [*_limits(feed, "day", [row for row in rows if row.day == today]), *_limits(feed, "month", rows)]


def _limits(feed: Feed, period: str, rows: list[FeedUsage]) -> Iterable[Limit]:
    posts, money = sum(row.posts for row in rows), sum((row.money for row in rows), Decimal(0))
    most_posts, most_money = getattr(feed, f"posts_a_{period}"), getattr(feed, f"money_a_{period}")
    if most_posts is not None:
        yield Limit("posts", period, posts, most_posts, most_posts - posts)
    if most_money is not None:
        left = int((most_money - money) / feed.price) if feed.price else UNLIMITED
        yield Limit("money", period, float(money), float(most_money), left)


def posts_left(feed: Feed) -> int | None:
    """The number of posts that may still be read; None without a limit."""
    return min((limit.posts_left for limit in limits(feed)), default=None)


def spend(feed: Feed, posts: int) -> None:
    """Count posts that were read, inside the transaction that stores them."""
    if not posts:
        return
    row, _created = FeedUsage.objects.get_or_create(feed=feed, day=clock.now().date())
    FeedUsage.objects.filter(pk=row.pk).update(posts=F("posts") + posts, money=F("money") + feed.price * posts)


def renewed_at(feed: Feed) -> datetime | None:
    """When the exhausted limit resets; None if none is exhausted."""
    now = clock.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    ends = {"day": midnight + timedelta(days=1), "month": (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)}
    return max((ends[limit.period] for limit in limits(feed) if limit.level == "spent"), default=None)
