"""Listens to a feed: one process and one connection, until a person pauses it.

Steps:
1. `Listener` takes the feed's lease. A process without the lease stores nothing (see `intake`).
2. It connects from the stored cursor and stores the posts, twice a second or a batch at a time.
3. An error is written to the feed's row, and the source is retried after the delay of `Backoff`.
4. When the budget is used up, the connection ends until the budget resets. When too many posts are waiting, the feed is
   throttled, or posts are dropped if the source can't resend them. Both are counted, and the gap is recorded.
5. A silence longer than `GAP_AFTER` is recorded as a gap, whatever the reason (`watch_for_gaps` checks all feeds).
"""

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing as closing_at_end
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, close_old_connections
from django.db.models import F, Q

from classifier import clock, moments
from responder.classification import pipeline
from responder.classification.wake_up import wake_classifier
from responder.errors import Closed
from responder.feeds import budgets, intake
from responder.feeds.backoff import Backoff
from responder.feeds.connectors import registry
from responder.feeds.connectors.base import Connector, FeedError, Gap, Item, Items, Unreachable, Unusable
from responder.models import Feed
from responder.queueing import leases

log = structlog.get_logger(__name__)
BATCH = 500
BATCH_PAID = 100  # bounds by how much a budget can be exceeded
FLUSH_S = 0.5
HOLD_AT, GO_ON_AT = 50_000, 25_000  # posts waiting for classification
SHED_AT = 200_000
CHECK_S = 5.0
LONGEST_NAP_S = 2.0
DATABASE_RETRY_S = 1.0
LASTING_S = 10.0  # a connection that ends earlier counts as another failure, however much it delivered
GAP_AFTER = timedelta(seconds=25)
State = Feed.State


