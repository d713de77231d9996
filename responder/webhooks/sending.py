"""Sending due deliveries: leased, in parallel, with every attempt recorded and retries backed off."""

import json
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Min, OuterRef, Q, QuerySet
from django_q.models import OrmQ
from django_q.tasks import async_task

from classifier import clock, locks, moments
from monitoring import audit
from responder import roles
from responder.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from responder.queueing import leases
from responder.webhooks import guard, publishing, signing

log = structlog.get_logger(__name__)
TASK, QUEUED = "responder.jobs.deliver_webhooks", 3
# After the first try: 75 hours in all, as Standard Webhooks recommends.
SCHEDULE = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
TRIES_OF_TEST = 3  # some minutes: the sender waits for a test's result, and undelivered tests are limited
BATCH, OF_OWNER, AT_ONCE = 48, 16, 16
LEASE = timedelta(seconds=2 * guard.DEADLINE_S * BATCH / AT_ONCE)
TURN_S = 60.0  # the queue's only worker has exports and files to do, too
GONE = 410
State = WebhookDelivery.State


def wake() -> bool:
    """Queue a sending task if deliveries are due and few tasks are queued."""
    if not _due().exists() or OrmQ.objects.count() >= QUEUED:
        return False
    async_task(TASK, group="webhooks", task_name=f"webhooks {uuid.uuid4().hex[:8]}")
    return True


def deliver(*, seconds: Callable[[], float] = time.monotonic) -> int:
    """Send due deliveries for a turn, and queue a task for the rest. Returns how many were delivered."""
    done, ends = 0, seconds() + TURN_S
    while deliveries := _claim():
        with ThreadPoolExecutor(AT_ONCE) as pool:  # threads only send requests; rows belong to this thread
            answers = list(pool.map(_send, [_request(one) for one in deliveries]))
        done += _store(deliveries, answers)
        if seconds() >= ends:
            wake()
            break
    return done


def _due() -> QuerySet[WebhookDelivery]:
    """Deliveries that are due. Nothing is sent to owners who left, lost the role or whose organisation is paused."""
    now, able = clock.now(), roles.holding(roles.USE_API, OuterRef("endpoint__owner"))
    return WebhookDelivery.objects.filter(
        leases.free(now, longest=LEASE), _next_is_due(now), able, state=State.WAITING,
        endpoint__state=WebhookEndpoint.State.ACTIVE,
    )  # fmt: skip


def _next_is_due(now: datetime) -> Q:
    """The condition for due retries, by number of attempts, since the clock may have been set back."""
    stepped = Q()
    for tries, wait in enumerate((timedelta(0), *SCHEDULE)):
        stepped |= Q(tries=tries, next_at__gt=now + wait + moments.SKEW)
    return Q(next_at__lte=now) | stepped


def _claim() -> list[WebhookDelivery]:
    """Lease some due deliveries, shared fairly among owners."""
    me, chosen = uuid.uuid4().hex, list[int]()
    for endpoint_id, places in _shares().items():
        of_one = _due().filter(endpoint_id=endpoint_id).order_by("next_at", "id")
        chosen += of_one.values_list("id", flat=True)[:places]
    with transaction.atomic():
        free = _due().filter(pk__in=chosen).select_for_update(of=("self",), no_key=True, skip_locked=True)
        WebhookDelivery.objects.filter(pk__in=free).update(lease_owner=me, lease_until=clock.now() + LEASE)
    mine = WebhookDelivery.objects.filter(pk__in=chosen, lease_owner=me)
    return list(mine.select_related("event", "endpoint").order_by("id"))


def _shares() -> dict[int, int]:
    """The number of a batch's places for each endpoint: owners take turns, and so do each owner's endpoints.

    Those come first to whom something has been due for longest.
    """
    found = (
        _due().order_by().values("endpoint_id", "endpoint__owner_id").annotate(due=Count("pk"), oldest=Min("next_at"))
    )
    addresses = defaultdict[int, deque[tuple[int, int]]](deque)
    for row in found.order_by("oldest", "endpoint_id"):
        addresses[row["endpoint__owner_id"]].append((row["endpoint_id"], row["due"]))
    shares, taken = defaultdict[int, int](int), defaultdict[int, int](int)
    owners = deque(addresses)
    while owners and sum(taken.values()) < BATCH:
        owner = owners.popleft()
        endpoint_id, due = addresses[owner].popleft()
        shares[endpoint_id] += 1
        taken[owner] += 1
        if due > 1:
            addresses[owner].append((endpoint_id, due - 1))
        if addresses[owner] and taken[owner] < OF_OWNER:
            owners.append(owner)
    return shares


