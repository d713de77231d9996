"""Sends messages by the channels of their people: leased, in parallel, retried with back-off, every outcome on record.

A channel is dead after a message could not be delivered in five attempts, or at once where the other side says that the
address is gone. Its owner is notified in the product and by their other channels.
"""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from classifier import clock, locks, moments
from responder.alerting import transports
from responder.models import AlertRule, Notification, NotificationChannel, NotificationDelivery
from responder.models.alerting import FIRING_TITLE_LIMIT, PROBLEM_LIMIT
from responder.queueing import leases

log = structlog.get_logger(__name__)
SCHEDULE = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))  # after each try
MOST_TRIES = 1 + len(SCHEDULE)
BATCH, AT_ONCE = 32, 8
LEASE = timedelta(seconds=2 * transports.DEADLINE_S * BATCH / AT_ONCE)
State = NotificationDelivery.State
ChannelState = NotificationChannel.State


def deliver() -> int:
    """Send one batch of due deliveries. Returns how many were delivered. Never raises a channel's errors."""
    deliveries = _claim()
    if not deliveries:
        return 0
    requests = [transports.Request.of(one) for one in deliveries]
    with ThreadPoolExecutor(AT_ONCE) as pool:  # threads only send; rows belong to this thread
        outcomes = list(pool.map(transports.send, requests))
    return sum(_store(one, outcome) for one, outcome in zip(deliveries, outcomes, strict=True))


def _due(now: datetime) -> QuerySet[NotificationDelivery]:
    late = moments.over("next_at", now, longest=SCHEDULE[-1])
    return NotificationDelivery.objects.filter(
        leases.free(now, longest=LEASE), late, state=State.WAITING, channel__state=ChannelState.ACTIVE,
        channel__person__is_active=True,
    )  # fmt: skip


def _claim() -> list[NotificationDelivery]:
    """Lease some due deliveries, those of critical messages first."""
    me, now = uuid.uuid4().hex, clock.now()
    with transaction.atomic():
        free = _due(now).order_by("message__level", "next_at", "pk").select_for_update(
            of=("self",), no_key=True, skip_locked=True
        )  # fmt: skip
        chosen = list(free.values_list("pk", flat=True)[:BATCH])
        NotificationDelivery.objects.filter(pk__in=chosen).update(lease_owner=me, lease_until=now + LEASE)
    mine = NotificationDelivery.objects.filter(lease_owner=me, pk__in=chosen)
    return list(mine.select_related("message", "channel__person").order_by("pk"))


@transaction.atomic
def _store(delivery: NotificationDelivery, outcome: transports.Outcome) -> bool:
    """Write down one outcome. Returns whether the message was delivered.

    The channel is locked before its deliveries, as where it dies or is deleted.
    """
    locks.rows(NotificationChannel.objects.filter(pk=delivery.channel_id))
    rows = NotificationDelivery.objects.filter(pk=delivery.pk, lease_owner=delivery.lease_owner, state=State.WAITING)
    held = rows.select_for_update(no_key=True).first()
    if held is None:  # its channel was deleted, or its lease had ended
        return False
    now = clock.now()
    held.tries, held.tried_at, held.lease_until = held.tries + 1, now, None
    held.problem = outcome.problem[:PROBLEM_LIMIT]
    if not outcome.problem:
        held.state, held.finished_at = State.DONE, now
        NotificationChannel.objects.filter(pk=held.channel_id).exclude(problem="").update(problem="")
    elif outcome.is_gone or held.tries >= MOST_TRIES:
        held.state, held.finished_at = State.DEAD, now
        _end(delivery.channel, held.problem, now)
    else:
        held.next_at = now + SCHEDULE[held.tries - 1]
        NotificationChannel.objects.filter(pk=held.channel_id).update(problem=held.problem)
    held.save(update_fields=["tries", "tried_at", "lease_until", "problem", "state", "finished_at", "next_at"])
    return held.state == State.DONE


def _end(channel: NotificationChannel, problem: str, now: datetime) -> None:
    """Mark a channel as dead and notify its owner, once."""
    active = NotificationChannel.objects.filter(pk=channel.pk, state=ChannelState.ACTIVE)
    if not active.update(state=ChannelState.DEAD, problem=problem):
        return
    waiting = NotificationDelivery.objects.filter(channel=channel, state=State.WAITING)
    waiting.update(state=State.DEAD, finished_at=now, lease_until=None, problem=_("The channel stopped working."))
    title = _("Your channel “%(label)s” stopped working: %(problem)s") % {"label": channel.label, "problem": problem}
    Notification.objects.create(
        person=channel.person, kind=Notification.Kind.CHANNEL, level=AlertRule.Level.WARNING,
        title=title[:FIRING_TITLE_LIMIT], path=reverse("notifications"), at=now,
    )  # fmt: skip
    log.warning("a notification channel is dead", channel=channel.pk, kind=channel.kind)
