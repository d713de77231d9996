"""What the tests of streamed feeds share."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from classifier import clock
from responder.models import Event, Feed, FeedGap, Post
from tests.fakes.story import Event as Happening
from tests.fakes.story import Faults, ending, make_story


@pytest.fixture(autouse=True)
def _loopback_may_be_reached(settings: Any) -> None:
    """The sources of these tests are fakes on loopback."""
    settings.FEED_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def begin() -> datetime:
    """Two hours ago: inside what sources search."""
    return (clock.now() - timedelta(hours=2)).replace(microsecond=0)


@pytest.fixture
def make_feed(event: Event) -> Any:
    def make(kind: str, **columns: Any) -> Feed:
        return Feed.objects.create(name=f"a {kind} feed", kind=kind, event=event, wanted=True, **columns)

    return make


def everything_goes_wrong(begin: datetime, *, posts: int, cuts: int, stalls: int) -> tuple[list[Happening], Faults]:
    events = make_story(posts, edits=0.02, deletes=0.02, start=begin, step=timedelta(milliseconds=20))
    return events, Faults.spread_over(len(events), cuts=cuts, stalls=stalls, share=0.05, refusals=[503, 429, 500])


def nothing_lost_nothing_doubled(feed: Feed, events: list[Happening], faults: Faults, *, breaks: int) -> None:
    """The posts that are left are those of the story, each once, as last edited; every fault struck."""
    assert not faults.cuts and not faults.stalls and not faults.refusals
    texts = list(Post.objects.values_list("text", flat=True))
    assert sorted(texts) == sorted(ending(events).values())
    feed.refresh_from_db()
    assert feed.reconnects >= breaks and feed.garbage > 0
    assert not FeedGap.objects.filter(state=FeedGap.State.LOST).exists()
