"""Detects that the learning loop has stopped: no training run has completed for too long."""

from datetime import datetime, timedelta

from classifier import clock
from classifier.models import ModelVersion, TrainingRun

OVERDUE = timedelta(days=8)
COMPLETED = (TrainingRun.State.REQUESTED, TrainingRun.State.REFUSED)


def last_completed() -> TrainingRun | None:
    """The newest run that completed, whether its model was accepted or refused."""
    return TrainingRun.objects.filter(state__in=COMPLETED).order_by("-finished_at").first()


def overdue_since() -> datetime | None:
    """When the overdue run should have completed, or None if all is well. A new installation has a week's grace."""
    last = last_completed()
    first = ModelVersion.objects.order_by("created_at").values_list("created_at", flat=True).first()
    start = last.finished_at if last and last.finished_at else first
    if start is None or clock.now() - start < OVERDUE:
        return None
    return start + OVERDUE
