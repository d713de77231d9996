"""Jetstream: nothing lost, nothing doubled, whatever the connection does; what cannot be read again is a gap."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from responder.feeds.connectors import bluesky
from responder.feeds.listener import Listener
from responder.models import Event, Feed, FeedGap, Post, Tombstone
from tests.fakes.jetstream import DID, Jetstream
from tests.fakes.story import BEGIN, Faults, Until, ending, make_story, silence_s

pytestmark = pytest.mark.django_db
CONNECTORS = {1: bluesky.Jetstream1, 2: bluesky.Jetstream2}
KINDS = {1: "bluesky", 2: "bluesky2"}
VERSIONS = pytest.mark.parametrize("version", [1, 2])


def listen(server: Jetstream, feed: Feed, version: int, **options: Any) -> Until:
    connector = CONNECTORS[version](address=server.address, silence_s=silence_s(server.faults), **options)
    last = server.last_cursor(version)
    stop = Until(server.finished, lambda: Feed.objects.values_list("cursor", flat=True).get(pk=feed.pk) == last)
    Listener(feed.pk, connector=connector, stop=stop, sleep=stop.wait).run()
    return stop


def make_feed(version: int, event: Event, **columns: Any) -> Feed:
    return Feed.objects.create(name=f"sky {version}", kind=KINDS[version], event=event, wanted=True, **columns)


def stored() -> dict[int, str]:
    return {int(key.rpartition("3l")[2]): text for key, text in Post.objects.values_list("source_id", "text")}


def everything_goes_wrong(posts: int, cuts: int, stalls: int) -> tuple[list, Faults]:
    events = make_story(posts, edits=0.02, deletes=0.02, start=BEGIN, step=timedelta(milliseconds=20))
    faults = Faults.spread_over(len(events), cuts=cuts, stalls=stalls, share=0.05, refusals=[503, 429, 500])
    return events, faults


def prove(event: Event, version: int, *, posts: int, cuts: int, stalls: int) -> Jetstream:
    events, faults = everything_goes_wrong(posts, cuts, stalls)
    feed = make_feed(version, event)
    with Jetstream(events, faults).running() as server:
        listen(server, feed, version)
    assert not faults.cuts and not faults.stalls and not faults.refusals
    assert stored() == ending(events)
    assert Counter(Post.objects.values_list("source_id", flat=True)).most_common(1)[0][1] == 1
    feed.refresh_from_db()
    assert feed.cursor == server.last_cursor(version)
    assert feed.reconnects >= cuts + stalls + 3
    assert feed.garbage > 0
    assert not FeedGap.objects.filter(state=FeedGap.State.LOST).exists()
    return server


@VERSIONS
def test_nothing_is_lost_or_doubled(event: Event, version: int) -> None:
    prove(event, version, posts=1_500, cuts=12, stalls=2)


@pytest.mark.slow
@VERSIONS
def test_nothing_is_lost_or_doubled_in_twenty_thousand_posts_with_fifty_cuts(event: Event, version: int) -> None:
    prove(event, version, posts=20_000, cuts=50, stalls=5)


@VERSIONS
def test_it_goes_on_before_the_cursor_it_stored(event: Event, version: int) -> None:
    server = prove(event, version, posts=400, cuts=3, stalls=0)
    asked = [int(cursor) for cursor in server.cursors if cursor]
    assert len(asked) == 3 and asked == sorted(asked)


def test_a_server_fills_little_memory_however_fast_it_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    original = bluesky.connect

    def connect(*arguments: Any, **options: Any) -> Any:
        opened.append(original(*arguments, **options))
        return opened[-1]

    monkeypatch.setattr(bluesky, "connect", connect)
    with Jetstream(make_story(3, start=BEGIN, step=timedelta(seconds=1)), Faults()).running() as server:
        next(iter(bluesky.Jetstream1(address=server.address).read("", cursor_at=None)))
        assert opened[0].protocol.extensions == []  # nothing that is sent unpacks to more
        assert bluesky.MOST_WAITING * bluesky.MOST_BYTES <= 16_000_000
        assert opened[0].recv_messages.high == bluesky.MOST_WAITING
        opened[0].close()


@VERSIONS
def test_a_cursor_that_is_too_old_leaves_a_gap(event: Event, version: int) -> None:
    events = make_story(300, start=BEGIN, step=timedelta(seconds=2))
    old = {1: str(int(BEGIN.timestamp() * 1e6)), 2: "1000000"}[version]
    feed = make_feed(version, event, cursor=old, cursor_at=BEGIN)
    with Jetstream(events, oldest=200).running() as server:
        listen(server, feed, version)
    gap = FeedGap.objects.get()
    assert gap.state == FeedGap.State.LOST and gap.began_at == BEGIN and gap.ended_at > BEGIN + timedelta(seconds=300)
    assert Post.objects.count() == 100


def test_words_choose_what_is_kept_and_the_cursor_moves_over_the_rest(event: Event) -> None:
    events = make_story(50, start=BEGIN, step=timedelta(milliseconds=20))
    feed = make_feed(1, event)
    with Jetstream(events).running() as server:
        listen(server, feed, 1, terms=["House 7", "landslide"])
    assert stored() == {7: "Water is rising at house 7"}


def test_a_deletion_that_comes_before_its_post_keeps_it_out(event: Event) -> None:
    events = make_story(20, start=BEGIN, step=timedelta(milliseconds=20))
    feed = make_feed(1, event)
    from responder.feeds import erasure

    assert erasure.delete(source="bluesky", source_ids=[f"{DID}/3l{3:011d}"]) == 0
    with Jetstream(events).running() as server:
        listen(server, feed, 1)
    assert 3 not in stored() and len(stored()) == 19
    assert not Tombstone.objects.get().known


def test_a_feed_that_is_refused_for_good_waits_for_a_person(event: Event) -> None:
    feed = make_feed(1, event)
    with Jetstream(make_story(5, start=BEGIN, step=timedelta(seconds=1)), Faults(refusals=[403])).running() as server:
        listen(server, feed, 1)
    feed.refresh_from_db()
    assert (feed.state, feed.wanted) == (Feed.State.FAILED, False)
    assert "403" in feed.last_error
    assert FeedGap.objects.get().state == FeedGap.State.OPEN


IMAGES = [{"alt": "A flooded road"}, {"alt": ""}, {"alt": 5}, {"alt": "A cut power line"}]


@pytest.mark.parametrize(
    ("record", "text"),
    [
        ({"text": "", "embed": {"images": IMAGES}}, "A flooded road\nA cut power line"),
        ({"text": " ", "embed": {"media": {"images": IMAGES[:1]}, "record": {"record": {}}}}, "A flooded road"),
        ({"text": "", "embed": {"$type": "app.bsky.embed.video", "alt": "Water in the street"}}, "Water in the street"),
        ({"text": "Look", "embed": {"images": IMAGES}}, "Look"),
    ],
)
def test_a_post_without_words_says_what_its_pictures_show(record: dict[str, Any], text: str) -> None:
    commit = {"collection": bluesky.COLLECTION, "operation": "create", "rkey": "3k", "record": record}
    message = {"did": DID, "time_us": int(BEGIN.timestamp() * 1e6), "kind": "commit", "commit": commit}
    post = bluesky.Jetstream1().item(message).post
    assert post is not None and post.text == text


def test_a_post_without_any_words_is_passed_over() -> None:
    commit = {
        "collection": bluesky.COLLECTION,
        "operation": "create",
        "rkey": "3k",
        "record": {"text": "", "embed": {"images": 5}},
    }
    message = {"did": DID, "time_us": int(BEGIN.timestamp() * 1e6), "kind": "commit", "commit": commit}
    item = bluesky.Jetstream1().item(message)
    assert item.post is None and item.cursor and not item.garbage
