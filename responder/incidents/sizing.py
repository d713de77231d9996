"""Figures of an incident from its posts: size, authors, times, severity, place. Never edits what people wrote."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, Count, F, Max, Min, Q, QuerySet, Value, When
from django.db.models.functions import Concat, NullIf

from classifier import categories, clock
from responder.incidents import answering, titles
from responder.models import Incident, IncidentPost, Post
from responder.privacy import policy
from responder.queueing import bulk_rows

BELONGS = Q(memberships__state=IncidentPost.State.ACCEPTED)


def evidence(incident: Incident) -> QuerySet[Post]:
    """The posts that belong to the incident."""
    return Post.objects.filter(memberships__incident=incident, memberships__state=IncidentPost.State.ACCEPTED)


def recount(incident_ids: Iterable[int]) -> None:
    """Recompute the figures of incidents, and what their posts say about the response; four queries."""
    ids = set(incident_ids)
    figures = {row["incident"]: row for row in _figures(ids)}
    incidents = list(Incident.objects.filter(pk__in=ids))
    for incident in incidents:
        _counted(incident, figures.get(incident.pk))
    bulk_rows.update(incidents, ["size", "authors", "started_at", "last_evidence_at", "severity"])
    answering.follow(ids)


def _counted(incident: Incident, row: dict[str, Any] | None) -> None:
    if row is None:
        incident.size = incident.authors = 0
        return
    incident.size = row["size"]
    incident.authors = row["named"] + (1 if row["nameless"] else 0)  # posts without an author may all be by one person
    incident.started_at, incident.last_evidence_at = row["first"], row["last"]
    if not incident.severity_by_person:
        incident.severity = row["worst"] or 4


def describe(incident: Incident, posts: Iterable[Post]) -> None:
    """Set title, category and place of a new, unsaved incident from its posts."""
    posts = list(posts)
    counted = [post.category for post in posts if post.category not in ("", categories.CANT_JUDGE)]
    incident.category = max(sorted(set(counted)), key=counted.count, default="")
    incident.severity = min((post.severity or 4 for post in posts), default=4)
    placed = [post for post in posts if post.located]
    if placed:
        finest = min(placed, key=lambda post: (post.radius_km or 0, post.pk))
        # A position that the text states may have no name; then the next finest place names the incident.
        named = [post for post in placed if post.place_name] or [finest]
        incident.place_name = min(named, key=lambda post: (post.radius_km or 0, post.pk)).place_name
        incident.radius_km = max(post.radius_km or 0 for post in placed)
        incident.latitude, incident.longitude = policy.position(finest)
    incident.started_at = min(post.created_at for post in posts)
    newest = max(posts, key=lambda post: (post.created_at, post.pk or 0))
    incident.last_evidence_at = newest.created_at
    incident.last_confirmed_at, incident.last_confirmed_post = min(newest.created_at, clock.now()), newest
    incident.title = titles.compose(posts, category=incident.category, place=incident.place_name)


def _figures(incident_ids: set[int]) -> QuerySet:
    author = Concat("post__source", Value(":"), NullIf("post__author_handle", Value("")))
    named = ~Q(post__author_handle="")
    return (
        IncidentPost.objects.filter(incident__in=incident_ids, state=IncidentPost.State.ACCEPTED)
        .order_by()
        .values("incident")
        .annotate(
            size=Count("id"),
            named=Count(Case(When(named, then=author)), distinct=True),
            nameless=Count("id", filter=Q(post__author_handle="")),
            first=Min("post__created_at"),
            last=Max("post__created_at"),
            worst=Min(F("post__severity")),
        )
    )
