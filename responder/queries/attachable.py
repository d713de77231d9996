"""Which incidents a post can be attached to: those that the rule suggests, then active ones at its place."""

from dataclasses import dataclass
from typing import Any

from responder import roles
from responder.models import Event, Incident, IncidentPost
from responder.queries import incidents

SHOWN = 8


@dataclass(frozen=True, slots=True)
class IncidentChoice:
    """The incidents to which a post can be attached.

    Arguments:
        member: the incident that the post belongs to, if any.
        candidates: others as `incidents.present` shows them, the likeliest first.
    """

    member: Incident | None
    candidates: list[dict[str, Any]]


def choice_for(
    post_id: int, event: Event | None, *, place: str, reader: roles.Person, title: str = "", most: int = SHOWN
) -> IncidentChoice:
    """The incidents to offer for a post, in three queries.

    Arguments:
        reader: who may see the post.
        place: name of the post's place; empty for none.
        title: words or a reference that somebody looks for, wherever it is.
    """
    belongs = IncidentPost.objects.filter(post=post_id, state=IncidentPost.State.ACCEPTED).select_related("incident")
    member = belongs.first()
    suggested = Incident.objects.filter(
        memberships__post=post_id, memberships__state=IncidentPost.State.SUGGESTED, merged_into=None
    ).select_related("owner")[:most]
    visible_events = roles.events_of(reader, roles.TRIAGE)
    active = incidents.matching(incidents.IncidentFilter(q=title), event, visible_events)
    near = active.filter(place_name=place) if place and not title else active
    shown = {one.pk: incidents.present(one) for one in [*suggested, *incidents.page(near, size=most).incidents]}
    return IncidentChoice(member.incident if member else None, list(shown.values())[:most])
