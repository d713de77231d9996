"""Removing posts from incidents when their source deletes or edits them; the timeline notes it."""

from collections.abc import Iterable, Sequence

from responder.incidents import answering, base, sizing
from responder.models import Incident, IncidentEntry, IncidentFact, IncidentPost, SuggestedPost

State = IncidentPost.State


def forget_rule(post_ids: Sequence[int]) -> None:
    """Remove memberships that rules created for posts; those that people created stay. Needs a transaction.

    An incident of which nothing would be left keeps its posts: it must not lose its reason because they were edited.
    """
    rows = IncidentPost.objects.filter(post__in=post_ids, by=None, state__in=[State.ACCEPTED, State.SUGGESTED])
    touched = _locked(rows.values_list("incident", flat=True))
    SuggestedPost.objects.filter(post__in=post_ids).delete()
    IncidentFact.objects.filter(post__in=post_ids, state=IncidentFact.State.STATED).delete()
    accepted = IncidentPost.objects.filter(incident__in=touched, state=State.ACCEPTED)
    staying = set(accepted.exclude(pk__in=rows.values("pk")).values_list("incident", flat=True))
    emptied = [incident.pk for incident in touched if incident.pk not in staying]
    rows.exclude(incident__in=emptied, state=State.ACCEPTED).delete()
    answering.follow_posts(post_ids)
    _written(touched, "")


def follow_edits(post_ids: Sequence[int]) -> None:
    """Describe the incidents of posts anew that were edited and understood again. Needs the event's lock."""
    rows = IncidentPost.objects.filter(post__in=post_ids, state=State.ACCEPTED) if post_ids else []
    incidents = list(Incident.objects.filter(memberships__in=rows).distinct()) if rows else []
    if incidents:
        _written(incidents, "")


def forget(post_ids: Sequence[int]) -> None:
    """Remove posts from all incidents before they are deleted; a timeline note says how many."""
    rows = IncidentPost.objects.filter(post__in=post_ids)
    counted: dict[int, int] = {}
    for incident_id in rows.filter(state=State.ACCEPTED).values_list("incident", flat=True):
        counted[incident_id] = counted.get(incident_id, 0) + 1
    touched = _locked(counted)
    SuggestedPost.objects.filter(post__in=post_ids).delete()
    IncidentFact.objects.filter(post__in=post_ids).exclude(state=IncidentFact.State.CONFIRMED).delete()
    rows.delete()
    _written(touched, "deleted at the source", counted)


def _locked(incident_ids: Iterable[int]) -> list[Incident]:
    """The incidents, with their events locked in a fixed order, so that two callers can't deadlock."""
    incidents = list(Incident.objects.filter(pk__in=set(incident_ids)))
    for event_id in sorted({incident.event_id or 0 for incident in incidents}):
        base.locked(event_id or None)
    return incidents


def _written(incidents: Sequence[Incident], note: str, counted: dict[int, int] | None = None) -> None:
    sizing.recount(incident.pk for incident in incidents)
    for incident in incidents:
        _described_anew(incident)
    if counted:
        IncidentEntry.objects.bulk_create(
            IncidentEntry(
                incident=incident, verb=base.Verb.DETACH, posts=counted[incident.pk], version=incident.version, note=note
            )
            for incident in incidents
        )  # fmt: skip


def _described_anew(incident: Incident) -> None:
    """Derive title, category and place from the remaining posts, unless a person wrote them."""
    posts = list(sizing.evidence(incident).order_by("pk")[: base.DESCRIBED_BY])
    if not posts:
        if not incident.place_by_person:
            Incident.objects.filter(pk=incident.pk).update(place_name="", latitude=None, longitude=None, radius_km=None)
        if not incident.title_by_person:
            Incident.objects.filter(pk=incident.pk).update(title="Posts that are no more")
        return
    fresh = Incident()
    sizing.describe(fresh, posts)
    changes = {} if incident.title_by_person else {"title": fresh.title, "category": fresh.category}
    if not incident.place_by_person:
        changes |= {name: getattr(fresh, name) for name in ("place_name", "latitude", "longitude", "radius_km")}
    Incident.objects.filter(pk=incident.pk).update(**changes)
