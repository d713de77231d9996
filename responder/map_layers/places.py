"""Incidents, reports from people, and teams as layers of the map beside the posts."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from responder.models import Event, Incident, Team
from responder.privacy.masking import mask, point
from responder.queries import incidents, items, posts
from responder.queries.filters import Filter

MOST = 500
MOST_TEAMS = 200
Shown = dict[str, Any]


def open_incidents(event: Event | None, post_filter: Filter) -> Shown:
    """The open incidents of the event that have a place, the most severe first, and how many have none."""
    rows = Incident.objects.filter(merged_into=None).exclude(status=Incident.Status.RESOLVED)
    rows = rows.filter(event=event) if event else _seen(rows, post_filter)
    rows = rows.exclude(verification=Incident.Verification.FALSE)
    placed = rows.filter(latitude__isnull=False, longitude__isnull=False).select_related("team")
    found = list(placed.order_by("severity", "-last_evidence_at", "-id")[: MOST + 1])
    return {
        "places": [_incident(one) for one in found[:MOST] if one.located],
        "more": len(found) > MOST,
        "unplaced": rows.filter(latitude=None).count(),
    }


def reports(event: Event | None, post_filter: Filter) -> Shown:
    """The reports from people among the posts of the filter, the newest first."""
    rows = posts.matching(post_filter, event).filter(field_report__isnull=False)
    placed = rows.filter(grid_x__isnull=False).select_related("field_report")
    found = list(placed.order_by("-created_at", "-id")[: MOST + 1])
    return {
        "places": [_report(one) for one in found[:MOST] if one.located],
        "more": len(found) > MOST,
        "unplaced": rows.filter(grid_x=None).count(),
    }


def teams(event: Event | None, _filter: Filter) -> Shown:
    """The teams of the event where they were last, and the areas that they cover. Contacts are no part of it."""
    if event is None:
        return {"places": [], "areas": [], "more": False, "unplaced": 0}
    found = list(event.teams.filter(is_active=True).select_related("area")[:MOST_TEAMS])
    areas = [{"name": one.name, "polygon": one.area} for one in event.team_areas.all() if one.area]
    placed = [one for one in found if one.latitude is not None and one.longitude is not None]
    return {
        "places": [_team(one) for one in placed],
        "areas": areas,
        "more": False,
        "unplaced": len(found) - len(placed),
    }


KINDS = {"incidents": open_incidents, "reports": reports, "teams": teams}


def _seen(rows: Any, post_filter: Filter) -> Any:
    seen = post_filter.visible_events
    return rows if seen is None else rows.filter(event__in=seen)


def _incident(one: Incident) -> Shown:
    latitude, longitude = point(one.latitude, one.longitude, one.radius_km)
    return {
        "name": mask(one.title), "ref": one.ref, "latitude": latitude, "longitude": longitude, "severity": one.severity,
        "severity_word": items.SEVERITY_WORDS.get(one.severity, ""), "state": incidents.status_word(one),
        "unanswered": one.unanswered, "url": reverse("incident", args=[one.ref]),
    }  # fmt: skip


def _report(post: Any) -> Shown:
    latitude, longitude = point(post.latitude, post.longitude, post.radius_km)
    report = post.field_report
    return {
        "name": report.get_kind_display(), "ref": report.ref, "latitude": latitude, "longitude": longitude,
        "severity": post.severity, "severity_word": items.SEVERITY_WORDS.get(post.severity, ""),
        "at": post.created_at.isoformat(), "unanswered": post.is_unanswered,
        "url": f"{reverse('map')}?{urlencode({'sel': post.pk})}",
    }  # fmt: skip


def _team(one: Team) -> Shown:
    return {
        "name": one.name, "latitude": one.latitude, "longitude": one.longitude, "availability": one.availability,
        "state": one.get_availability_display(), "area": one.area.name if one.area else "",
        "skills": [items.need_label(skill) for skill in one.skills],
        "at": one.located_at.isoformat() if one.located_at else "",
    }  # fmt: skip
