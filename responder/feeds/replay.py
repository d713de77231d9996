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
from responder.models import Event

TICK_S = 0.5


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
    while sent < len(posts):
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
    return new


def _moment(post: RawPost) -> datetime:
    assert post.created_at is not None  # `schedule` sets it
    return post.created_at
