"""Replaying stored posts as a live feed, at the original speed, faster or slower."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from classifier import clock
from classifier.tables import UnusableInput
from responder.classification.wake_up import wake_classifier
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.models import Event, Replay

TICK_S = 0.5
REPORT_S = 5.0  # `queries.liveness` considers a replay stopped after 30 silent seconds


def schedule(posts: Sequence[RawPost], *, start: datetime, speed: float) -> list[RawPost]:
    """The same posts in order of time, moved so that the first comes at `start` and gaps shrink by `speed`."""
    timed = sorted(((ingest.time_of(post)[0], post) for post in posts), key=lambda pair: pair[0])
    first = timed[0][0] if timed else start
    try:
        return [replace(post, created_at=start + (moment - first) / speed) for moment, post in timed]
    except OverflowError:
        raise UnusableInput("At this speed the replay ends after the year 9999: choose a faster one.") from None


def play(
    posts: Sequence[RawPost],
    *,
    source: str,
    event: Event,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Ingest each post at its `created_at`, or immediately if that is past. Returns the number of new posts.

    Arguments:
        posts: in order of `created_at`, all of them set.
        source, event: as for `ingest.accept`.
        on_progress: called with the number of posts sent so far.
    """
    new = sent = 0
    reported = _begin(event)
    while sent < len(posts):
        reported = _report(event, reported)
        due = sent
        while due < len(posts) and _moment(posts[due]) <= clock.now():
            due += 1
        if due > sent:
            new += ingest.accept(posts=posts[sent:due], source=source, event=event).new
            wake_classifier()
            sent = due
            if on_progress:
                on_progress(sent)
        else:
            wait = _moment(posts[sent]) - clock.now()
            time.sleep(min(TICK_S, max(0.0, wait / timedelta(seconds=1))))
    Replay.objects.filter(event=event).update(seen_at=clock.now(), ended_at=clock.now())
    return new


def _begin(event: Event) -> float:
    """Record that a replay of the event runs. Returns when that was, by the monotonic clock."""
    now = clock.now()
    Replay.objects.update_or_create(event=event, defaults={"began_at": now, "seen_at": now, "ended_at": None})
    return time.monotonic()


def _report(event: Event, reported: float) -> float:
    """Renew the sign of life, if the last one is some seconds old. Returns when it was renewed."""
    if time.monotonic() - reported < REPORT_S:
        return reported
    Replay.objects.filter(event=event).update(seen_at=clock.now())
    return time.monotonic()


def _moment(post: RawPost) -> datetime:
    assert post.created_at is not None  # `schedule` sets it
    return post.created_at
