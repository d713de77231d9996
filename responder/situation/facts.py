"""What a report is generated from: confirmed incidents and reviewed posts of an event, as of the period's end.

How the facts of a report come to be:
1. `past` reads the incidents as they were at the period's end, at its start, and one period before that.
2. Only confirmed ones are counted: people handle or verified them, and they are neither merged nor false.
3. Each figure and each row of a table keeps the ids that it counts, and how many independent authors stand behind them.
4. `roads` adds which roads posts state to be open or closed, and `unknown` says where nothing was heard.

All of it is masked and coarse as what is shared outside (`queries.incidents.shared`), since a report can be published.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from classifier import categories
from responder.models import Event, Incident, Post
from responder.queries import incidents as incident_queries
from responder.queries import items
from responder.situation import figures, past, roads, unknown
from responder.situation.figures import Figure, Independence
from responder.situation.past import PastIncident
from responder.situation.roads import Roads

MOST_LISTED = 200  # incidents of the table
MOST_NEEDS = 100  # rows of the table of needs
MINUTES = 60
DAMAGE = "infrastructure_and_utility_damage"
REVIEWED = (Post.Status.CONFIRMED, Post.Status.CORRECTED)
Facts = dict[str, Any]


def gather(event: Event, start: datetime, end: datetime) -> Facts:
    """The facts of an event's period as plain JSON: figures by key, and the tables of incidents, needs and access."""
    now, at_start, before = past.at_times(event, [end, start, start - (end - start)])
    confirmed, earlier, earliest = (_confirmed(rows) for rows in (now, at_start, before))
    everybody = {one.incident.pk for rows in (confirmed, earlier) for one in rows} | _waiting(now)
    stated = Roads(confirmed, end)
    independence = Independence(everybody, stated.posts)
    listed = [one for one in confirmed if not (one.is_resolved and _was_resolved(at_start, one))]
    return {
        "period": {"from": start.isoformat(), "to": end.isoformat()},
        "figures": _key_figures(confirmed, earlier, earliest, independence)
        | _post_figures(event, start, end)
        | _doubts(now, confirmed, independence)
        | stated.figures(_open(confirmed), independence)
        | unknown.gather(event, start, end),
        "incidents": [_row(one, end, independence, stated) for one in _worst_first(listed)[:MOST_LISTED]],
        "more_incidents": max(0, len(listed) - MOST_LISTED),
        "needs": _needs(confirmed, independence),
        "access": _access(confirmed, independence, stated),
        "map": {"bbox": list(event.bbox) if event.bbox else None},
    }


def _confirmed(rows: dict[int, PastIncident]) -> list[PastIncident]:
    return [one for one in rows.values() if one.is_confirmed]


def _key_figures(
    now: Sequence[PastIncident],
    start: Sequence[PastIncident],
    before: Sequence[PastIncident],
    independence: Independence,
) -> dict[str, Figure]:
    def count(label: str, rows: Iterable[PastIncident], earlier: Iterable[PastIncident]) -> Figure:
        return figures.of_incidents(label, rows, independence, before=earlier)

    fresh, fresh_before = _new(now, start), _new(start, before)
    figure = {
        "confirmed": count(_("Confirmed incidents so far"), now, start),
        "new": count(_("Incidents confirmed in the period"), fresh, fresh_before),
        "unanswered": count(_("Confirmed, and nobody is going"), _unanswered(now), _unanswered(start)),
        "critical": count(_("Confirmed, critical and not resolved"), _critical(now), _critical(start)),
        "going": count(_("Somebody is on the way"), _going(now), _going(start)),
        "places": figures.of_places(
            _("Places with a confirmed incident that is not resolved"), _open(now), independence
        ),
    }
    for outcome, label in (
        ("done", _("Resolved in the period: done")),
        ("cannot_be_met", _("Resolved in the period: cannot be met")),
        ("handed_over", _("Resolved in the period: handed to another organisation")),
    ):
        key = outcome.replace("_", "-")
        figure[key] = count(label, _resolved(now, start, outcome), _resolved(start, before, outcome))
    return figure


def _new(now: Sequence[PastIncident], before: Sequence[PastIncident]) -> list[PastIncident]:
    known = {one.incident.pk for one in before}
    return [one for one in now if one.incident.pk not in known]


def _resolved(now: Sequence[PastIncident], before: Sequence[PastIncident], outcome: str) -> list[PastIncident]:
    known = {one.incident.pk for one in before if one.is_resolved}
    return [one for one in now if one.is_resolved and one.outcome == outcome and one.incident.pk not in known]


def _unanswered(rows: Iterable[PastIncident]) -> list[PastIncident]:
    return [one for one in rows if one.is_unanswered]


def _critical(rows: Iterable[PastIncident]) -> list[PastIncident]:
    return [one for one in rows if one.severity == 1 and not one.is_resolved]


def _going(rows: Iterable[PastIncident]) -> list[PastIncident]:
    return [one for one in rows if one.is_going]


def _open(rows: Iterable[PastIncident]) -> list[PastIncident]:
    return [one for one in rows if not one.is_resolved]


def _was_resolved(before: dict[int, PastIncident], one: PastIncident) -> bool:
    earlier = before.get(one.incident.pk)
    return earlier is not None and earlier.is_resolved


