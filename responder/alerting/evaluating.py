"""Checks the rules. The row is the queue: each check may run twice, or on several machines at once.

1. What holds is read without locks (`conditions.holding`).
2. Under the rule's lock each new group gets a firing; a unique constraint refuses a second one while it is open.
3. A firing whose condition no longer holds is closed.
4. `escalating` notifies the first person, and the next ones while nobody acknowledges.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.core.cache import cache
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q
from django.utils import translation

from classifier import clock, locks
from responder import languages
from responder.alerting import conditions, escalating
from responder.models import AlertFiring, AlertRule

log = structlog.get_logger(__name__)
Kind = AlertRule.Kind
BETWEEN_S = 10  # checks after batches of posts come no faster than this
AFTER_BATCH = "responder.alerting.after_batch"


def check(kinds: Sequence[str] = tuple(Kind.values)) -> int:
    """Check the rules of these kinds that are on, and escalate. Returns how many new firings there are.

    A rule whose check fails does not keep the others from being checked.
    """
    opened = 0
    for rule in AlertRule.objects.filter(is_on=True, kind__in=kinds).order_by("pk"):
        try:
            opened += check_rule(rule)
        except DatabaseError:
            log.exception("an alert rule could not be checked", rule=rule.pk)
    escalating.advance()
    return opened


def check_after_batch() -> int:
    """Check the rules about posts after some were classified, at most every ten seconds. Returns how many new firings."""
    if not cache.add(AFTER_BATCH, 1, timeout=BETWEEN_S):
        return 0
    return check([Kind.POSTS])


def check_rule(rule: AlertRule) -> int:
    """Open, continue and close the firings of one rule. Returns how many were opened.

    Several people read what a firing says, so it is in the organisation's language.
    """
    with translation.override(languages.of_installation()):
        return _check_rule(rule)


def _check_rule(rule: AlertRule) -> int:
    now = clock.now()
    found = conditions.holding(rule, _remembered(rule, now), now)
    if not found and not rule.firings.filter(closed_at=None).exists():
        return 0
    with transaction.atomic():
        locks.one_at_a_time("alert rule", rule.pk)
        if not AlertRule.objects.filter(pk=rule.pk, version=rule.version, is_on=True).exists():
            return 0  # changed since it was read: the next check reads the new one
        if rule.kind == Kind.POSTS and any(one.firing is None for one in found):
            # Another process may have opened firings since; only the place tells which groups they stand for.
            found = conditions.holding(rule, _remembered(rule, now), now)
        opened = sum(_open_or_continue(rule, one, now) for one in found)
        _close(rule, found, now)
    return opened


def _remembered(rule: AlertRule, now: datetime) -> list[AlertFiring]:
    since = now - conditions.remembered(rule, now)
    return list(rule.firings.filter(Q(closed_at=None) | Q(last_at__gte=since)).order_by("pk"))


def _open_or_continue(rule: AlertRule, found: conditions.Found, now: datetime) -> bool:
    """Write what holds. Returns whether that is a new firing."""
    words = {"title": found.title, "path": found.path, "last_at": found.last_at}
    rows = AlertFiring.objects.filter(rule=rule)
    if found.firing is not None:
        rows.filter(pk=found.firing).update(**words)
        return False
    same = rows.filter(group=found.group)
    if same.filter(closed_at=None).update(**words):
        return False
    if rule.kind in (Kind.SILENT, Kind.MODEL):  # it failed again soon after: the same problem, of which people know
        lately = same.filter(closed_at__gt=now - conditions.FLAPS_WITHIN).order_by("-pk").values("pk")[:1]
        if AlertFiring.objects.filter(pk__in=list(lately.values_list("pk", flat=True))).update(closed_at=None, **words):
            return False
    try:
        with transaction.atomic():
            AlertFiring.objects.create(
                rule=rule, group=found.group, event=found.event, incident_id=found.incident_id,
                latitude=found.latitude, longitude=found.longitude, first_at=found.first_at, opened_at=now,
                next_step_at=now, **words,
            )  # fmt: skip
    except IntegrityError:  # another process was faster
        return False
    return True


def _close(rule: AlertRule, found: Sequence[conditions.Found], now: datetime) -> None:
    """Close the firings whose condition no longer holds; those about posts after as long as the rule looks back."""
    over = AlertFiring.objects.filter(rule=rule, closed_at=None)
    if rule.kind == Kind.POSTS:
        past = now - conditions.span_of(rule)
        over = over.filter(last_at__lt=past, opened_at__lt=past)
    else:
        over = over.exclude(group__in=[one.group for one in found])
        if rule.kind == Kind.UNANSWERED and len(found) >= conditions.MOST_INCIDENTS:
            # Not all were read: those that still wait must not be closed.
            waiting = conditions.unanswered(rule).filter(waiting_since__lte=now - timedelta(minutes=rule.minutes))
            over = over.exclude(incident__in=waiting)
    over.update(closed_at=now)
