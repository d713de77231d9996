"""An event's teams as its page lists them."""

from typing import Any

from django.db.models import Count, Q

from responder.models import Event, Incident
from responder.queries.items import need_label
from responder.teams.forms import AvailabilityForm

OPEN = Q(incidents__merged_into=None) & ~Q(incidents__status=Incident.Status.RESOLVED)


def of(event: Event) -> list[dict[str, Any]]:
    """The teams, those in use first, each with its skills in words, its open incidents and a form for its availability."""
    teams = event.teams.select_related("area").annotate(assigned=Count("incidents", filter=OPEN))
    return [
        {
            "team": team, "skills": [need_label(skill) for skill in team.skills], "assigned": team.assigned,
            "form": AvailabilityForm(
                name=f"team-{team.pk}", initial={"version": team.version, "availability": team.availability}
            ),
        }
        for team in teams.order_by("-is_active", "name")
    ]  # fmt: skip
