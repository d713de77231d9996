"""Storing RawPosts durably, each once even if it is sent twice.

What this module accepted is in the database when it returns. Nothing is classified here: the row is the queue.
"""

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

import structlog
from django.db import connection

from classifier import clock, time_bounds
from classifier.duplicates import text_key
from monitoring import audit
from responder.classification import urgent_first
from responder.errors import Closed
from responder.feeds import edits, hiding, shared_ids, tombstones
from responder.feeds.connectors.base import MAX_ID, clean
from responder.feeds.raw_post import RawPost
from responder.models import Event, Post
from responder.privacy import links
from responder.privacy.masking import mask

log = structlog.get_logger(__name__)
LOCK = 7_201_120  # class of PostgreSQL's advisory locks; their number within it is a hash of the source
TWITTER_EPOCH_MS = 1_288_834_974_657
RETWEET = re.compile(r"\s*RT @\w")
SNOWFLAKE = re.compile(r"^[0-9]{17,19}$")
LANGUAGE_TAG = re.compile(r"^[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*$")
MAX_HANDLE, MAX_TAG, MAX_REVISION = 255, 12, 20
SHOWN = 5  # in a line of the log


@dataclass(frozen=True, slots=True)
class Retimed:
    """A post with an impossible time: the stated time, and the source of the time used instead."""

    source_id: str
    stated: datetime
    time_source: str

    def __str__(self) -> str:
        origin = {"snowflake": "its id", "import": "its arrival"}[self.time_source]
        return f"Post {self.source_id[:40]!r}: the time {self.stated.isoformat()} is impossible. The time of {origin} was used."


@dataclass(frozen=True, slots=True)
class Conflict:
    """A post whose ID already belongs to a post with a different text. Both are kept.

    Arguments:
        source_id: the stated ID.
        kept_as: the ID under which this post is stored.
        line: line in its file; 0 if it did not come from a file.
    """

    source_id: str
    kept_as: str
    line: int = 0

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return (
            f"{where}Another post with a different text has the ID {self.source_id[:40]!r}. "
            f"This one was stored under the ID {self.kept_as!r}."
        )


