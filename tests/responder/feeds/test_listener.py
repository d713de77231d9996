"""One process listens to a feed; what goes wrong is told in words, counted, and kept as a gap."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from classifier import clock
from responder import tasks
from responder.feeds import budgets, intake, runner
from responder.feeds import listener as listening
from responder.feeds.backoff import Backoff
from responder.feeds.connectors.base import NOTHING, Gap, Item, Refused, TooFast, Unreachable
from responder.feeds.listener import Listener
from responder.feeds.raw_post import RawPost
from responder.models import Event, Feed, FeedGap, FeedUsage, Post

pytestmark = pytest.mark.django_db


class FakeConnector:
    """A source that tells these items, and then what `then` does."""

    source = "told"

    def __init__(self, items: list[Item], *, replays: bool = True, then: Exception | None = None) -> None:
        self.items, self.replays, self.then, self.closed = items, replays, then, False

    def read(self, cursor: str, *, cursor_at: Any) -> Iterator[Item]:
        for item in self.items:
            if not self.closed:
                yield item
        if self.then and not self.closed:
            raise self.then

    def close(self) -> None:
        self.closed = True


def post(number: int, **more: Any) -> Item:
    return Item(post=RawPost(str(number), f"Water at house {number}"), cursor=str(number), at=clock.now(), **more)


@pytest.fixture
def feed(event: Event) -> Feed:
    return Feed.objects.create(name="wire", kind="bluesky", event=event, wanted=True)


def once(feed: Feed, connector: FakeConnector, **options: Any) -> list[float]:
    """One connection; the waits that followed."""
    slept: list[float] = []
    stop = threading.Event()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        stop.set()

    listener = Listener(feed.pk, connector=connector, stop=stop, sleep=sleep, **options)
    if connector.then is None:
        connector.then = Unreachable("The wire broke.")
    listener.run()
    feed.refresh_from_db()
    return slept


def test_the_cursor_and_its_posts_are_stored_together_or_not_at_all(feed: Feed, monkeypatch: Any) -> None:
    def failing(**_: Any) -> None:
        raise RuntimeError("in the middle")

    feed.lease_owner = "me"
    feed.save()
    monkeypatch.setattr(intake.erasure, "delete", failing)
    with pytest.raises(RuntimeError):
        intake.store(feed=feed, owner="me", items=[post(1), Item(deleted="9", cursor="2")], source="told")
    assert not Post.objects.exists() and Feed.objects.get().cursor == ""


def test_a_process_that_lost_its_lease_stores_nothing(feed: Feed) -> None:
    Feed.objects.update(lease_owner="somebody else")
    with pytest.raises(intake.LeaseLost):
        intake.store(feed=feed, owner="me", items=[post(1)], source="told")
    assert not Post.objects.exists()


def test_a_feed_that_is_held_is_not_read_by_a_second_process(feed: Feed) -> None:
    Feed.objects.update(lease_owner="a", lease_until=clock.now() + timedelta(seconds=5))
    assert once(feed, FakeConnector([post(1)])) == [] and not Post.objects.exists()
    Feed.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert list(listening.unclaimed_feeds()) == [feed.pk]
    once(feed, FakeConnector([post(1)]))
    assert Post.objects.count() == 1 and feed.lease_owner == ""


def test_a_fault_is_told_in_words_and_what_was_delivered_before_is_stored(feed: Feed) -> None:
    once(feed, FakeConnector([post(1), post(2)]))
    assert Post.objects.count() == 2 and feed.cursor == "2"
    assert (feed.state, feed.last_error, feed.reconnects) == (Feed.State.WAITING, "The wire broke.", 1)
    assert feed.seen_at and feed.connected_at and feed.cursor_at


@pytest.mark.parametrize(("lasts_s", "waits"), [(0.0, [0.0, 0.25, 0.5, 0.75]), (60.0, [0.0, 0.0, 0.0, 0.0])])
def test_a_source_that_ends_each_connection_soon_is_not_asked_without_a_pause(
    feed: Feed, monkeypatch: pytest.MonkeyPatch, lasts_s: float, waits: list[float]
) -> None:
    now, slept, stop = count(step=lasts_s), [], threading.Event()
    monkeypatch.setattr("responder.feeds.listener.time.monotonic", lambda: next(now))

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == len(waits):
            stop.set()

    connector = FakeConnector([post(1)], then=Unreachable("The source closed the connection."))
    Listener(feed.pk, connector=connector, stop=stop, sleep=sleep, waiting=lambda _most: 0).run()
    assert slept == waits


def test_waits_are_those_that_x_asks_for() -> None:
    waits = Backoff()
    assert [waits.wait_s(Unreachable("")) for _ in range(4)] == [0.0, 0.25, 0.5, 0.75]
    assert [waits.wait_s(Unreachable("")) for _ in range(80)][-1] == 16.0
    assert [waits.wait_s(Refused("", status=503)) for _ in range(8)] == [5, 10, 20, 40, 80, 160, 320, 320]
    assert [waits.wait_s(TooFast("", status=429)) for _ in range(3)] == [60, 120, 240]
    assert waits.wait_s(Refused("", status=503, retry_after_s=900)) == 900
    waits.worked()
    assert waits.wait_s(Unreachable("")) == 0.0 and waits.wait_s(TooFast("", status=429)) == 60


def test_a_feed_that_is_silent_for_long_is_a_gap_that_closes_when_it_was_read_again(feed: Feed) -> None:
    began = clock.now() - timedelta(minutes=3)
    Feed.objects.update(seen_at=began, last_error="The wire broke.")
    assert listening.watch_for_gaps() == 1 and listening.watch_for_gaps() == 1
    gap = FeedGap.objects.get()
    assert (gap.state, gap.began_at, gap.why) == (FeedGap.State.OPEN, began, "The wire broke.")
    once(feed, FakeConnector([Item(caught_up=True), post(1)]))
    gap.refresh_from_db()
    assert gap.state == FeedGap.State.REFILLED and gap.ended_at
    assert listening.watch_for_gaps() == 0


def test_what_the_source_cannot_tell_again_stays_a_gap(feed: Feed) -> None:
    began, now = clock.now() - timedelta(hours=2), clock.now()
    Feed.objects.update(seen_at=began)
    listening.watch_for_gaps()
    once(feed, FakeConnector([Item(gap=Gap(began, now, "Too long ago.")), Item(caught_up=True), post(1)]))
    gap = FeedGap.objects.get()
    assert (gap.state, gap.why, gap.ended_at) == (FeedGap.State.LOST, "Too long ago.", now)


def test_a_source_that_replays_is_held_back_while_too_many_posts_wait(feed: Feed) -> None:
    waiting = iter([listening.HOLD_AT, 10])
    listener_looks = lambda most: next(waiting, 0)  # noqa: E731
    once(feed, FakeConnector([post(1)]), waiting=listener_looks)
    assert feed.held == 1 and feed.shed == 0


def test_posts_of_one_that_does_not_are_let_go_counted_and_kept_as_a_gap(feed: Feed) -> None:
    once(feed, FakeConnector([post(1), post(2), Item(deleted="7")], replays=False), waiting=lambda most: most)
    assert (feed.shed, feed.cursor) == (2, "2")
    assert not Post.objects.exists()
    assert "2 posts were dropped" in FeedGap.objects.get().why


def test_a_day_and_a_month_are_counted_and_near_the_limit_is_said(feed: Feed) -> None:
    feed.price, feed.posts_a_day, feed.money_a_month = Decimal("0.005"), 100, Decimal("1.00")
    feed.save()
    today = clock.now().date()
    FeedUsage.objects.create(feed=feed, day=today.replace(day=1), posts=100, money=Decimal("0.5"))
    budgets.spend(feed, 80)
    found = {(limit.what, limit.period): limit for limit in budgets.limits(feed)}
    posts_today = 80 if today.day > 1 else 180
    assert found["posts", "day"].used == posts_today
    assert found["money", "month"].used == pytest.approx(0.9) and found["money", "month"].level == "near"
    assert found["money", "month"].posts_left == 20
    assert budgets.renewed_at(feed) is None or today.day == 1
    budgets.spend(feed, 20)
    assert budgets.posts_left(feed) <= 0
    assert budgets.renewed_at(feed) > clock.now()


def test_a_paid_stream_of_250_a_second_overruns_its_budget_by_no_more_than_a_batch(feed: Feed) -> None:
    Feed.objects.update(price=Decimal("0.005"), posts_a_day=1_030, money_a_month=Decimal("100"))
    source = FakeConnector([post(number, billed=1) for number in range(5_000)], replays=False)
    once(feed, source)
    read = FeedUsage.objects.get().posts
    assert 1_030 <= read <= 1_030 + listening.BATCH_PAID
    assert Post.objects.count() == read
    assert feed.state == Feed.State.SPENT
    assert FeedGap.objects.get().why == "The budget was used up."
    again = FakeConnector([post(9_999, billed=1)])
    once(feed, again)
    assert FeedUsage.objects.get().posts == read


class FakeProcess:
    """A process that was started; it runs until `ended`."""

    def __init__(self, command: list[str]) -> None:
        self.command, self.ended = command, False

    def poll(self) -> int | None:
        return 1 if self.ended else None


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[FakeProcess]:
    """The processes that the runner starts."""
    processes: list[FakeProcess] = []

    def start(command: list[str], **_: Any) -> FakeProcess:
        processes.append(FakeProcess(command))
        return processes[-1]

    monkeypatch.setattr(runner.subprocess, "Popen", start)
    monkeypatch.setattr(runner, "_starting", None)
    return processes


def test_a_worker_starts_the_process_only_for_a_feed_that_nobody_holds(
    feed: Feed, started: list[FakeProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tasks.look_after_feeds() and started[0].command[-2:] == ["run-feeds", "--while-wanted"]
    monkeypatch.setattr(runner, "_starting", None)
    Feed.objects.update(lease_owner="a", lease_until=clock.now() + timedelta(seconds=5))
    assert not tasks.look_after_feeds()
    Feed.objects.update(wanted=False, lease_owner="")
    assert not tasks.look_after_feeds() and len(started) == 1


def test_no_second_process_is_started_beside_one_that_is_still_starting(
    feed: Feed, started: list[FakeProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tasks.look_after_feeds()
    assert not tasks.look_after_feeds() and len(started) == 1
    monkeypatch.setattr(runner, "STARTS_WITHIN_S", 0.0)  # it hangs
    assert tasks.look_after_feeds() and len(started) == 2


def test_a_process_that_ended_at_its_start_is_followed_by_another(feed: Feed, started: list[FakeProcess]) -> None:
    assert tasks.look_after_feeds()
    started[0].ended = True
    assert tasks.look_after_feeds() and len(started) == 2


def test_silence_renews_the_lease_and_moves_nothing(feed: Feed) -> None:
    Feed.objects.update(lease_owner="me")
    feed.refresh_from_db()
    intake.store(feed=feed, owner="me", items=[NOTHING], source="told")
    feed.refresh_from_db()
    assert feed.lease_until and feed.seen_at is None and feed.cursor == ""
