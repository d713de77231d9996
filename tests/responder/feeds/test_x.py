"""X: rules, stream, search for what was missed, money, and deletions that must be asked for."""

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from classifier import clock
from responder.feeds import deletions, listener
from responder.feeds.connectors import registry, x, x_compliance
from responder.feeds.connectors.base import FeedError, TooFast, Unreachable, Unusable
from responder.feeds.listener import Listener
from responder.models import Feed, FeedGap, FeedUsage, Post
from tests.fakes.story import Until, make_story, silence_s
from tests.fakes.x import X, number_of
from tests.responder.feeds.conftest import everything_goes_wrong, nothing_lost_nothing_doubled

pytestmark = pytest.mark.django_db
RULES = ["water rising", "(flood OR overflow) lang:en"]


def connector(server: X, **options: Any) -> x.X:
    given = {"terms": RULES[:1], "silence_s": silence_s(server.faults)} | options
    return x.X(address=server.address, token=server.token, **given)


def listen(server: X, feed: Feed, **options: Any) -> None:
    last = max(number_of(event) for event in server.events if event.verb != "delete")

    def stored() -> bool:
        return int(Feed.objects.values_list("cursor", flat=True).get(pk=feed.pk) or 0) >= last

    stop = Until(server.finished, stored)
    Listener(feed.pk, connector=connector(server, **options), stop=stop, sleep=stop.wait).run()


@pytest.mark.parametrize(
    ("posts", "cuts", "stalls"), [(1_000, 10, 2), pytest.param(20_000, 50, 5, marks=pytest.mark.slow)]
)
def test_nothing_is_lost_or_doubled(
    begin: Any, make_feed: Any, monkeypatch: pytest.MonkeyPatch, posts: int, cuts: int, stalls: int
) -> None:
    events, faults = everything_goes_wrong(begin, posts=posts, cuts=cuts, stalls=stalls)
    feed = make_feed("x", cursor=str(x.id_at(begin - timedelta(seconds=1))))
    monkeypatch.setattr(x_compliance, "POLL_S", 0.0)
    with X(events, faults).running() as server:
        listen(server, feed)
        monkeypatch.setattr(registry, "connect", lambda _: connector(server))
        assert deletions.check(feed) > 0
        assert server.polls % 3 == 0
    nothing_lost_nothing_doubled(feed, events, faults, breaks=cuts + stalls + 3)


def test_what_is_older_than_search_reaches_is_a_gap(make_feed: Any) -> None:
    now = clock.now()
    long_ago = now - timedelta(days=9)
    events = make_story(50, start=now - timedelta(minutes=5), step=timedelta(seconds=2))
    feed = make_feed("x", cursor=str(x.id_at(long_ago)), cursor_at=long_ago)
    with X(events, begin=30).running() as server:
        listen(server, feed)
    gap = FeedGap.objects.get()
    assert gap.state == FeedGap.State.LOST and abs(gap.began_at - long_ago) < timedelta(seconds=1)
    assert gap.ended_at - gap.began_at > timedelta(days=1, hours=23)
    assert Post.objects.count() == 50  # thirty of them by search


def test_rules_become_those_of_the_feed_and_others_stay(begin: Any) -> None:
    with X(make_story(3, start=begin, step=timedelta(seconds=1))).running() as server:
        for rules in (RULES, RULES[1:]):
            reading = connector(server, terms=rules).read("", cursor_at=None)
            next(reading)
            reading.close()
            kept = {rule["value"] for rule in server.rules.values()}
            assert kept == {"cats", *rules}
        with pytest.raises(Unusable, match="rule"):
            next(connector(server, terms=["(flood"]).read("", cursor_at=None))


def test_an_edit_is_the_same_post(begin: Any, make_feed: Any) -> None:
    events = make_story(40, edits=0.5, start=begin, step=timedelta(milliseconds=20))
    with X(events).running() as server:
        listen(server, make_feed("x"))
    assert Post.objects.count() == 40 and Post.objects.filter(text__endswith="(edited)").count() == 20
    assert set(Post.objects.values_list("author_handle", flat=True)) == {f"person{n}" for n in range(9)}


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (
            b'{"errors":[{"title":"operational-disconnect","disconnect_type":"UpstreamOperationalDisconnect"}]}',
            Unreachable,
        ),
        (b'{"errors":[{"title":"ConnectionException","connection_issue":"TooManyConnections"}]}', TooFast),
    ],
)
def test_what_x_says_before_it_hangs_up_is_understood(line: bytes, error: type[FeedError]) -> None:
    with pytest.raises(error):
        x.X()._frame(line)


def test_a_stream_of_250_a_second_stops_at_its_budget(begin: Any, make_feed: Any) -> None:
    """By what the server sent: what lies in buffers was paid for too."""
    budget, second = 300, threading.Event()
    feed = make_feed("x", price=Decimal("0.005"), money_a_day=Decimal("0.005") * budget)
    with X(make_story(5_000, start=begin, step=timedelta(milliseconds=4))).running() as server:
        server.pace = second
        stopping = threading.Event()
        Listener(feed.pk, connector=connector(server), stop=stopping, sleep=lambda _: stopping.set()).run()
        sent = server.sent
    usage = FeedUsage.objects.get()
    assert budget <= usage.posts <= budget + listener.BATCH_PAID
    assert usage.money == usage.posts * Decimal("0.005")
    assert sent <= budget + listener.BATCH_PAID
    assert Post.objects.count() == usage.posts
    feed.refresh_from_db()
    assert feed.state == Feed.State.SPENT


LONG = "Twenty people are on the roof of the school by the river in Beira and the water still rises. " * 4


def frame(data: dict[str, Any], **includes: Any) -> Any:
    made = {"id": "1990000000000000000", "text": "cut…", "created_at": "2025-11-16T00:00:00Z", "author_id": "1"}
    return x.X()._item({"data": made | data, "includes": includes})


@pytest.mark.parametrize(
    ("data", "includes", "text"),
    [
        ({"note_tweet": {"text": LONG}}, {}, LONG),
        ({"note_tweet": {"text": None}}, {}, "cut…"),
        ({"note_tweet": "odd"}, {}, "cut…"),
        (
            {"text": "RT @ana: Twenty people…", "referenced_tweets": [{"type": "retweeted", "id": "5"}]},
            {"tweets": [{"id": "5", "text": "Twenty people…", "note_tweet": {"text": LONG}}]},
            f"RT @ana: {LONG}",
        ),
        (
            {"text": "RT @ana: Twenty people…", "referenced_tweets": [{"type": "retweeted", "id": "5"}]},
            {"tweets": [{"id": "6", "text": LONG}]},
            "RT @ana: Twenty people…",
        ),
        (
            {"text": "Please help them", "referenced_tweets": [{"type": "quoted", "id": "5"}]},
            {"tweets": [{"id": "5", "text": LONG}]},
            "Please help them",
        ),
    ],
    ids=["long", "no note", "odd note", "repost", "repost of an unknown post", "quote keeps its own words"],
)
def test_texts_that_x_cuts_are_whole(data: dict[str, Any], includes: dict[str, Any], text: str) -> None:
    item = frame(data, **includes)
    assert item.post is not None and item.post.text == text
    assert item.billed == 1 + len(includes.get("tweets", []))
    assert "note_tweet" in x.FIELDS["tweet.fields"] and "referenced_tweets.id" in x.FIELDS["expansions"]
