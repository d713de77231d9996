"""Posts that could not be grouped: retried later, then set aside, so that they don't block the queue."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from classifier import clock
from responder.models import GroupingFailure, PostEmbedding

TRIES = 5
TRY_AGAIN_S = 10.0  # multiplied by the attempts minus one: the first retry comes with the next sweep


def due(at: datetime) -> QuerySet[PostEmbedding]:
    """Posts waiting to be grouped whose next attempt is due at `at`."""
    later = GroupingFailure.objects.filter(try_again_at__gt=at)
    return PostEmbedding.objects.filter(grouped_at=None).exclude(post__in=later.values("embedding"))


@transaction.atomic
def set_back(post_id: int, error: Exception) -> None:
    """Record why a post could not be grouped; after the fifth failure it leaves the queue."""
    failure, _new = GroupingFailure.objects.select_for_update(no_key=True).get_or_create(embedding_id=post_id)
    failure.attempts += 1
    failure.error = f"{type(error).__name__}: {error}".replace("\0", "")[:300]
    over = failure.attempts >= TRIES
    failure.try_again_at = None if over else clock.now() + timedelta(seconds=TRY_AGAIN_S * (failure.attempts - 1))
    failure.save()
    if over:
        PostEmbedding.objects.filter(pk=post_id).update(grouped_at=clock.now())


def set_aside() -> QuerySet[GroupingFailure]:
    """Posts that were set aside, the newest first."""
    return GroupingFailure.objects.filter(try_again_at=None).order_by("-embedding")


def retry(post_ids: Sequence[int]) -> int:
    """Requeue failed posts with five new attempts. Returns the number."""
    rows = set_aside().filter(embedding__in=post_ids)
    again = list(rows.values_list("embedding", flat=True))
    PostEmbedding.objects.filter(pk__in=again).update(grouped_at=None)
    rows.delete()
    return len(again)
