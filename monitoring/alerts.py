"""Alerts: one open row per problem. A problem that continues is counted on its row instead of being reported again.

The row is the queue: `raise_` only writes, and `check` sends the alerts that are due and retries those that failed.
"""

from datetime import timedelta

from django.db.models import F, Q

from classifier import clock
from monitoring import audit, conditions, sending
from monitoring.models import Alert

FLAPS_WITHIN = timedelta(hours=1)  # a problem that returns within this time reopens the same alert


def check() -> int:
    """Raise, resolve and send alerts according to the current conditions. Returns how many were sent."""
    holding = conditions.now()
    for condition in holding:
        raise_(
            key=condition.key, level=condition.level, title=condition.title, text=condition.text, path=condition.path
        )
    watched = Q(key__in=[])
    for beginning in conditions.KEYS:
        watched |= Q(key__startswith=beginning)
    over = Alert.objects.filter(watched, resolved_at=None).exclude(key__in=[condition.key for condition in holding])
    for alert in over:
        resolve(alert.key)
    return sending.deliver()


@audit.atomic()
def raise_(*, key: str, level: str, title: str, text: str = "", path: str = "") -> Alert:
    """Open the alert with this key, or count another occurrence on the open one and store the newest text."""
    now = clock.now()
    same = Alert.objects.select_for_update(no_key=True).filter(key=key)
    alert = same.filter(Q(resolved_at=None) | Q(resolved_at__gt=now - FLAPS_WITHIN)).order_by("-id").first()
    words = {"level": level, "title": title[:200], "text": text, "path": path[:200], "last_at": now}
    if alert:
        Alert.objects.filter(pk=alert.pk).update(times=F("times") + 1, resolved_at=None, **words)
        alert.refresh_from_db()
        return alert
    alert, created = Alert.objects.get_or_create(key=key, resolved_at=None, defaults=words | {"first_at": now})
    if created:
        _record(alert, "alert.raised")
    else:  # another process opened it in the meantime: count this occurrence too
        Alert.objects.filter(pk=alert.pk).update(times=F("times") + 1, **words)
        alert.refresh_from_db()
    return alert


@audit.atomic()
def resolve(key: str) -> bool:
    """Close the open alert with this key. Returns whether there was one."""
    alert = Alert.objects.select_for_update(no_key=True).filter(key=key, resolved_at=None).first()
    if alert is None:
        return False
    alert.resolved_at = clock.now()
    alert.save(update_fields=["resolved_at"])
    _record(alert, "alert.resolved")
    return True


def _record(alert: Alert, action: str) -> None:
    detail = {"key": alert.key, "level": alert.level, "times": alert.times}
    audit.record(
        actor="system:alerts", action=action, object_type="alert", object_id=str(alert.pk), detail=detail
    )  # fmt: skip
