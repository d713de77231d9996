"""What people do with their notifications: acknowledge, snooze, mark as read."""

from datetime import timedelta

from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder import roles
from responder.errors import Invalid, Missing, NotPermitted
from responder.models import AlertFiring, Notification, User

SNOOZES = (15, 60, 240)  # minutes


@audit.atomic()
def acknowledge(*, firing_id: int, by: User) -> AlertFiring:
    """Say that somebody takes care of it: nobody else is notified. Idempotent. Raises Missing, NotPermitted."""
    firing = _opened(firing_id, by)
    if firing.acknowledged_at is None:
        firing.acknowledged_at, firing.acknowledged_by, firing.snoozed_until = clock.now(), by, None
        firing.next_step_at = None
        firing.save(update_fields=["acknowledged_at", "acknowledged_by", "snoozed_until", "next_step_at"])
        firing.notifications.filter(read_at=None).update(read_at=firing.acknowledged_at)
        _record("acknowledged", firing, by)
    return firing


@audit.atomic()
def snooze(*, firing_id: int, minutes: int, by: User) -> AlertFiring:
    """Silence it for some minutes. If it is still open then, those who were notified are reminded.

    Raises Invalid, Missing, NotPermitted.
    """
    if minutes not in SNOOZES:
        raise Invalid(_("Choose 15 minutes, 1 hour or 4 hours."))
    firing = _opened(firing_id, by)
    if not firing.is_waiting:
        raise Invalid(_("This alert is over or was acknowledged."))
    now = clock.now()
    firing.snoozed_until = firing.next_step_at = now + timedelta(minutes=minutes)
    firing.snoozed_by = by
    firing.save(update_fields=["snoozed_until", "snoozed_by", "next_step_at"])
    firing.notifications.filter(read_at=None).update(read_at=now)
    _record("snoozed", firing, by, minutes=minutes)
    return firing


def mark_read(*, notification_id: int | None, by: User) -> int:
    """Mark one of the person's notifications as read, or all of them. Returns how many were unread."""
    rows = Notification.objects.filter(person=by, read_at=None)
    rows = rows if notification_id is None else rows.filter(pk=notification_id)
    return rows.update(read_at=clock.now())


def may_react(person: User, firing: AlertFiring) -> bool:
    """Whether the person was notified of it, or works on posts and incidents in its event."""
    if not roles.allows_in(person, roles.VIEW, firing.event_id):
        return False
    return roles.allows_in(person, roles.TRIAGE, firing.event_id) or firing.notifications.filter(person=person).exists()


def _opened(firing_id: int, by: User) -> AlertFiring:
    firing = AlertFiring.objects.select_for_update(no_key=True).filter(pk=firing_id).first()
    if firing is None or not roles.allows_in(by, roles.VIEW, firing.event_id):
        raise Missing(_("This alert does not exist. Its rule may have been deleted."))
    if not may_react(by, firing):
        raise NotPermitted(_("Your role doesn't let you acknowledge this alert."))
    return firing


def _record(verb: str, firing: AlertFiring, by: User, **more: int) -> None:
    audit.record(
        actor=f"user:{by.username}", action=f"alert_firing.{verb}", object_type="alert_firing", object_id=str(firing.pk),
        detail={"rule": firing.rule_id, "group": firing.group} | more,
    )  # fmt: skip