def _post_figures(event: Event, start: datetime, end: datetime) -> dict[str, Figure]:
    rows = Post.objects.filter(event=event, status__in=REVIEWED, reviewed_at__isnull=False)
    now = rows.filter(reviewed_at__gte=start, reviewed_at__lt=end)
    before = rows.filter(reviewed_at__gte=start - (end - start), reviewed_at__lt=start)
    return {"reviewed": figures.of_posts(_("Posts reviewed by people in the period"), now, before=before)}


def _waiting(now: dict[int, PastIncident]) -> set[int]:
    """Ids of critical incidents that nobody has confirmed or ruled out."""
    return {
        number for number, one in now.items()
        if not one.is_confirmed and one.severity == 1 and one.merged_into_id is None
        and one.verification != Incident.Verification.FALSE and not one.is_resolved
    }  # fmt: skip


def _doubts(
    now: dict[int, PastIncident], confirmed: Sequence[PastIncident], independence: Independence
) -> dict[str, Figure]:
    waiting = [now[number] for number in sorted(_waiting(now))]
    single = [one for one in _open(confirmed) if independence.of([one.incident.pk]) < 2]
    return {
        "unconfirmed": figures.of_incidents(_("Critical, and nobody has confirmed it"), waiting, independence),
        "single": figures.of_incidents(
            _("Confirmed and not resolved, from at most one independent author"), single, independence
        ),
    }


def _worst_first(rows: Iterable[PastIncident]) -> list[PastIncident]:
    """Unanswered before others, then by severity, then who waits longest."""
    return sorted(
        rows,
        key=lambda one: (not one.is_unanswered, one.is_resolved, one.severity, one.waiting_since, one.incident.pk),
    )


def _row(one: PastIncident, end: datetime, independence: Independence, stated: Roads) -> dict[str, Any]:
    """An incident as a report lists it, shared as outside: masked, coarse, without names of people."""
    incident = one.incident
    shared = incident_queries.shared(incident)
    minutes = int((end - one.waiting_since).total_seconds() // MINUTES) if one.waiting_since else None
    return {
        "id": incident.pk, "ref": incident.ref, "title": shared["title"], "place": incident_queries.place_name(incident),
        "position": shared["place"] and [shared["place"]["latitude"], shared["place"]["longitude"]],
        "severity": one.severity, "severity_word": str(items.SEVERITY_WORDS.get(one.severity, "")),
        "status": one.status, "status_word": _status_word(one), "outcome": one.outcome,
        "unanswered": one.is_unanswered, "waiting_min": minutes if one.is_unanswered else None,
        "verification": one.verification, "category": shared["category"], "needs": one.needed,
        "roads": stated.values(incident.pk), "posts": incident.size,
        "authors": independence.of([incident.pk]), "summary": shared["public_summary"],
        "is_assigned": bool(incident.owner_id or incident.team_id),
        "started_at": incident.started_at.isoformat(), "last_evidence_at": incident.last_evidence_at.isoformat(),
    }  # fmt: skip


def _status_word(one: PastIncident) -> str:
    word = str(Incident.Status(one.status).label) if one.status in Incident.Status.values else one.status
    known = one.outcome in Incident.Outcome.values
    return f"{word}: {Incident.Outcome(one.outcome).label.lower()}" if one.is_resolved and known else word


def _needs(confirmed: Sequence[PastIncident], independence: Independence) -> list[dict[str, Any]]:
    """Needs by place, as people ticked them on confirmed incidents; the most wanted first."""
    found: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: {"needed": [], "met": []})
    for one in confirmed:
        for need, said in one.needs.items():
            open_need = said == "needed" and not one.is_resolved
            if open_need or said == "met":
                place = incident_queries.place_name(one.incident)
                found[place, need]["needed" if open_need else "met"].append(one.incident.pk)
    rows: list[dict[str, Any]] = [
        {
            "place": place, "need": need, "label": items.need_label(need), "needed": sorted(ids["needed"]),
            "met": sorted(ids["met"]), "authors": independence.of([*ids["needed"], *ids["met"]]),
        }
        for (place, need), ids in found.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-len(row["needed"]), row["place"], row["need"]))[:MOST_NEEDS]


def _access(confirmed: Sequence[PastIncident], independence: Independence, stated: Roads) -> list[dict[str, Any]]:
    """Damage, and roads that posts state to be closed or open, by place: confirmed incidents that are not resolved.

    Places with a closed road come first.
    """
    damaged: dict[str, list[int]] = defaultdict(list)
    on_roads: dict[str, list[int]] = defaultdict(list)
    for one in _open(confirmed):
        place = incident_queries.place_name(one.incident)
        if categories.base_of(one.incident.category) == DAMAGE:
            damaged[place].append(one.incident.pk)
        if stated.of(one.incident.pk):
            on_roads[place].append(one.incident.pk)
    rows: list[dict[str, Any]] = [
        {
            "place": place, "incidents": sorted(damaged[place]), "authors": independence.of(damaged[place] + on_roads[place]),
            "roads": [road.as_row(independence) for pk in sorted(on_roads[place]) for road in stated.of(pk)],
        }
        for place in damaged.keys() | on_roads.keys()
    ]  # fmt: skip
    return sorted(rows, key=_least_accessible)[:MOST_NEEDS]


def _least_accessible(row: dict[str, Any]) -> tuple[int, int, str]:
    closed = sum(road["value"] == roads.CLOSED for road in row["roads"])
    return -closed, -len(row["incidents"]), row["place"]
