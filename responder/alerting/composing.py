"""Puts the notifications that a person is due into messages, within their quiet hours and their limit of messages an hour.

1. Under the person's lock, notifications that were sent in no message are read, the critical ones first.
2. In quiet hours those wait that may not break them.
3. For a minute after a message, what follows is gathered. Over the limit all wait. What waited is listed on the page of notifications and counted in the next message.
4. The rest becomes one message, with a delivery for each of the person's working channels.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifier import clock, locks
from responder import languages
from responder.alerting import quiet_hours
from responder.models import (
    AlertRule,
    Notification,
    NotificationChannel,
    NotificationDelivery,
    NotificationMessage,
    NotificationSettings,
    User,
)
from responder.models.alerting import FIRING_TITLE_LIMIT

HOUR = timedelta(hours=1)
GATHER = timedelta(seconds=60)  # after a message, what follows is gathered for the next one
LISTED = 5  # lines of one message
AT_ONCE = 1_000  # notifications of one message
Held = Notification.Held
CRITICAL = AlertRule.Level.CRITICAL


def compose() -> int:
    """Make the messages that are due. Returns how many. May run twice at once."""
    waiting = Notification.objects.filter(message=None, read_at=None)
    people = waiting.order_by("person").values_list("person", flat=True).distinct()
    return sum(_compose_for(person_id) for person_id in list(people))


@transaction.atomic
def _compose_for(person_id: int) -> bool:
    locks.one_at_a_time("notifications", person_id)
    now = clock.now()
    person = User.objects.get(pk=person_id)
    rows = Notification.objects.filter(person=person, message=None, read_at=None).select_related("firing")
    waiting = sorted(rows.order_by("pk")[:AT_ONCE], key=lambda one: (one.level != CRITICAL, one.pk))
    if not waiting:
        return False
    if not person.is_active:
        rows.filter(pk__in=[one.pk for one in waiting]).update(read_at=now)
        return False
    waiting = _without_acknowledged(waiting, now)
    preferences = settings_of(person)
    quiet = [one for one in waiting if quiet_hours.hold(preferences, one.level, now)]
    _hold(quiet, Held.QUIET)
    due = [one for one in waiting if one not in quiet]
    latest = NotificationMessage.objects.filter(person=person, is_test=False).order_by("-at").first()
    if latest and timedelta() <= now - latest.at < GATHER:
        return False
    if due and sent_lately(person, now) >= preferences.an_hour:
        _hold(due, Held.BUDGET)
        return False
    if due:
        with languages.of_person(person):
            _send(person, due, now)
    return bool(due)


def settings_of(person: User) -> NotificationSettings:
    """The person's settings; those that everybody begins with where they chose none."""
    found = NotificationSettings.objects.filter(person=person).first()
    return found or NotificationSettings(person=person, time_zone=person.time_zone or "UTC", version=0)


def sent_lately(person: User, now: datetime) -> int:
    """Messages that the person was sent within the last hour, without tests."""
    return NotificationMessage.objects.filter(person=person, is_test=False, at__gt=now - HOUR, at__lte=now).count()


def _without_acknowledged(waiting: Sequence[Notification], now: datetime) -> list[Notification]:
    """Drop what somebody has acknowledged, or snoozed, before it was sent."""
    done = [one for one in waiting if one.firing and one.firing.acknowledged_at]
    Notification.objects.filter(pk__in=[one.pk for one in done]).update(read_at=now)
    return [one for one in waiting if one not in done and not (one.firing and one.firing.snoozed_until)]


def _hold(held: Sequence[Notification], why: str) -> None:
    new = [one.pk for one in held if one.held != why]
    if new:
        Notification.objects.filter(pk__in=new).update(held=why)


def _send(person: User, due: Sequence[Notification], now: datetime) -> NotificationMessage:
    level = CRITICAL if any(one.level == CRITICAL for one in due) else AlertRule.Level.WARNING
    only = due[0].path if len(due) == 1 else ""
    message = NotificationMessage.objects.create(
        person=person, level=level, subject=subject_of(due), body=body_of(due), at=now,
        path=only or reverse("notifications"),
    )  # fmt: skip
    Notification.objects.filter(pk__in=[one.pk for one in due]).update(message=message)
    channels = NotificationChannel.objects.filter(person=person, state=NotificationChannel.State.ACTIVE)
    NotificationDelivery.objects.bulk_create(
        NotificationDelivery(message=message, channel=channel, next_at=now) for channel in channels
    )
    return message


def subject_of(due: Sequence[Notification]) -> str:
    """The subject of a message: its first notification, and how many there are."""
    first = due[0].title
    if len(due) > 1:
        words = {"n": len(due) - 1, "title": first}
        first = ngettext("%(title)s, and %(n)d more", "%(title)s, and %(n)d more", len(due) - 1) % words
    return " ".join(first.split())[:FIRING_TITLE_LIMIT]


def _line(one: Notification) -> str:
    """The title; of what ended while it was held back, that it is over."""
    is_over = one.firing is not None and one.firing.closed_at is not None
    return _("%(title)s (over)") % {"title": one.title} if is_over else one.title


def body_of(due: Sequence[Notification]) -> str:
    """The text of a message: up to five notifications, then how many more there are, and how many were held back."""
    lines = [f"• {_line(one)}" for one in due[:LISTED]]
    if len(due) > LISTED:
        rest = len(due) - LISTED
        lines.append(ngettext("and %(n)d more", "and %(n)d more", rest) % {"n": rest})
    if held := sum(1 for one in due if one.held):
        lines.append(ngettext("%(n)d of these was held back", "%(n)d of these were held back", held) % {"n": held})
    return "\n".join(lines)
