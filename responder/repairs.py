"""Repairing invalid rows from restored backups or older versions."""

from collections.abc import Iterable

import structlog
from django.db.models import CharField, Q
from django.db.models.functions import Cast

from classifier import clock, locks, time_bounds
from monitoring import audit
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.incidents import base, sizing
from responder.models import IncidentPost, Post, PostEmbedding

log = structlog.get_logger(__name__)
AT_ONCE = 500


@audit.atomic()
def times() -> int:
    """Replace impossible times of posts by the time of their ID or arrival. Returns the number of posts. Idempotent.

    The audit log keeps the replaced times.
    """
    now = clock.now()
    found = [
        post
        for condition in (
            Q(created_at__lt=time_bounds.EARLIEST),
            Q(created_at__gt=now + time_bounds.AHEAD),
        )  # each by index
        for post in Post.objects.filter(condition).annotate(stored=Cast("created_at", CharField()))[:AT_ONCE]
    ]
    if not found:
        return 0
    here = Post.objects.filter(pk__in=[post.pk for post in found])
    base.locked_of(here)
    locks.rows(here)
    for post in found:
        post.created_at, post.time_source = ingest.time_of(RawPost(post.source_id, "", seen_at=post.received_at))
        Post.objects.filter(pk=post.pk).update(created_at=post.created_at, time_source=post.time_source)
        PostEmbedding.objects.filter(pk=post.pk).update(at=post.created_at)
    _recount(post.pk for post in found)
    stored = {str(post.pk): post.stored for post in found}
    log.warning("posts with impossible times repaired", posts=len(found))
    audit.record(
        actor="system:repairs", action="post.time_repaired", object_type="post", object_id="batch",
        detail={"stored": stored},
    )  # fmt: skip
    return len(found)


def _recount(post_ids: Iterable[int]) -> None:
    rows = IncidentPost.objects.filter(post__in=list(post_ids), state=IncidentPost.State.ACCEPTED)
    sizing.recount(rows.values_list("incident", flat=True))