class Listener:
    """Listens to one feed."""

    def __init__(
        self,
        feed_id: int,
        *,
        stop: threading.Event | None = None,
        connector: Connector | None = None,
        sleep: Callable[[float], object] | None = None,
        waiting: Callable[[int], int] = pipeline.waiting_up_to,
    ) -> None:
        """Arguments:
        stop: set to end.
        connector: who reads; default: the one of the feed's kind.
        sleep: waits between two tries; default: until the time is over or `stop` is set.
        waiting: how many posts wait to be classified, counted up to a number.
        """
        self.stop = stop or threading.Event()
        self.owner = secrets.token_hex(16)
        self.feed_id = feed_id
        self._given = connector
        self._sleep = sleep or self.stop.wait
        self._waiting = waiting
        self._backoff = Backoff()
        self._alive_since: float | None = None  # monotonic, of the present connection
        self._minute: deque[tuple[float, int]] = deque()
        self._checked_at, self._waits = 0.0, 0

    def run(self) -> None:
        """Listen until the feed is paused, lost to another process, or needs a person."""
        if not self._claim():
            return
        try:
            while not self.stop.is_set() and self._listens_on():
                pass
            self.release()
        except intake.LeaseLost:
            log.info("feed given up", feed=self.feed_id)

    def _listens_on(self) -> bool:
        """Run one connection. Returns whether to continue. While the database is down nothing is stored or lost."""
        try:
            return self._listen_once()
        except DatabaseError as error:
            log.warning(
                "a feed waits for the database; its posts are read again", feed=self.feed_id, error=str(error)[:200]
            )
            close_old_connections()
            self._sleep(DATABASE_RETRY_S)
            return True

    def _claim(self) -> bool:
        now = clock.now()
        free = leases.free(now, longest=intake.LEASE) | Q(lease_owner="")
        return bool(
            Feed.objects.filter(free, pk=self.feed_id, wanted=True).update(
                lease_owner=self.owner, lease_until=now + intake.LEASE
            )
        )

    def release(self) -> None:
        """Give back the lease, so that another process can take it at once. Does nothing without the lease."""
        Feed.objects.filter(pk=self.feed_id, lease_owner=self.owner).update(lease_owner="", lease_until=None)

    def _listen_once(self) -> bool:
        """Run one connection and the delay after it. Returns whether to continue."""
        self.feed = Feed.objects.select_related("event").get(pk=self.feed_id)
        left = budgets.posts_left(self.feed)
        if left is not None and left <= 0:
            return self._spent()
        try:
            self._require_open_event()
            connector = self._given or registry.connect(self.feed)
        except FeedError as error:
            return self._failed(error)
        if self._must_hold(connector):
            return self._held()
        self._state(State.STARTING)
        try:
            self._read(connector)
        except FeedError as error:
            return self._failed(error)
        except DatabaseError as error:
            log.warning(
                "a feed's posts could not be stored; they are read again", feed=self.feed_id, error=str(error)[:200]
            )
            close_old_connections()
            self._nap(DATABASE_RETRY_S)
        return True

    def _require_open_event(self) -> None:
        """Raise Unusable if the feed's event was closed by something that did not pause the feed."""
        try:
            if self.feed.event:
                self.feed.event.require_open()
        except Closed as error:
            raise Unusable(str(error)) from error

    def _read(self, connector: Connector) -> None:
        batch: list[Item] = []
        self._alive_since = None
        flushed, size, closing = time.monotonic(), self._size(), False
        with closing_at_end(self._items(connector)) as items:
            try:
                for item in items:
                    batch.append(item)
                    if len(batch) < size and time.monotonic() - flushed < FLUSH_S and not self.stop.is_set():
                        continue
                    self._store(connector, batch)
                    batch, flushed, size = [], time.monotonic(), self._size()
                    if not closing and self._should_end(connector):
                        closing = True
                        connector.close()  # data received so far is still yielded and stored
            except FeedError:
                self._store(connector, batch)  # it was delivered, and may never come again
                raise
        self._store(connector, batch)
        if not closing:
            raise Unreachable("The connection ended.")

    def _items(self, connector: Connector) -> Items:
        """The source's items. An error in the connector counts as one of the source: it is shown and retried."""
        try:
            yield from connector.read(self.feed.cursor, cursor_at=self.feed.cursor_at)
        except (FeedError, DatabaseError):
            raise
        except Exception as error:
            log.exception("a source sent what its connector does not understand", feed=self.feed_id)
            raise Unreachable(f"The source sent a message that could not be read ({type(error).__name__}).") from error

    def _size(self) -> int:
        """The size of the next batch, at most what the budget has left."""
        left = budgets.posts_left(self.feed)
        if left is None:
            return BATCH_PAID if self.feed.price else BATCH
        return max(1, min(BATCH_PAID, left))

    def _store(self, connector: Connector, batch: list[Item]) -> None:
        if not batch:
            return
        items = self._shed(connector, batch)
        stored = intake.store(
            feed=self.feed, owner=self.owner, items=items, source=connector.source, per_minute=self._rate(items)
        )
        if stored.new or stored.edited:
            wake_classifier()
        if any(item.alive and not item.garbage for item in items):
            self._alive_since = self._alive_since or time.monotonic()
            if self.feed.state != State.LIVE:
                self._state(State.LIVE, connected_at=clock.now())

    def _should_end(self, connector: Connector) -> bool:
        if self.stop.is_set():
            return True
        left = budgets.posts_left(self.feed)
        return (left is not None and left <= 0) or self._must_hold(connector)

    def _must_hold(self, connector: Connector) -> bool:
        return connector.replays and self._waiting_now() >= HOLD_AT

    def _waiting_now(self) -> int:
        if time.monotonic() - self._checked_at > CHECK_S:
            self._checked_at, self._waits = time.monotonic(), self._waiting(SHED_AT)
        return self._waits

    def _shed(self, connector: Connector, batch: list[Item]) -> list[Item]:
        """Drop new posts if the backlog is far too long and the source can't be slowed down."""
        if connector.replays or self._waiting_now() < SHED_AT:
            return batch
        shed = [item for item in batch if item.post]
        if not shed:
            return batch
        Feed.objects.filter(pk=self.feed_id).update(shed=F("shed") + len(shed))
        now = clock.now()
        gap = Gap(now, now, f"{len(shed)} posts were dropped because {self._waits:,} are waiting for classification.")
        kept = [item for item in batch if not item.post]
        cursor = next((item.cursor for item in reversed(batch) if item.cursor), "")
        return [*kept, Item(gap=gap, billed=sum(item.billed for item in shed), cursor=cursor)]

    def _held(self) -> bool:
        if self.feed.state != State.HELD:
            Feed.objects.filter(pk=self.feed_id).update(held=F("held") + 1)
            self._state(State.HELD)
        while self._waiting_now() >= GO_ON_AT and not self.stop.is_set():
            self._nap(LONGEST_NAP_S)
        return True

    def _spent(self) -> bool:
        if self.feed.state != State.SPENT:
            self._state(State.SPENT, last_error="The budget is used up.", last_error_at=clock.now())
            intake.open_gap(self.feed, began_at=clock.now(), why="The budget was used up.")
        self._nap(LONGEST_NAP_S)
        return True

    def _failed(self, error: FeedError) -> bool:
        state = State.FAILED if error.permanent else State.WAITING
        self._state(state, last_error=str(error)[:300], last_error_at=clock.now(), reconnects=F("reconnects") + 1)
        log.warning("a feed broke", feed=self.feed_id, kind=type(error).__name__, error=str(error)[:200])
        if error.permanent:
            Feed.objects.filter(pk=self.feed_id).update(wanted=False)
            intake.open_gap(self.feed, began_at=clock.now(), why=str(error)[:300])
            return False
        self._nap(self._wait_s(error))
        return True

    def _wait_s(self, error: FeedError) -> float:
        """Seconds before the next connection: at once after one that lasted, longer after each that ended soon."""
        if self._alive_since is not None and time.monotonic() - self._alive_since >= LASTING_S:
            self._backoff.worked()
        self._alive_since = None
        return self._backoff.wait_s(error)

    def _state(self, state: str, **changes: object) -> None:
        """Store the state and renew the lease. Raises LeaseLost."""
        now = clock.now()
        moved = {"state_at": now} if self.feed.state != state else {}
        held = Feed.objects.filter(pk=self.feed_id, lease_owner=self.owner, wanted=True)
        if not held.update(state=state, lease_until=now + intake.LEASE, **moved, **changes):
            raise intake.LeaseLost
        self.feed.state = state
        self.feed.connected_at = changes.get("connected_at", self.feed.connected_at)  # type: ignore[assignment]

    def _nap(self, seconds: float) -> None:
        """Wait, renewing the lease. Raises LeaseLost."""
        while True:
            self._sleep(min(seconds, LONGEST_NAP_S))
            seconds -= LONGEST_NAP_S
            self._renew()
            if seconds <= 0 or self.stop.is_set():
                return

    def _renew(self) -> None:
        try:
            held = Feed.objects.filter(pk=self.feed_id, lease_owner=self.owner, wanted=True)
            if not held.update(lease_until=clock.now() + intake.LEASE):
                raise intake.LeaseLost
        except DatabaseError:  # the database is down for a while; the lease is checked before anything is stored
            close_old_connections()

    def _rate(self, items: list[Item]) -> int:
        """Posts read in the last minute."""
        now = time.monotonic()
        self._minute.append((now, sum(item.post is not None for item in items)))
        while self._minute and self._minute[0][0] < now - 60:
            self._minute.popleft()
        return sum(count for _at, count in self._minute)


def unclaimed_feeds() -> Iterator[int]:
    """Ids of feeds that should run and that no process holds."""
    free = leases.free(clock.now(), longest=intake.LEASE) | Q(lease_owner="")
    return iter(Feed.objects.filter(free, wanted=True).values_list("pk", flat=True))


def watch_for_gaps(now: datetime | None = None) -> int:
    """Open a gap for each feed that should run and has been silent for a while. Returns the number."""
    now = now or clock.now()
    # The clock was set back: a feed's silence is counted from now.
    Feed.objects.filter(wanted=True, seen_at__gt=now + moments.SKEW).update(seen_at=now)
    silent = Feed.objects.filter(wanted=True).filter(
        Q(seen_at__lt=now - GAP_AFTER) | Q(seen_at=None, state_at__lt=now - GAP_AFTER)
    )
    found = list(silent)
    for feed in found:
        intake.open_gap(
            feed, began_at=feed.seen_at or feed.state_at, why=feed.last_error or "No worker was reading the feed."
        )
    return len(found)
