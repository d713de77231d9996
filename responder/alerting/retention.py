"""Deletes what alert rules fired and what people were notified of, after three months."""

from datetime import timedelta

from classifier import clock
from responder.models import AlertFiring, Notification, NotificationMessage

KEPT = timedelta(days=90)


def forget() -> int:
    """Delete closed firings, notifications and messages that are older than three months. Returns how many rows."""
    until = clock.now() - KEPT
    rows = (
        AlertFiring.objects.filter(closed_at__lt=until), Notification.objects.filter(at__lt=until, firing=None),
        NotificationMessage.objects.filter(at__lt=until),
    )  # fmt: skip
    return sum(found.delete()[0] for found in rows)
