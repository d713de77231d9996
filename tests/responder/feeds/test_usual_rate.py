"""The usual rate of a feed: close to the truth for fast and slow feeds, and untouched by outages and by what was missed."""

from datetime import UTC, datetime, timedelta

import pytest

from responder.feeds import usual_rate
from responder.feeds.connectors.base import NOTHING, Item
from responder.feeds.raw_post import RawPost
from responder.models import Feed
from responder.queries import liveness

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


def read(feed: Feed, now: datetime, posts: int, *, age: timedelta = timedelta()) -> None:
    items = [Item(post=RawPost(str(n), "flood"), at=now - age) for n in range(posts)] or [NOTHING]
    for name, value in usual_rate.after(feed, items, now).items():
        setattr(feed, name, value)


@pytest.mark.parametrize(("every_s", "posts"), [(1, 1), (30, 20), (60, 1), (1800, 1)])
def test_a_steady_feed_has_its_rate(every_s: float, posts: int) -> None:
    feed = Feed(connected_at=NOON)
    for number in range(1, 400):
        read(feed, NOON + timedelta(seconds=every_s * number), posts)
    usual = liveness.usual_rate(feed)
    assert usual == pytest.approx(posts / every_s * 60, rel=0.35)


def test_nothing_read_changes_nothing() -> None:
    feed = Feed(connected_at=NOON, usual_per_minute=40.0, usual_minutes=100.0, last_post_at=NOON)
    assert usual_rate.after(feed, [NOTHING, Item()], NOON + timedelta(hours=3)) == {}


def test_a_burst_in_the_first_seconds_is_not_trusted() -> None:
    feed = Feed(connected_at=NOON)
    read(feed, NOON + timedelta(seconds=2), 300)
    assert liveness.usual_rate(feed) is None


def test_an_outage_lowers_nothing_and_what_was_missed_raises_nothing() -> None:
    feed = Feed(connected_at=NOON)
    for minute in range(1, 121):
        read(feed, NOON + timedelta(minutes=minute), 10)
    before = feed.usual_per_minute
    back = NOON + timedelta(hours=6)
    feed.connected_at = back
    read(feed, back + timedelta(seconds=1), 500, age=timedelta(hours=2))
    assert feed.usual_per_minute == pytest.approx(before, rel=0.02)
    assert feed.last_post_at == back + timedelta(seconds=1)


def test_a_feed_that_slows_down_has_a_lower_rate_within_a_day() -> None:
    feed = Feed(connected_at=NOON, usual_per_minute=100.0, usual_minutes=120.0, last_post_at=NOON)
    for minute in range(1, 1081):
        read(feed, NOON + timedelta(minutes=minute), 5)
    assert 5 < feed.usual_per_minute < 12  # after 18 hours
