"""Annotations of the time axis: the event's start, model releases, outages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from classifier.models import Deployment
from monitoring.models import Alert
from responder.dashboards.scope import Scope

MOST = 8  # of a kind; the newest


@dataclass(frozen=True, slots=True)
class Annotation:
    """An annotated moment, or the period until `until`."""

    kind: str
    at: datetime
    words: str
    until: datetime | None = None


def marks_in(scope: Scope) -> list[Annotation]:
    """The annotations within a scope, in order of time; two queries."""
    return sorted([*_event(scope), *_models(scope), *_outages(scope)], key=lambda mark: mark.at)


def drawn(marks: list[Annotation], scope: Scope) -> list[dict[str, Any]]:
    """Annotations as the chart draws them, positioned in bars from the start of the axis."""
    return [
        {
            "kind": mark.kind,
            "words": mark.words,
            "at": max(0.0, _bars(mark.at, scope)),
            "until": min(float(len(scope.numbers)), _bars(mark.until, scope)) if mark.until else None,
        }
        for mark in marks
    ]


def _bars(moment: datetime, scope: Scope) -> float:
    return round((moment - scope.start) / scope.width, 3)


def _event(scope: Scope) -> list[Annotation]:
    event = scope.event
    if event is None or not scope.start <= event.started_at < scope.end:
        return []
    return [Annotation("event", event.started_at, _("Event begins"))]


def _models(scope: Scope) -> list[Annotation]:
    rows = Deployment.objects.filter(
        role=Deployment.Role.PRODUCTION, started_at__gte=scope.start, started_at__lt=scope.end
    ).select_related("version")
    return [
        Annotation("model", row.started_at, _("Model: %(version)s") % {"version": row.version.version})
        for row in rows.order_by("-started_at")[:MOST]
    ]


def _outages(scope: Scope) -> list[Annotation]:
    """Annotations for outage alerts; an open one lasts until now."""
    rows = Alert.objects.filter(
        Q(resolved_at=None) | Q(resolved_at__gt=scope.start), level=Alert.Level.CRITICAL, first_at__lt=scope.end
    )
    return [
        Annotation("outage", row.first_at, row.title, min(row.resolved_at or scope.as_of, scope.end))
        for row in rows.order_by("-first_at")[:MOST]
    ]
