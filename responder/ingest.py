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
from responder import edits, links, tombstones
from responder.feeds.base import RawPost
from responder.models import Event, Post

TWITTER_EPOCH_MS = 1_288_834_974_657
RETWEET = re.compile(r"\s*RT @\w")
SNOWFLAKE = re.compile(r"^[0-9]{17,19}$")


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many posts of a batch were new, known already, edited at their source, or deleted there before."""

    new: int
    known: int
    edited: int = 0
    gone: int = 0


def accept(*, posts: Iterable[RawPost], source: str, event: Event | None) -> Accepted:
    """Store `posts` durably, once each per (source, source_id); an edit replaces the text, and waits anew.

    Arguments:
        posts: a bounded batch; order is kept.
        source: where they come from, as part of their identity.
        event: the event that they belong to.
    """
    unique = _newest(posts)
    with transaction.atomic():
        gone = tombstones.among(source, unique)
        known = _known(source, unique)
        rows = [_row(post, source, event) for key, post in unique.items() if key not in known and key not in gone]
        # Another process may store one of them meanwhile: the unique key decides, and the loser is ignored.
        Post.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
        later = [
            (known[key][0], post) for key, post in unique.items() if key in known and post.revision > known[key][1]
        ]
        edited = edits.apply(later) if later else 0
    return Accepted(
        new=len(rows), known=len(unique) - len(rows) - edited - len(gone - known.keys()), edited=edited,
        gone=len(gone - known.keys()),
    )  # fmt: skip


def _newest(posts: Iterable[RawPost]) -> dict[str, RawPost]:
    """Each post once, as its last edit says."""
    unique: dict[str, RawPost] = {}
    for post in posts:
        if post.source_id not in unique or post.revision >= unique[post.source_id].revision:
            unique[post.source_id] = post
    return unique


def _known(source: str, source_ids: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Id at the source → (our id, revision) of posts that are here."""
    rows = Post.objects.filter(source=source, source_id__in=list(source_ids))
    return {key: (pk, revision) for pk, key, revision in rows.values_list("pk", "source_id", "revision")}


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
        revision=post.revision,
        relation=post.relation or (Post.Relation.REPEAT if RETWEET.match(post.text) else ""),
        related_to=post.related_to,
        links=links.kept(post.links or links.in_text(post.text)),
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