@dataclass(frozen=True, slots=True)
class Accepted:
    """Counts of a batch's posts: new, already known, edited at their source, or deleted there.

    A post that is stored for the first time counts as new, or as a conflict; the five add up to the posts offered.

    Arguments:
        conflicts: posts that are kept under an id of their own, as theirs is taken; stored for the first time.
        retimed: new posts whose stated time cannot be true.
    """

    new: int
    known: int
    edited: int = 0
    gone: int = 0
    retimed: tuple[Retimed, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def accept(*, posts: Iterable[RawPost], source: str, event: Event | None) -> Accepted:
    """Store `posts` durably, once for each (source, source_id); an edited post is classified again.

    A post whose ID belongs to a different text, and that is not an edit, is stored under a new ID (see `shared_ids`).
    Every post
    that is offered is counted once.

    Arguments:
        posts: a bounded batch; order is kept.
        source: where they come from, as part of their identity.
        event: the event that they belong to.

    Raises Closed, and stores nothing, if the event is closed by now.
    """
    if event:
        _require_open(event)
    offered = [bounded(post) for post in posts]
    with audit.atomic():
        one_writer(source)
        allowed = hiding.apply(source, offered)
        newest = shared_ids.newest(allowed)
        gone = tombstones.among(source, newest) if newest else set()
        found = shared_ids.divide(newest, source, gone)
        rows = [_row(post, source, event) for post in found.fresh]
        urgent_first.mark(rows)
        # Another process may store one of them meanwhile: the unique key decides, and the loser is ignored.
        Post.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
        shared_ids.remember(found.stated, source)
        edited = edits.apply(found.edited) if found.edited else 0
    lost = len(offered) - len(allowed) + found.gone + sum(post.source_id in gone for post in allowed)
    conflicts = _conflicts(found.fresh, found.stated, source)
    new = len(rows) - len(conflicts)
    return Accepted(
        new=new, known=len(offered) - len(rows) - edited - lost, edited=edited, gone=lost,
        retimed=_retimed(found.fresh, rows, source), conflicts=conflicts,
    )  # fmt: skip


def _require_open(event: Event) -> None:
    """Raise Closed if the event's row says so: `event` may have been read long ago."""
    state = Event.objects.filter(pk=event.pk).values_list("state", flat=True).first()
    if state is not None and state != Event.State.OPEN:
        raise Closed(event.name)


def _conflicts(fresh: Sequence[RawPost], stated: Mapping[str, str], source: str) -> tuple[Conflict, ...]:
    """Posts that were kept under an id of their own; also logged, since feeds have no report."""
    found = tuple(
        Conflict(stated[post.source_id], post.source_id, post.line) for post in fresh if post.source_id in stated
    )
    if found:
        log.warning(
            "ids belong to other posts with other texts", source=source, posts=len(found),
            kept_as=[mask(one.kept_as) for one in found[:SHOWN]],  # an id may be somebody's number or address
        )  # fmt: skip
    return found


def one_writer(source: str) -> None:
    """Lock a source, so that only one transaction at a time stores or deletes its posts."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, zlib.crc32(source.encode()) >> 1])


def bounded(post: RawPost) -> RawPost:
    """Return `post` cut to what every database can store. An invalid language tag or relation is dropped.

    Connectors bound their own values. This is the last check for all sources.
    """
    return replace(
        post,
        source_id=clean(post.source_id, MAX_ID),
        text=clean(post.text),
        lang=post.lang if len(post.lang) <= MAX_TAG and LANGUAGE_TAG.match(post.lang) else "",
        author_handle=clean(post.author_handle, MAX_HANDLE),
        revision=clean(post.revision, MAX_REVISION),
        relation=post.relation if post.relation in Post.Relation.values else "",
        related_to=clean(post.related_to, MAX_ID),
    )


def _retimed(posts: Sequence[RawPost], rows: Sequence[Post], source: str) -> tuple[Retimed, ...]:
    """Posts with impossible times; also logged, since feeds have no report."""
    found = tuple(
        Retimed(post.source_id, post.created_at, row.time_source)
        for post, row in zip(posts, rows, strict=True)
        if post.created_at is not None and row.time_source != Post.TimeSource.SOURCE
    )
    if found:
        log.warning(
            "posts state a time that cannot be true", source=source, posts=len(found),
            stated={mask(one.source_id): one.stated.isoformat() for one in found[:SHOWN]},
        )  # fmt: skip
    return found


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
        source_position=asdict(post.position) if post.position else None,
        is_exercise=bool(event and event.is_exercise),
    )


def time_of(post: RawPost) -> tuple[datetime, str]:
    """(creation time, its source): stated, read from the id, or the time of arrival.

    What cannot be true (see `time_bounds.is_possible`) is passed over.
    """
    now = clock.now()
    for moment, how in (
        (post.created_at, Post.TimeSource.SOURCE),
        (post.id_time or snowflake_time(post.source_id), Post.TimeSource.SNOWFLAKE),
        (post.seen_at, Post.TimeSource.IMPORT),
    ):
        if moment is not None and time_bounds.is_possible(moment, now):
            return moment, how
    return now, Post.TimeSource.IMPORT


def snowflake_time(source_id: str) -> datetime | None:
    """Return the time in a Twitter/X ID, or None if the ID is not a snowflake from the past."""
    if not SNOWFLAKE.match(source_id):
        return None
    moment = datetime.fromtimestamp(((int(source_id) >> 22) + TWITTER_EPOCH_MS) / 1000, UTC)
    return moment if time_bounds.is_possible(moment) else None


def event_for(*, ref: str, name: str | None = None) -> Event:
    """Return the event with this reference, creating it if necessary."""
    event, _ = Event.objects.get_or_create(ref=ref, defaults={"name": name or ref})
    return event