def _request(delivery: WebhookDelivery) -> tuple[str, bytes, dict[str, str]]:
    event, now = delivery.event, clock.now()
    body = {"type": event.kind, "timestamp": event.at.isoformat(), "data": event.data}
    content = json.dumps(body, separators=(",", ":")).encode()
    signed = signing.headers(delivery.endpoint, event.message_id, content, now)
    plain = {"Content-Type": "application/json", "User-Agent": "relief-responder-webhooks/1"}
    return delivery.endpoint.url, content, plain | signed


def _send(request: tuple[str, bytes, dict[str, str]]) -> guard.Answer:
    url, body, headers = request
    return guard.post(url, body, headers, allowed=settings.WEBHOOK_NETWORKS)


def _store(deliveries: Sequence[WebhookDelivery], answers: Sequence[guard.Answer]) -> int:
    """Record the outcome of each delivery. Returns how many were delivered."""
    now, done = clock.now(), 0
    with audit.atomic():
        deliveries, answers = _still_there(deliveries, answers)
        for delivery, answer in zip(deliveries, answers, strict=True):
            _settle(delivery, answer, now)
            done += delivery.state == State.DONE
        WebhookAttempt.objects.bulk_create(
            WebhookAttempt(
                delivery=delivery, at=now, status=answer.status, problem=answer.problem or delivery.problem,
                milliseconds=answer.milliseconds,
            )
            for delivery, answer in zip(deliveries, answers, strict=True)
        )  # fmt: skip
        columns = ["state", "tries", "next_at", "lease_until", "problem", "finished_at"]
        WebhookDelivery.objects.bulk_update(deliveries, columns)
        for gone in {one.endpoint_id for one, answer in zip(deliveries, answers, strict=True) if answer.status == GONE}:
            _end(gone, now)
    return done


def _still_there(
    deliveries: Sequence[WebhookDelivery], answers: Sequence[guard.Answer]
) -> tuple[list[WebhookDelivery], list[guard.Answer]]:
    """Lock and return the deliveries that still exist. Endpoints are locked before deliveries."""
    pairs = list(zip(deliveries, answers, strict=True))
    ending = {one.endpoint_id for one, answer in pairs if answer.status == GONE}
    if ending:
        locks.rows(WebhookEndpoint.objects.filter(pk__in=ending))
        locks.rows(WebhookDelivery.objects.filter(Q(endpoint__in=ending, state=State.WAITING) | Q(pk__in=[
            one.pk for one in deliveries
        ])))  # fmt: skip
    rows = WebhookDelivery.objects.filter(pk__in=[one.pk for one in deliveries]).order_by("pk")
    there = set(rows.select_for_update(no_key=True).values_list("pk", flat=True))
    left = [(one, answer) for one, answer in pairs if one.pk in there]
    return [one for one, _answer in left], [answer for _one, answer in left]


def _settle(delivery: WebhookDelivery, answer: guard.Answer, now: datetime) -> None:
    delivery.lease_until, delivery.problem = None, answer.problem
    if answer.status and 200 <= answer.status < 300:
        delivery.state, delivery.finished_at = State.DONE, now
        return
    if answer.status:
        moved = " (redirects are not followed)" if 300 <= answer.status < 400 else ""
        delivery.problem = f"answered {answer.status}{moved}"
    if delivery.tries + 1 >= (TRIES_OF_TEST if delivery.event.kind == publishing.TEST else 1 + len(SCHEDULE)):
        delivery.state, delivery.finished_at = State.DEAD, now
        return
    delivery.next_at = now + SCHEDULE[delivery.tries]
    delivery.tries += 1


def _end(endpoint_id: int, now: datetime) -> None:
    """End an endpoint that answered 410; its deliveries can be replayed later."""
    endpoint = WebhookEndpoint.objects.get(pk=endpoint_id)  # it exists, since it is locked
    if endpoint.state != WebhookEndpoint.State.GONE:
        WebhookEndpoint.objects.filter(pk=endpoint_id).update(state=WebhookEndpoint.State.GONE)
        audit.record(
            actor="system:webhooks", action="webhook.gone", object_type="webhook_endpoint", object_id=str(endpoint.ref)
        )
    owed = WebhookDelivery.objects.filter(endpoint_id=endpoint_id, state=State.WAITING)
    owed.update(state=State.DEAD, finished_at=now, lease_until=None, problem="the address answered 410")
