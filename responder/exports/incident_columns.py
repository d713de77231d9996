"""The columns of an exported incident, and those of the 5W table: who does what, where, when, for whom.

No names are exported: “who” only says whether a team is working on it. How many people are in need is not known; how
many wrote is.
"""

from collections.abc import Callable
from typing import Any

from classifier import categories
from responder.exports.columns import SEVERITIES
from responder.exports.tables import Column, Table, Value
from responder.models import Incident
from responder.privacy import policy
from responder.queries import incidents

SECTORS = {
    "water": "Water, sanitation and hygiene",
    "shelter": "Shelter",
    "medical_help": "Health",
    "food": "Food security",
    "search_and_rescue": "Search and rescue",
}


def _shared(name: str) -> Callable[[Incident], Value]:
    return lambda incident: incidents.shared(incident)[name]


def _place(name: str) -> Callable[[Incident], Value]:
    return lambda incident: (incidents.shared(incident)["place"] or {}).get(name)


def _time(name: str) -> Callable[[Incident], Value]:
    def read(incident: Incident) -> Value:
        moment = getattr(incident, name)
        return moment.isoformat() if moment else ""

    return read


def _needs(state: str, words: dict[str, str] | None = None) -> Callable[[Incident], Value]:
    def read(incident: Incident) -> Value:
        found = sorted(need for need, said in incident.needs.items() if said == state)
        return "|".join((words or {}).get(need, need) for need in found)

    return read


def _status(incident: Any) -> Value:
    event = incident.event
    return policy.EXERCISE if incident.is_exercise or (event and event.is_exercise) else policy.ACTUAL


def _place_set_by(incident: Incident) -> Value:
    """`person`; `posts` where the place is that of the incident's posts; empty where nothing places the incident."""
    if incident.place_by_person:
        return policy.PERSON
    return "posts" if incidents.shared(incident)["place"] else ""


def _what(incident: Incident) -> Value:
    return categories.label(incident.category) if incident.category in categories.BY_ID else ""


REF = Column("ref", "#meta+id", lambda incident: incident.ref)
DATA_STATUS = Column("data_status", "#status+data", _status)
EVENT = Column("event", "#crisis+code", lambda incident: incident.event.ref if incident.event else "")
WHERE = (
    Column("place", "#loc+name", _place("name")),
    Column("latitude", "#geo+lat", _place("latitude")),
    Column("longitude", "#geo+lon", _place("longitude")),
    Column("radius_km", "#geo+radius+km", _place("radius_km")),
    Column("place_set_by", "#meta+loc+method", _place_set_by),
)
REPORTS = (
    Column("posts", "#indicator+posts+num", lambda incident: incident.size),
    Column("authors", "#indicator+authors+num", lambda incident: incident.authors),
)
COLUMNS = (
    REF,
    DATA_STATUS,
    Column("title", "#description+title", _shared("title")),
    Column("status", "#status+incident", lambda incident: incident.status),
    Column("outcome", "#status+outcome", lambda incident: incident.outcome),
    Column("unanswered", "#status+unanswered", lambda incident: incident.unanswered),
    Column("waiting_since", "#date+waiting+start", _time("waiting_since")),
    Column("seen_at", "#date+seen", _time("seen_at")),
    Column("going_at", "#date+going", _time("going_at")),
    Column("team", "#org+team+name", _shared("team")),
    Column("severity", "#severity+level", lambda incident: incident.severity),
    Column("severity_word", "#severity+name", lambda incident: SEVERITIES.get(incident.severity, "")),
    Column("category", "#event+category", _shared("category")),
    Column("verification", "#status+verification", lambda incident: incident.verification),
    Column("needed", "#need+open+list", _needs("needed")),
    Column("met", "#need+met+list", _needs("met")),
    *WHERE,
    *REPORTS,
    Column("started_at", "#date+start", _time("started_at")),
    Column("last_evidence_at", "#date+reported", _time("last_evidence_at")),
    Column("public_summary", "#description+summary", _shared("public_summary")),
    EVENT,
)
INCIDENTS = Table("incident", COLUMNS, id="ref", title="title", text="public_summary", time="last_evidence_at")
FIVE_W = Table(
    "incident",
    (
        REF,
        DATA_STATUS,
        Column("who", "#org+name", lambda incident: "this team" if incident.owner_id or incident.team_id else ""),
        Column("what", "#activity+name", _what),
        Column("sectors", "#sector+list", _needs("needed", SECTORS)),
        Column("state", "#status+activity", lambda incident: incident.status),
        *WHERE,
        Column("since", "#date+start", _time("started_at")),
        Column("until", "#date+reported", _time("last_evidence_at")),
        Column("for_whom", "#group+description", lambda incident: f"people at {_place('name')(incident)}" if incident.place_name else ""),
        *REPORTS,
        Column("severity", "#severity+name", lambda incident: SEVERITIES.get(incident.severity, "")),
        EVENT,
    ),
    id="ref", title="what", text="sectors", time="until",
)  # fmt: skip
