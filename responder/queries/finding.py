"""Incidents and places by a few letters, for the command palette and beside the results of a search."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count

from responder import database, roles
from responder.models import Event, Incident, Post, PostWords
from responder.privacy.masking import mask
from responder.queries import incidents, words
from responder.queries.incidents import IncidentFilter

MOST = 5  # of each kind
SHORTEST, LONGEST = 2, 100  # characters
AROUND = 0.5  # degrees on each side of a place that the map shows


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place that posts are at.

    Arguments:
        bbox: west, south, east, north of the view around it, in degrees; empty where no post has a position.
    """

    name: str
    country_code: str
    posts: int
    bbox: str


def find_incidents(text: str, event: Event | None, visible_events: frozenset[int] | None) -> list[Incident]:
    """Incidents, open or closed, with this text in their title or with this reference; the most severe first.

    Arguments:
        visible_events: ids of the events that the reader may see; None for all.
    """
    wanted = _bounded(text)
    if len(wanted) < SHORTEST:
        return []
    rows = incidents.matching(IncidentFilter(status="all", q=wanted), event, visible_events)
    return list(rows.order_by("severity", "-last_evidence_at", "-id")[:MOST])


def find_places(text: str, event: Event | None, visible_events: frozenset[int] | None) -> list[FoundPlace]:
    """Places of classified posts whose name begins with this text, without case and accents; most posts first."""
    key = words.place_key(_bounded(text))
    if len(key) < SHORTEST:
        return []
    found = roles.within(Post.objects.filter(state=Post.State.CLASSIFIED), visible_events)
    found = (found.filter(event=event) if event else found).filter(
        pk__in=PostWords.objects.filter(place__startswith=key).values("post_id")
    )
    with database.room_to_count():
        rows: list[dict[str, Any]] = list(
            found.order_by()
            .values("place_name", "country_code")
            .annotate(posts=Count("id"), latitude=Avg("latitude"), longitude=Avg("longitude"))
            .order_by("-posts", "place_name")[:MOST]
        )
    return [
        FoundPlace(row["place_name"], row["country_code"], row["posts"], _around(row["latitude"], row["longitude"]))
        for row in rows
        if mask(row["place_name"]) == row["place_name"]  # a name that a person entered may be somebody's home
    ]


def shown_title(incident: Incident) -> str:
    """The incident as results name it."""
    return f"{incident.ref} {mask(incident.title)}"


def _bounded(text: str) -> str:
    return " ".join(text[:LONGEST].replace("\x00", " ").split())


def _around(latitude: float | None, longitude: float | None) -> str:
    if latitude is None or longitude is None:
        return ""
    y, x = round(latitude, 1), round(longitude, 1)  # no closer than a public link tells
    edges = (max(-180, x - AROUND), max(-90, y - AROUND), min(180, x + AROUND), min(90, y + AROUND))
    return ",".join(f"{edge:g}" for edge in edges)
