"""From RawPosts to durable posts: each once, whatever is sent twice.

What this module accepted is in the database when it returns. Nothing is classified here: the row is the queue.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction

from classifier import clock
from classifier.duplicates import text_key
from responder.feeds.base import RawPost
from responder.models import Event, Post

TWITTER_EPOCH_MS = 1_288_834_974_657
SNOWFLAKE = re.compile(r"^[0-9]{17,19}$")


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many posts of a batch were new, and how many were known already."""

    new: int
    known: int


def accept(*, posts: Iterable[RawPost], source: str, event: Event | None) -> Accepted:
    """Store `posts` durably, once each per (source, source_id).

    Arguments:
        posts: a bounded batch; order is kept.
        source: where they come from, as part of their identity.
        event: the event that they belong to.
    """
    unique = {post.source_id: post for post in posts}
    total = len(unique)
    with transaction.atomic():
        known = set(Post.objects.filter(source=source, source_id__in=list(unique)).values_list("source_id", flat=True))
        rows = [_row(post, source, event) for key, post in unique.items() if key not in known]
        # Another process may store one of them meanwhile: the unique key decides, and the loser is ignored.
        Post.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return Accepted(new=len(rows), known=total - len(rows))


def _row(post: RawPost, source: str, event: Event | None) -> Post:
    created_at, time_source = time_of(post)
    return Post(
        source=source,
        source_id=post.source_id,
        event=event,
        text=post.text,
        lang=post.lang,
        author_handle=post.author_handle,
        created_at=created_at,
        time_source=time_source,
        text_key=text_key(post.text),
        is_exercise=bool(event and event.is_exercise),
    )


def time_of(post: RawPost) -> tuple[datetime, str]:
    """(when the post was made, how we know): stated, read from a snowflake id, else the present moment."""
    if post.created_at is not None:
        return post.created_at, Post.TimeSource.SOURCE
    moment = snowflake_time(post.source_id)
    if moment is not None:
        return moment, Post.TimeSource.SNOWFLAKE
    return clock.now(), Post.TimeSource.IMPORT


def snowflake_time(source_id: str) -> datetime | None:
    """The time inside a Twitter/X id, or None where the id is no snowflake of the past."""
    if not SNOWFLAKE.match(source_id):
        return None
    moment = datetime.fromtimestamp(((int(source_id) >> 22) + TWITTER_EPOCH_MS) / 1000, UTC)
    return moment if moment < clock.now() + timedelta(days=1) else None


def event_for(*, ref: str, name: str | None = None) -> Event:
    """The event with this reference, made if there is none."""
    event, _ = Event.objects.get_or_create(ref=ref, defaults={"name": name or ref})
    return event
