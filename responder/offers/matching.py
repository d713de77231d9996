"""Incidents that an offer may serve: they need its kind of help, and are near."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from classifier.places.distance import distance_km
from responder.models import Incident, IncidentPost, Offer

LOOKED_AT = 200  # open incidents of an event, the most severe first
POSTS_READ = 5_000
SHOWN = 3  # a suggestion is to be read at a glance
MOST_KM = 200.0


@dataclass(frozen=True, slots=True)
class Match:
    """An incident that an offer may serve, and why.

    Arguments:
        needs: kinds of help that the offer has and the incident needs.
        stated_by: "people" where a person ticked one of the needs, otherwise "posts".
        km: between the two places, as the crow flies.
    """

    incident: Incident
    needs: tuple[str, ...]
    stated_by: str
    km: float


class Needs:
    """What the open incidents of an event need; read once for all of its offers, in two queries."""

    def __init__(self, event_id: int | None) -> None:
        rows = Incident.objects.filter(event=event_id, merged_into=None, latitude__isnull=False)
        rows = rows.exclude(status=Incident.Status.RESOLVED).exclude(verification=Incident.Verification.FALSE)
        self._incidents = list(rows.order_by("severity", "waiting_since", "pk")[:LOOKED_AT])
        self._reported: dict[int, set[str]] = defaultdict(set)
        members = IncidentPost.objects.filter(incident__in=self._incidents, state=IncidentPost.State.ACCEPTED)
        for incident_id, needs in members.order_by("-id").values_list("incident", "post__needs")[:POSTS_READ]:
            self._reported[incident_id].update(_kinds(needs))

    def matches(self, offer: Offer) -> list[Match]:
        """The incidents that the offer may serve, of those that need it the nearest; none where the offer has no place."""
        post = offer.post
        if post.latitude is None or post.longitude is None:
            return []
        found = [self._match(offer, (post.latitude, post.longitude), incident) for incident in self._incidents]
        near = [match for match in found if match and match.km <= MOST_KM]
        return sorted(near, key=lambda match: (match.incident.severity, match.km))[:SHOWN]

    def _match(self, offer: Offer, where: tuple[float, float], incident: Incident) -> Match | None:
        ticked = {need for need, state in incident.needs.items() if state == "needed"}
        met = {need for need, state in incident.needs.items() if state == "met"}
        needed = (ticked | self._reported[incident.pk]) - met
        both = tuple(sorted(needed & offer.kinds.keys()))
        if not both:
            return None
        km = distance_km(where, (incident.latitude or 0.0, incident.longitude or 0.0))
        return Match(incident, both, "people" if ticked & set(both) else "posts", km)


def _kinds(needs: Sequence[str] | None) -> Iterable[str]:
    """Needs of a post, by the names of the checklist: `shelter_related` is `shelter`."""
    return (need.removesuffix("_related") for need in needs or ())
