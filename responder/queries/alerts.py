"""CAP alerts that people and partners may see, the newest first."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from responder import roles
from responder.models import CapAlert
from responder.privacy import policy
from responder.privacy.masking import mask

SHOWN = 200
RELATED = (
    "event", "incident", "created_by", "published_by", "follows", "follows__follows", "follows__follows__follows",
)  # fmt: skip
State = CapAlert.State


def published(visible_events: frozenset[int] | None) -> QuerySet[CapAlert]:
    """Published alerts of these events (None: of all), with `superseded`: whether another alert followed."""
    after = CapAlert.objects.filter(follows=OuterRef("pk"), state=State.PUBLISHED)
    rows = CapAlert.objects.filter(state=State.PUBLISHED).select_related("event", "incident", "follows")
    rows = roles.within(rows, visible_events)
    return rows.annotate(superseded=Exists(after)).order_by("-sent_at", "-id")


def listed(visible_events: frozenset[int] | None) -> list[CapAlert]:
    """Drafts and published alerts of these events (None: of all) for people."""
    rows = CapAlert.objects.exclude(state=State.DISCARDED).select_related("event", "incident", "created_by")
    after = CapAlert.objects.filter(follows=OuterRef("pk"), state=State.PUBLISHED)
    rows = roles.within(rows, visible_events)
    return list(rows.annotate(superseded=Exists(after)).order_by("-id")[:SHOWN])


def by_identifier(identifier: str, visible_events: frozenset[int] | None) -> CapAlert | None:
    """The alert of one of these events (None: of any), in whatever state."""
    rows = roles.within(CapAlert.objects.select_related(*RELATED), visible_events)
    return rows.filter(identifier=identifier).first()


def shared(alert: Any) -> dict[str, Any]:
    """Return a published alert for the API; `superseded` comes from `published`."""
    return {
        "identifier": alert.identifier,
        "status": policy.EXERCISE if alert.is_exercise else policy.ACTUAL,
        "message": alert.message,
        "follows": alert.follows.identifier if alert.follows else None,
        "superseded": alert.superseded,
        "event": alert.event.ref if alert.event else None,
        "incident": alert.incident.ref if alert.incident else None,
        "headline": mask(alert.headline),
        "urgency": alert.urgency,
        "severity": alert.severity,
        "certainty": alert.certainty,
        "area": mask(alert.area),
        "sent_at": alert.sent_at,
        "expires_at": alert.expires_at,
    }
