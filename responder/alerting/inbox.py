"""A person's notifications as the bell and the page show them."""

from typing import Any

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from responder.alerting import composing
from responder.models import AlertRule, Notification, NotificationDelivery, User
from responder.queries import notifications

SHOWN = 100


def unread(person: User) -> QuerySet[Notification]:
    """What the person has not read, without what was held back; the newest first."""
    return Notification.objects.filter(~Q(held__gt="", message=None), person=person, read_at=None).order_by("-pk")


def waiting(person: User) -> list[Notification]:
    """What the person has not read, critical ones first, with what fired it."""
    rows = unread(person).select_related("firing__rule", "firing__acknowledged_by")
    return sorted(rows[:SHOWN], key=lambda one: one.level != AlertRule.Level.CRITICAL)


def held(person: User) -> list[Notification]:
    """What waits for the end of the quiet hours, or for the next message."""
    rows = Notification.objects.filter(person=person, read_at=None, message=None).exclude(held="")
    return list(rows.select_related("firing__rule").order_by("-pk")[:SHOWN])


def earlier(person: User) -> QuerySet[Notification]:
    """What the person has read, or somebody has acknowledged."""
    rows = Notification.objects.filter(person=person).exclude(read_at=None)
    return rows.select_related("firing__rule", "firing__acknowledged_by")


def bell(person: User) -> dict[str, Any]:
    """The bell as JSON: `count` of unread ones, to 100; the `newest` of them, None if there is none; the `sound`."""
    rows = list(unread(person).values("id", "title", "level")[: notifications.COUNTED])
    return {
        "count": len(rows), "newest": rows[0] if rows else None,
        "sound": composing.settings_of(person).sound if rows else "",
    }  # fmt: skip


def newest(rows: QuerySet[NotificationDelivery], count: int) -> QuerySet[NotificationDelivery]:
    """The newest deliveries of each channel."""
    turn = Window(RowNumber(), partition_by=F("channel"), order_by=F("id").desc())
    return rows.annotate(turn=turn).filter(turn__lte=count)
