"""What a feed will probably read and cost: from its own days, else from its last test. Unknown stays unknown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from classifier import clock
from responder.models import Feed, FeedTest, FeedUsage

DAYS, MONTH = 7, 30
LEAST_DAYS = 2  # whole days with posts


@dataclass(frozen=True, slots=True)
class Estimate:
    """Posts and US dollars that a feed is expected to use.

    Arguments:
        posts_a_day: None if unknown.
        price: US dollars per post.
        basis: where the figure comes from, as text.
        warnings: limits that it would reach, as text.
    """

    posts_a_day: float | None
    price: Decimal
    basis: str
    warnings: tuple[str, ...] = ()

    @property
    def posts_a_month(self) -> float | None:
        return None if self.posts_a_day is None else self.posts_a_day * MONTH

    @property
    def money_a_day(self) -> float | None:
        return None if self.posts_a_day is None else self.posts_a_day * float(self.price)

    @property
    def money_a_month(self) -> float | None:
        return None if self.money_a_day is None else self.money_a_day * MONTH


def of_feed(feed: Feed, test: FeedTest | None) -> Estimate:
    """The estimate of a feed; one query."""
    a_day, basis = _from_days(feed)
    if a_day is None and test and test.posts_a_day is not None:
        a_day, basis = test.posts_a_day, str(FeedTest.Basis(test.basis).label)
    if a_day is None:
        return Estimate(None, feed.price, _("Unknown: test the feed to get an estimate."))
    return Estimate(a_day, feed.price, basis, tuple(_reached(feed, a_day)))


def _from_days(feed: Feed) -> tuple[float | None, str]:
    """Posts of an average whole day of the last week, if the feed has read posts on some."""
    today = clock.now().date()
    rows = FeedUsage.objects.filter(feed=feed, day__lt=today, day__gte=today - timedelta(days=DAYS))
    posts = list(rows.values_list("posts", flat=True))
    if len(posts) < LEAST_DAYS:
        return None, ""
    return sum(posts) / len(posts), _("Average of %(n)d days with posts") % {"n": len(posts)}


def _reached(feed: Feed, a_day: float) -> Iterable[str]:
    """What happens at the feed's limits."""
    amounts = {
        "posts_a_day": (a_day, 24.0), "money_a_day": (a_day * float(feed.price), 24.0),
        "posts_a_month": (a_day * MONTH, 24.0 * MONTH), "money_a_month": (a_day * MONTH * float(feed.price), 24.0 * MONTH),
    }  # fmt: skip
    words = {
        "posts_a_day": _("The limit of posts per day would be reached after about %(time)s."),
        "money_a_day": _("The limit of US dollars per day would be reached after about %(time)s."),
        "posts_a_month": _("The limit of posts per month would be reached after about %(time)s."),
        "money_a_month": _("The limit of US dollars per month would be reached after about %(time)s."),
    }
    for name, (amount, hours) in amounts.items():
        limit = getattr(feed, name)
        if limit is not None and amount > float(limit):
            yield words[name] % {"time": _span(hours * float(limit) / amount)}


def _span(hours: float) -> str:
    if hours < 1:
        return _("%(n)d min") % {"n": max(1, round(hours * 60))}
    return _("%(n)d h") % {"n": round(hours)} if hours < 48 else _("%(n)d days") % {"n": round(hours / 24)}
