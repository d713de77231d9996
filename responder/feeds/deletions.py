"""Finding posts that were deleted at their source without notice, and deleting them here too.

Streams do not repeat deletions that happened while nobody listened, and X tells of them only when asked.
"""

from datetime import timedelta

import structlog

from classifier import clock, locks
from monitoring import audit
from responder.classification import locating
from responder.feeds import erasure, shared_ids
from responder.feeds.connectors import registry
from responder.feeds.connectors.base import FeedError
from responder.incidents import base
from responder.models import Change, Feed, Post

log = structlog.get_logger(__name__)
ASKED_ABOUT = timedelta(days=30)
AT_ONCE = 10_000


def check(feed: Feed) -> int:
    """Ask a feed's source about the posts of the last month. Returns the number of deleted posts. Raises FeedError."""
    kind = registry.find(feed.kind)
    if kind is None or kind.deletions is None:
        return 0
    connector = registry.connect(feed)
    deleted, last = 0, 0
    rows = Post.objects.filter(source=connector.source, created_at__gte=clock.now() - ASKED_ABOUT)
    rows = rows.filter(shared_id=None).order_by("pk")  # the source doesn't know ids that we made
    while found := list(rows.filter(pk__gt=last).values_list("pk", "source_id", "revision")[:AT_ONCE]):
        last = found[-1][0]
        ids = {
            known_as: source_id
            for _pk, source_id, revision in found
            for known_as in kind.deletions.ids_of(source_id, revision)
        }
        gone = sorted({ids[one] for one in kind.deletions.find(connector, list(ids)) if one in ids})
        deleted += erasure.delete(source=connector.source, source_ids=gone, by="system:compliance")
        _forget_positions(connector.source, {ids[one] for one in kind.deletions.unlocated(connector) if one in ids})
    return deleted


@audit.atomic()
def _forget_positions(source: str, source_ids: set[str]) -> None:
    """Take back the positions that the source took back; the posts stay."""
    ids = {*source_ids, *shared_ids.kept_besides(source, list(source_ids))}
    posts = Post.objects.filter(source=source, source_id__in=ids, source_position__isnull=False)
    base.locked_of(posts)
    locks.rows(posts)
    done = [post.pk for post in posts]
    for post in posts:
        locating.forget_source_position(post)
    if done:
        Change.objects.bulk_create([Change(post_id=pk, kind=Change.Kind.EDITED) for pk in done])
        audit.record(
            actor="system:compliance", action="post.position_taken_back", object_type="post", object_id="batch",
            detail={"posts": done},
        )  # fmt: skip


def check_all() -> int:
    """Check every feed that has ever read something; one that fails is retried next time."""
    deleted = 0
    for feed in Feed.objects.exclude(seen_at=None):
        try:
            deleted += check(feed)
        except FeedError as error:
            log.warning("could not ask for deletions", feed=feed.pk, error=str(error)[:200])
        except Exception:  # an answer that nobody expected must not keep the other feeds from being asked
            log.exception("could not ask for deletions", feed=feed.pk)
    return deleted
