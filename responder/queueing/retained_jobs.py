"""Finished jobs that are retained for a while: found by reference, deleted when they expire."""

import shutil
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from django.db.models import QuerySet

from classifier import clock
from responder.models.long_job import LongJob

ORPHANED = timedelta(days=1).total_seconds()  # of a folder whose row was never written
AT_ONCE = 1_000
Job = TypeVar("Job", bound=LongJob)


def find(rows: QuerySet[Job], ref: str) -> Job | None:
    """The row with this reference; None if there is none or `ref` is malformed."""
    try:
        return rows.filter(ref=uuid.UUID(ref)).first()
    except ValueError:
        return None


def forget(rows: QuerySet[Job], *, root: Path, delete: Callable[..., Any]) -> int:
    """Delete expired jobs, and folders without a row. Returns the number of jobs.

    Arguments:
        rows: all of a kind.
        root: where each has a folder by its reference.
        delete: called with `job` and `actor`.
    """
    expired = list(rows.filter(expires_at__lte=clock.now())[:AT_ONCE])
    for job in expired:
        delete(job=job, actor="system:jobs")
    for folder in root.glob("*/"):
        if clock.now().timestamp() - folder.stat().st_mtime >= ORPHANED and _is_orphan(rows, folder.name):
            shutil.rmtree(folder, ignore_errors=True)
    return len(expired)


def _is_orphan(rows: QuerySet[Job], name: str) -> bool:
    try:
        return not rows.filter(ref=uuid.UUID(name)).exists()
    except ValueError:  # not ours
        return False
