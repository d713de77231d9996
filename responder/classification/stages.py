"""Delays of the pipeline's stages: how long the oldest post has waited at each.

A stalled stage rejects no requests, so nothing else would show it: pages respond, but new posts stay unclassified.
"""

from datetime import timedelta

from django.db import connection
from django.db.models import QuerySet

from classifier import clock
from responder.models import Post, PostEmbedding
from responder.queries.timeline import Epoch

BEHIND_AFTER = timedelta(minutes=15)


def waits() -> dict[str, timedelta]:
    """Stage → how long its oldest post has waited; zero if none does. One indexed query."""
    now = clock.now().timestamp()
    stages = {"classification": _unclassified(), "grouping": _ungrouped()}
    reads = [oldest.query.sql_with_params() for oldest in stages.values()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT " + ", ".join(f"({sql})" for sql, _params in reads),
            [param for _sql, params in reads for param in params],
        )
        found = cursor.fetchone()
    return {
        name: timedelta(seconds=max(0, int(now) - at) if at is not None else 0)
        for name, at in zip(stages, found, strict=True)
    }


def behind(wait: timedelta) -> bool:
    """Whether a stage has been stopped or overloaded for so long that people should know."""
    return wait > BEHIND_AFTER


def _unclassified() -> QuerySet[Post, int]:
    rows = Post.objects.filter(state=Post.State.ACCEPTED).order_by("id")
    return rows.values_list(Epoch("received_at"), flat=True)[:1]


def _ungrouped() -> QuerySet[PostEmbedding, int]:
    rows = PostEmbedding.objects.filter(grouped_at=None).order_by("post_id")
    return rows.values_list(Epoch("post__classified_at"), flat=True)[:1]
