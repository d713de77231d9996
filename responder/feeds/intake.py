"""Storing a feed's items in one transaction: posts, edits, deletions, usage, gaps and cursor.

The lease is checked by the same transaction that moves the cursor: a process that lost its feed stores nothing more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from classifier import clock, time_bounds
from monitoring import audit
from responder.feeds import budgets, erasure, ingest, shared_ids, usual_rate
from responder.feeds.connectors.base import Gap, Item
from responder.incidents import base
from responder.models import Feed, FeedGap, Post

LEASE = timedelta(seconds=10)  # renewed twice a second while posts come, every two seconds otherwise


class LeaseLost(Exception):
    """Another process has taken over this feed, or a person paused it."""


@dataclass(frozen=True, slots=True)
class StoreCounts:
    """The number of a batch's posts that were new, already known, edited, erased before, deleted, or had another post's ID."""

    new: int = 0
    known: int = 0
    edited: int = 0
    gone: int = 0
    deleted: int = 0
    conflicts: int = 0


@audit.atomic()
def store(*, feed: Feed, owner: str, items: Sequence[Item], source: str, per_minute: int = 0) -> StoreCounts:
    """Store a feed's items in order. Idempotent.

    Arguments:
        feed: as its process read it; its row may be newer.
        owner: who holds the lease.
        items: a bounded batch.
        source: as part of the posts' identity.
        per_minute: posts read in the last minute.

    Raises LeaseLost, and stores nothing then.
    """
    _move(feed, owner, items, per_minute)
    deleted = list({item.deleted: None for item in items if item.deleted})
    gone = set(deleted)
    posts = [item.post for item in items if item.post and item.post.source_id not in gone]
    if posts and deleted:
        ingest.one_writer(source)
        # What is edited and what is deleted may be of several events.
        ids = {post.source_id for post in posts}.union(gone, shared_ids.kept_besides(source, deleted))
        base.locked_of(Post.objects.filter(source=source, source_id__in=ids))
    accepted = ingest.accept(posts=posts, source=source, event=feed.event) if posts else ingest.Accepted(0, 0)
    erased = erasure.delete(source=source, source_ids=deleted) if deleted else 0
    budgets.spend(feed, sum(item.billed for item in items))
    for item in items:
        if item.gap:
            lost(feed, item.gap)
    if any(item.caught_up for item in items):
        refilled(feed, unless_lost=any(item.gap for item in items))
    return StoreCounts(accepted.new, accepted.known, accepted.edited, accepted.gone, erased, len(accepted.conflicts))


def _move(feed: Feed, owner: str, items: Sequence[Item], per_minute: int) -> None:
    """Move the cursor and renew the lease, if this process still holds it."""
    now = clock.now()
    changes: dict[str, object] = {"lease_until": now + LEASE, "per_minute": per_minute}
    if cursor := next((item.cursor for item in reversed(items) if item.cursor), ""):
        changes["cursor"] = cursor
    # A time in the far future would hide the feed's lag for ever.
    known = [at for at in (feed.cursor_at, *(item.at for item in items)) if at and time_bounds.is_possible(at, now)]
    if known and any(item.at for item in items):
        changes["cursor_at"] = max(known)
    if any(item.alive for item in items):
        changes["seen_at"] = now
    changes |= usual_rate.after(feed, items, now)
    if garbage := sum(item.garbage for item in items):
        changes["garbage"] = feed.garbage + garbage
    if not Feed.objects.filter(pk=feed.pk, lease_owner=owner, wanted=True).update(**changes):
        raise LeaseLost
    for name, value in changes.items():
        setattr(feed, name, value)


def lost(feed: Feed, gap: Gap) -> None:
    """Record a gap that can't be filled; it closes the open gap."""
    FeedGap.objects.filter(feed=feed, state=FeedGap.State.OPEN).update(
        state=FeedGap.State.LOST, began_at=gap.began_at, ended_at=gap.ended_at, why=gap.why
    ) or FeedGap.objects.create(
        feed=feed, state=FeedGap.State.LOST, began_at=gap.began_at, ended_at=gap.ended_at, why=gap.why
    )


def refilled(feed: Feed, *, unless_lost: bool) -> None:
    """Close the open gap, whose posts have been read."""
    if not unless_lost:
        FeedGap.objects.filter(feed=feed, state=FeedGap.State.OPEN).update(
            state=FeedGap.State.REFILLED, ended_at=clock.now()
        )


def open_gap(feed: Feed, *, began_at: datetime, why: str) -> None:
    """Open a gap from this moment, unless one is open."""
    if not FeedGap.objects.filter(feed=feed, state=FeedGap.State.OPEN).exists():
        FeedGap.objects.bulk_create([FeedGap(feed=feed, began_at=began_at, why=why)], ignore_conflicts=True)
