"""Facts of an incident as posts state them, for pages and lists. Numbers are never summed: two posts may count the same people."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from responder.models import Incident, IncidentFact, IncidentPost

MOST = 2_000  # facts that one page reads
State, Kind, Value = IncidentFact.State, IncidentFact.Kind, IncidentFact.Value


@dataclass(frozen=True, slots=True)
class Stated:
    """What the posts of an incident state of one kind.

    Arguments:
        facts: the statements, confirmed ones first, then the newest.
        low, high: the lowest and the highest number, of the confirmed ones where there are any; 0 for no numbers.
        is_confirmed: whether a person confirmed one of them.
    """

    kind: str
    value: str
    facts: tuple[IncidentFact, ...]
    low: int
    high: int
    is_confirmed: bool


def standing(incident_ids: Iterable[int]) -> QuerySet[IncidentFact]:
    """The facts that count: not withdrawn, of posts that belong to the incident or confirmed by a person."""
    belongs = IncidentPost.objects.filter(
        incident=OuterRef("incident"), post=OuterRef("post"), state=IncidentPost.State.ACCEPTED
    )
    rows = IncidentFact.objects.filter(incident__in=list(incident_ids)).exclude(state=State.WITHDRAWN)
    return rows.filter(Q(state=State.CONFIRMED) | Exists(belongs))


def stated(incident: Incident) -> list[Stated]:
    """What posts state of the incident, by kind and value; one query."""
    return stated_of([incident.pk]).get(incident.pk, [])


def stated_of(incident_ids: Iterable[int]) -> dict[int, list[Stated]]:
    """Incident → what posts state of it, by kind and value; one query for any number of incidents."""
    found: dict[int, dict[tuple[str, str], list[IncidentFact]]] = {}
    for fact in standing(incident_ids).select_related("by").order_by("-id")[:MOST]:
        found.setdefault(fact.incident_id, {}).setdefault((fact.kind, fact.value), []).append(fact)
    return {
        incident_id: [_stated(kind, value, by_key[kind, value]) for kind, value in sorted(by_key, key=_order)]
        for incident_id, by_key in found.items()
    }


def people_at_risk(incident_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Incident → lowest and highest number of people as stated; of the confirmed statements where there are any.

    One query for any number of incidents; those without a number are left out.
    """
    rows = standing(incident_ids).filter(kind=Kind.PEOPLE, value=Value.PEOPLE)
    numbers: dict[int, list[tuple[bool, int]]] = {}
    for incident_id, state, number in rows.order_by().values_list("incident", "state", "number").distinct():
        numbers.setdefault(incident_id, []).append((state == State.CONFIRMED, number))
    found: dict[int, tuple[int, int]] = {}
    for incident_id, pairs in numbers.items():
        counted = [number for confirmed, number in pairs if confirmed] or [number for _confirmed, number in pairs]
        found[incident_id] = (min(counted), max(counted))
    return found


def words_for(fact: IncidentFact | Stated) -> str:
    """A fact in words: "80 people", "Road closed"."""
    if fact.kind == Kind.ACCESS:
        return str(Value(fact.value).label)
    low, high = (fact.low, fact.high) if isinstance(fact, Stated) else (fact.number, fact.number)
    number = f"{low:,}" if low == high else f"{low:,}–{high:,}"
    return f"{number} {str(Value(fact.value).label).lower()}"


def _stated(kind: str, value: str, found: list[IncidentFact]) -> Stated:
    confirmed = [fact for fact in found if fact.state == State.CONFIRMED]
    numbers = [fact.number for fact in confirmed or found]
    facts = (*confirmed, *(fact for fact in found if fact.state != State.CONFIRMED))
    return Stated(kind, value, facts, min(numbers), max(numbers), bool(confirmed))


def _order(key: tuple[str, str]) -> tuple[int, int]:
    kind, value = key
    return Kind.values.index(kind) * -1, Value.values.index(value)
