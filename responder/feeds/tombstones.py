"""Tombstones of deleted posts: hashes of their identity, by which late or repeated deliveries are refused."""

import hashlib
from collections.abc import Iterable
from datetime import timedelta

from classifier import clock
from responder.models import Tombstone

KEEP_UNKNOWN = timedelta(days=3)  # longer than any source replays


def key_of(source: str, source_id: str) -> str:
    """The hash of a post's identity."""
    return hashlib.sha256(f"{source}:{source_id}".encode()).hexdigest()


def among(source: str, source_ids: Iterable[str]) -> set[str]:
    """The ids among these that were deleted."""
    keys = {key_of(source, source_id): source_id for source_id in source_ids}
    return {keys[key] for key in Tombstone.objects.filter(key__in=list(keys)).values_list("key", flat=True)}


def leave(source: str, source_ids: Iterable[str], *, known: set[str]) -> None:
    """Store tombstones of these posts; `known` are those that were stored here."""
    Tombstone.objects.bulk_create(
        # By their keys: two that leave the same ones must not wait for each other's.
        sorted((Tombstone(key=key_of(source, one), known=one in known) for one in source_ids), key=lambda row: row.key),
        ignore_conflicts=True,
        batch_size=200,
    )
    Tombstone.objects.filter(key__in=[key_of(source, one) for one in known], known=False).update(known=True)


def prune() -> None:
    """Delete tombstones of posts that were never stored here and can't arrive any more."""
    Tombstone.objects.filter(known=False, at__lt=clock.now() - KEEP_UNKNOWN).delete()
