"""Notifies the people of a rule: the first when it fires, the next ones while nobody acknowledges it."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from classifier import clock
from responder import roles
from responder.models import AlertFiring, AlertRecipient, Notification, User

AT_ONCE = 500


def advance() -> int:
    """Notify the next person of each firing that is due. Returns how many people were notified."""
    notified = 0
    while done := _some():
        notified += sum(done)
    return notified


def _some() -> list[int]:
    """One round; each firing is claimed by its lock, so that no two processes notify the same person."""
    now = clock.now()
    awake = Q(snoozed_until=None) | Q(snoozed_until__lte=now)
    due = AlertFiring.objects.filter(
        awake, closed_at=None, acknowledged_at=None, next_step_at__lte=now, rule__is_on=True
    )
    with transaction.atomic():
        rows = due.select_for_update(of=("self",), no_key=True, skip_locked=True).select_related("rule").order_by("pk")
        firings = list(rows[:AT_ONCE])
        recipients = _recipients({one.rule_id for one in firings})
        notified = defaultdict[int, set[int]](set)
        for firing_id, person_id in Notification.objects.filter(firing__in=firings).values_list("firing", "person"):
            notified[firing_id].add(person_id)
        return [_step(one, recipients[one.rule_id], notified[one.pk], now) for one in firings]


def _recipients(rule_ids: set[int]) -> dict[int, list[User]]:
    """The people of each rule, the first of them first."""
    people = defaultdict[int, list[User]](list)
    known = dict[int, User]()  # each person once: their roles are read once, too
    rows = AlertRecipient.objects.filter(rule__in=rule_ids).select_related("person").order_by("rule", "position")
    for row in rows:
        people[row.rule_id].append(known.setdefault(row.person_id, row.person))
    return people


def _step(firing: AlertFiring, people: list[User], notified: set[int], now: datetime) -> int:
    """Notify the next person, or all where the rule names no time between them. Returns how many."""
    rule = firing.rule
    left = [one for one in people if one.pk not in notified and _may_see(one, firing)]
    fresh = left if rule.escalate_minutes is None else left[:1]
    if (
        firing.snoozed_until is not None and notified
    ):  # it was snoozed: those who know are reminded, nobody else is told
        firing.notifications.update(read_at=None, message=None, held="", at=now)
        fresh = []
    Notification.objects.bulk_create(
        Notification(
            person=person, kind=Notification.Kind.RULE, level=rule.level, firing=firing, title=firing.title,
            path=firing.path, at=now,
        )
        for person in fresh
    )  # fmt: skip
    firing.step, firing.snoozed_until = len(notified) + len(fresh), None
    more = rule.escalate_minutes is not None and len(left) > len(fresh)
    firing.next_step_at = now + timedelta(minutes=rule.escalate_minutes or 0) if more else None
    firing.save(update_fields=["step", "next_step_at", "snoozed_until"])
    return len(fresh)


def _may_see(person: User, firing: AlertFiring) -> bool:
    return person.is_active and roles.allows_in(person, roles.VIEW, firing.event_id)
