"""Webhook events, stored in the transaction of what happened."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import OuterRef
from django.utils.translation import gettext_lazy

from classifier import clock, locks
from responder import roles
from responder.models import Post, WebhookDelivery, WebhookEndpoint, WebhookEvent

CRITICAL, DECIDED, RELEASED, TEST = "post.critical", "post.decided", "model.released", "webhook.test"
ERASED, CORRECTED = "post.erased", "post.corrected"
KINDS = {
    CRITICAL: gettext_lazy("A post was classified as critical"),
    DECIDED: gettext_lazy("Somebody confirmed, corrected or dismissed a post, set its severity, or undid that"),
    CORRECTED: gettext_lazy(
        "A post was corrected, or words in it were hidden, as a person named in it asked: fetch it again"
    ),
    ERASED: gettext_lazy("A post was erased, as a person named in it asked: erase your copy"),
    RELEASED: gettext_lazy("Another model version answers: a release or a rollback"),
}
MOST_SEVERE = 1
KEPT = timedelta(days=30)


def publish(kind: str, happened: Iterable[dict[str, Any]]) -> int:
    """Store events and their deliveries, inside the caller's transaction. Returns the number of deliveries.

    Costs one query while nobody wants to know.
    """
    return owe(kind, happened, _wanting(kind))


def owe(kind: str, happened: Iterable[dict[str, Any]], endpoints: Sequence[WebhookEndpoint]) -> int:
    """Store events and their deliveries to the given endpoints; otherwise as `publish`."""
    there = (
        set(locks.kept(WebhookEndpoint.objects.filter(pk__in=[one.pk for one in endpoints]))) if endpoints else set()
    )
    endpoints = [one for one in endpoints if one.pk in there]
    if not endpoints:
        return 0
    events = WebhookEvent.objects.bulk_create(WebhookEvent(kind=kind, data=data) for data in happened)
    rows = [
        WebhookDelivery(event=event, endpoint=endpoint)
        for endpoint in endpoints
        for event in events
        if _may_read(endpoint, event.data)
    ]
    return len(WebhookDelivery.objects.bulk_create(rows, batch_size=500))


def _may_read(endpoint: WebhookEndpoint, data: dict[str, Any]) -> bool:
    """Whether an event of a disaster is about one that the endpoint's owner reads; what names none is for all."""
    if "event" not in data or not getattr(endpoint, "is_limited", False):
        return True
    readable = roles.events_of_partner(endpoint.owner)
    return readable is None or data["event"] in {roles.held_by(endpoint.owner).refs[event] for event in readable}


def understood(posts: Sequence[Post]) -> None:
    """Publish events for newly classified posts."""
    critical = [post for post in posts if post.severity == MOST_SEVERE and not post.edited_at]
    if critical:
        publish(CRITICAL, [_post(post) for post in critical])


def decided(post: Post, verb: str, after: dict[str, Any]) -> None:
    """Publish a decision on a post; `after` holds the columns that it set."""
    payload = {name: after[name] for name in ("status", "category", "severity") if name in after}
    publish(DECIDED, [_post(post) | {"decision": str(verb)} | payload])


def recipients(post_id: int) -> list[WebhookEndpoint]:
    """The endpoints that were sent something about a post and that may still be sent something."""
    able = roles.holding(roles.USE_API, OuterRef("owner"))
    sent = WebhookDelivery.objects.filter(event__data__id=post_id).values("endpoint")
    return list(WebhookEndpoint.objects.filter(able, pk__in=sent).exclude(state=WebhookEndpoint.State.GONE))


def changed_by_request(post_id: int, kind: str, change: str) -> int:
    """Publish that a correction request changed a post. Returns the number of notified endpoints.

    Whoever was sent the post before is told, too, without having asked for events of this kind (GDPR Art. 19).
    """
    unlimited = [endpoint for endpoint in _wanting(kind) if not endpoint.is_limited]  # others must have been sent it
    told = {endpoint.pk: endpoint for endpoint in [*unlimited, *recipients(post_id)]}
    return owe(kind, [{"id": post_id, "change": change}], list(told.values()))


def released(sender: Any, instance: Any, created: bool, **_: Any) -> None:
    """Publish a release; a signal handler of Deployment, since the classifier must not import this package."""
    if created and instance.role == instance.Role.PRODUCTION:
        version = instance.version
        payload = {"name": version.name, "version": version.version, "sha256": version.sha256, "kind": instance.kind}
        publish(RELEASED, [payload])


def forget() -> int:
    """Delete events older than a month, with their deliveries and attempts."""
    return WebhookEvent.objects.filter(at__lt=clock.now() - KEPT).delete()[0]


def _wanting(kind: str) -> list[Any]:
    """Active endpoints for events of this kind, with `is_limited`: whether the owner's roles may be limited to some events."""
    able = roles.holding(roles.USE_API, OuterRef("owner"))
    active = WebhookEndpoint.objects.filter(able, state=WebhookEndpoint.State.ACTIVE).select_related("owner")
    active = active.annotate(is_limited=roles.limiting_roles(OuterRef("owner")))
    return [endpoint for endpoint in active if kind in endpoint.kinds]


def _post(post: Post) -> dict[str, Any]:
    """A post without text, author and exact place: `GET /api/v1/posts` gives what a token may read."""
    return {
        "id": post.pk, "event": post.event.ref if post.event else None, "severity": post.severity,
        "category": post.category, "status": post.status, "country_code": post.country_code,
        "created_at": post.created_at.isoformat(), "is_exercise": bool(post.event and post.event.is_exercise),
    }  # fmt: skip
