"""The board of the response: what nobody answers, worst first, and incidents by how far their response is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from classifier import clock
from classifier.places.distance import distance_km
from responder import roles
from responder.models import Event, Incident, IncidentEntry, IncidentPost, Post, Team
from responder.models.incident import UNANSWERED
from responder.models.polygons import bounds
from responder.models.post import UNANSWERED as UNANSWERED_POSTS
from responder.queries import clocks, facts, incidents

LISTED = 100  # unanswered incidents on the list
IN_COLUMN = 30
TEAMS = 200
COUNTED = 1_000
RESOLVED_WITHIN = timedelta(hours=24)
Status = Incident.Status
Shown = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the board: its first incidents, and how many there are."""

    status: str
    label: str
    count: int
    incidents: list[Shown]


@dataclass(frozen=True, slots=True)
class Board:
    """The page's data.

    Arguments:
        unanswered: how many incidents are unanswered, and `overdue` how many of the listed ones are past their target.
        worst: the unanswered ones, most severe first, then those that have waited longest.
        columns: incidents by status; of the resolved ones, those of the last 24 hours.
        loose: critical posts that nobody answers and that belong to no incident; counted to 1,000.
    """

    unanswered: int
    overdue: int
    worst: list[Shown]
    columns: list[Column]
    loose: int


def board(event: Event | None, visible_events: frozenset[int] | None) -> Board:
    """The board of an event (None: of all that are visible), in a number of queries that does not grow with incidents."""
    now = clock.now()
    found = roles.within(Incident.objects.filter(merged_into=None), visible_events)
    found = found.filter(event=event) if event else found
    waiting = found.filter(UNANSWERED)
    teams = _free_teams(event, visible_events)
    worst = _presented(_rows(waiting)[:LISTED], teams, now)
    return Board(
        unanswered=waiting.count(),
        overdue=sum(one["clocks"].overdue for one in worst),
        worst=worst,
        columns=_columns(found, teams, now),
        loose=_loose(event, visible_events),
    )


def _rows(found: QuerySet[Incident]) -> QuerySet[Incident]:
    return found.select_related("owner", "team", "event").order_by("severity", "waiting_since", "id")


def _columns(found: QuerySet[Incident], teams: Sequence[Team], now: datetime) -> list[Column]:
    lately = IncidentEntry.objects.filter(
        incident=OuterRef("pk"), verb=IncidentEntry.Verb.RESOLVE, at__gte=now - RESOLVED_WITHIN
    )
    resolved = Q(status=Status.RESOLVED)
    shown = found.filter(~resolved | (resolved & Exists(lately)))
    counts = dict(shown.order_by().values_list("status").annotate(Count("id")))
    columns = []
    for status in Status:
        rows = _rows(shown.filter(status=status)) if status in counts else Incident.objects.none()
        if status == Status.RESOLVED:
            rows = rows.order_by("-last_evidence_at", "-id")
        listed = _presented(rows[:IN_COLUMN], teams, now)
        columns.append(Column(str(status), str(status.label), counts.get(status, 0), listed))
    return columns


def _presented(found: Iterable[Incident], teams: Sequence[Team], now: datetime) -> list[Shown]:
    rows = list(found)
    people = people_at_risk(rows)
    return [
        incidents.present(one)
        | {
            "clocks": clocks.of(one, now),
            "people": people.get(one.pk, ""),
            "nearest": nearest(one, teams),
            "owner_id": one.owner_id,
            "assigned": bool(one.owner_id or one.team_id),
            "event_id": one.event_id,
        }
        for one in rows
    ]


def people_at_risk(found: Sequence[Incident]) -> dict[int, str]:
    """Incident → how many people are at risk, in words, as posts state it; without those where none does."""
    stated = facts.people_at_risk(incident.pk for incident in found)
    return {incident_id: _span(low, high) for incident_id, (low, high) in stated.items()}


def _span(low: int, high: int) -> str:
    return str(high) if low == high else f"{low}–{high}"


def nearest(incident: Incident, teams: Iterable[Team]) -> Shown | None:
    """The free team of the incident's event that is nearest to it, with its distance; None where none is known."""
    if incident.latitude is None or incident.longitude is None:
        return None
    here = (incident.latitude, incident.longitude)
    away = [
        (distance_km(here, there), team)
        for team in teams
        if team.event_id == incident.event_id and (there := position(team))
    ]
    if not away:
        return None
    km, team = min(away, key=lambda pair: (pair[0], pair[1].pk))
    return {"id": team.pk, "name": team.name, "km": round(km) if km >= 1 else 1}


def position(team: Team) -> tuple[float, float] | None:
    """Where the team was last, otherwise the centre of its area; (latitude, longitude) in degrees."""
    if team.latitude is not None and team.longitude is not None:
        return team.latitude, team.longitude
    area = team.area.area if team.area else None
    if not area:
        return None
    west, south, east, north = bounds(area)
    return (south + north) / 2, (west + east) / 2


def _free_teams(event: Event | None, visible_events: frozenset[int] | None) -> list[Team]:
    found = roles.within(Team.objects.filter(is_active=True, availability=Team.Availability.FREE), visible_events)
    return list((found.filter(event=event) if event else found).select_related("area")[:TEAMS])


def _loose(event: Event | None, visible_events: frozenset[int] | None) -> int:
    belongs = IncidentPost.objects.filter(post=OuterRef("pk"), state=IncidentPost.State.ACCEPTED)
    rows = Post.objects.filter(UNANSWERED_POSTS, state=Post.State.CLASSIFIED, response=Post.Response.NONE)
    rows = roles.within(rows, visible_events)
    rows = rows.filter(event=event) if event else rows
    return rows.filter(~Exists(belongs))[:COUNTED].count()
