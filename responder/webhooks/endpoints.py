"""Webhook endpoints of partners: create, pause, rotate, delete, replay."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from classifier import clock, locks
from monitoring import audit
from responder.errors import FieldChecks, Missing, TooMany
from responder.models import User, WebhookDelivery, WebhookEndpoint
from responder.webhooks import guard, publishing, signing

MOST = 20  # of one owner
MOST_REQUESTED = 20  # tests and repeats of one address that are undelivered
OVERLAP = timedelta(hours=24)
REPEATED = "sent again on request"  # a delivery's problem until its next try
State = WebhookEndpoint.State


def owned_by(owner: User) -> QuerySet[WebhookEndpoint]:
    """A person's endpoints, newest first."""
    return WebhookEndpoint.objects.filter(owner=owner)


def find(*, owner: User, ref: str) -> WebhookEndpoint:
    """The person's endpoint with this reference. Raises Missing for anyone but the owner."""
    try:
        endpoint = owned_by(owner).filter(ref=uuid.UUID(ref)).first()
    except ValueError:
        endpoint = None
    if endpoint is None:
        raise Missing(_("This webhook does not exist. It may have been deleted."))
    return endpoint


def create(*, owner: User, url: str, kinds: Sequence[str], actor: str) -> tuple[WebhookEndpoint, str]:
    """Create an endpoint. Returns (row, secret). Raises InvalidFields, TooMany.

    Arguments:
        owner: who answers for it.
        kinds: keys of KINDS, at least one.
        actor: the person, for the audit log.
    """
    checks = FieldChecks()
    url = checks.read("url", _checked, url)  # before the transaction, which must not wait for names
    if not kinds or set(kinds) - publishing.KINDS.keys():
        checks.refuse("kinds", _("Choose event types from: %(kinds)s.") % {"kinds": ", ".join(publishing.KINDS)})
    checks.require_valid()
    return _insert(owner, url, kinds, actor)


def _checked(url: str) -> str:
    """The URL as it is stored. Raises Invalid if it is malformed or its host is not public."""
    url = guard.check_url(url, allowed=settings.WEBHOOK_NETWORKS)
    guard.check_target(url, allowed=settings.WEBHOOK_NETWORKS)
    return url


@audit.atomic()
def _insert(owner: User, url: str, kinds: Sequence[str], actor: str) -> tuple[WebhookEndpoint, str]:
    locks.one_at_a_time("webhooks", owner.pk)
    if owned_by(owner).count() >= MOST:
        raise TooMany(_("You already have %(most)d webhooks. Delete one first.") % {"most": MOST})
    endpoint = WebhookEndpoint.objects.create(owner=owner, url=url, kinds=sorted(set(kinds)))
    _record("created", endpoint, actor)
    return endpoint, signing.secret(endpoint)


def secret_of(endpoint: WebhookEndpoint) -> str:
    """The current signing secret."""
    return signing.secret(endpoint)


@audit.atomic()
def rotate(*, endpoint: WebhookEndpoint, actor: str) -> str:
    """Rotate the secret; for OVERLAP, requests are signed with the old one too. Raises Missing."""
    another = {"generation": F("generation") + 1, "overlap_until": clock.now() + OVERLAP}
    if not WebhookEndpoint.objects.filter(pk=endpoint.pk).update(**another):
        raise Missing(_("This webhook does not exist. It may have been deleted."))
    endpoint.refresh_from_db()
    _record("secret changed", endpoint, actor)
    return signing.secret(endpoint)


@audit.atomic()
def pause(*, endpoint: WebhookEndpoint, actor: str) -> None:
    """Pause deliveries: queued ones wait, and no new ones are created."""
    if WebhookEndpoint.objects.filter(pk=endpoint.pk, state=State.ACTIVE).update(state=State.PAUSED):
        _record("paused", endpoint, actor)


@audit.atomic()
def resume(*, endpoint: WebhookEndpoint, actor: str) -> None:
    """Resume deliveries, also to an endpoint that was gone."""
    if WebhookEndpoint.objects.filter(pk=endpoint.pk).exclude(state=State.ACTIVE).update(state=State.ACTIVE):
        _record("resumed", endpoint, actor)


@audit.atomic()
def delete(*, endpoint: WebhookEndpoint, actor: str) -> None:
    """Delete an endpoint with its undelivered events. Idempotent."""
    here = WebhookEndpoint.objects.select_for_update().filter(pk=endpoint.pk).first()
    if here is None:
        return
    locks.rows(WebhookDelivery.objects.filter(endpoint=here))
    _record("deleted", here, actor)
    here.delete()


@audit.atomic()
def ping(*, endpoint: WebhookEndpoint) -> None:
    """Queue a test event. Raises TooMany."""
    _limit_requests(endpoint)
    publishing.owe(publishing.TEST, [{"webhook": str(endpoint.ref)}], [endpoint])


@audit.atomic()
def replay(*, endpoint: WebhookEndpoint, actor: str, delivery_id: int | None = None) -> int:
    """Requeue failed deliveries, or one delivery in any state, with the same `webhook-id`. Returns the number.

    Raises TooMany.
    """
    _limit_requests(endpoint)
    condition = {"state": WebhookDelivery.State.DEAD} if delivery_id is None else {"pk": delivery_id}
    rows = WebhookDelivery.objects.filter(endpoint=endpoint, **condition)
    locks.rows(rows)
    count = rows.update(
        state=WebhookDelivery.State.WAITING,
        tries=0,
        next_at=clock.now(),
        lease_until=None,
        finished_at=None,
        problem=REPEATED,
    )
    if count:
        _record("replayed", endpoint, actor)
    return count


def _limit_requests(endpoint: WebhookEndpoint) -> None:
    """Raise TooMany while an endpoint has the most undelivered tests and replays that it may have."""
    locks.one_at_a_time("webhooks", endpoint.owner_id)
    requested = Q(event__kind=publishing.TEST) | Q(problem=REPEATED)
    waiting = WebhookDelivery.objects.filter(requested, endpoint=endpoint, state=WebhookDelivery.State.WAITING)
    if waiting[:MOST_REQUESTED].count() >= MOST_REQUESTED:
        raise TooMany(
            _(
                "%(most)d test events or resent deliveries to this URL are still queued. Try again when they "
                "have been sent."
            )
            % {"most": MOST_REQUESTED}
        )


def _record(verb: str, endpoint: WebhookEndpoint, actor: str) -> None:
    audit.record(
        actor=actor, action=f"webhook.{verb.replace(' ', '_')}", object_type="webhook_endpoint",
        object_id=str(endpoint.ref), detail={"owner": endpoint.owner.username, "kinds": endpoint.kinds},
    )  # fmt: skip
