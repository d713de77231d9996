"""What happened in an event since a time, as lines of a handover: new, worse, better, unanswered, decided, and who was there."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from responder import roles
from responder.models import Event, Incident, IncidentEntry, Post, User
from responder.privacy.masking import mask
from responder.queries import incidents as incident_queries
from responder.queries import items
from responder.situation import past
from responder.situation.document import minutes_in_words
from responder.situation.past import PastIncident

MOST_LINES = 60  # of a section
MOST_PEOPLE = 60
Verb = IncidentEntry.Verb
DECISIONS = (
    Verb.CONFIRM, Verb.ASSIGN, Verb.SET_OFF, Verb.TURN_BACK, Verb.VERIFY, Verb.RESOLVE, Verb.REOPEN, Verb.MERGE, Verb.SPLIT,
    Verb.PUBLISH,
)  # fmt: skip
RANK = {"open": 0, "confirmed": 1, "assigned": 2, "on_the_way": 3, "resolved": 4}  # how far the response is
Status = Incident.Status


def gather(event: Event, since: datetime, until: datetime) -> dict[str, Any]:
    """The generated lines of each section, and the incidents that each is about."""
    now, before = past.at_times(event, [until, since])
    there = {number: one for number, one in now.items() if _counts(one)}
    entries = _decisions(event, since, until)
    changed = [(one, before[number]) for number, one in there.items() if number in before]
    parts = {
        "new": [_told(one) for number, one in there.items() if number not in before],
        "worse": [_compared(one, old) for one, old in changed if _is_worse(one, old)],
        "better": [_compared(one, old) for one, old in changed if _is_better(one, old)],
        "unanswered": [_waits(one, until) for one in _worst_first(there.values()) if _is_unanswered(one)],
        "decided": [_decided(entry, event) for entry in entries],
    }
    return {
        name: {
            "incidents": sorted({number for number, _line in lines}), "count": len(lines),
            "lines": [line for _number, line in lines[:MOST_LINES]],
        }
        for name, lines in parts.items()
    }  # fmt: skip


def people_on_duty(event: Event, since: datetime) -> list[User]:
    """People who work on the event's incidents, and acted or were signed in since then."""
    acted = IncidentEntry.objects.filter(incident__event=event, at__gte=since, actor__isnull=False).values("actor")
    reviewed = Post.objects.filter(event=event, reviewed_at__gte=since, reviewed_by__isnull=False).values("reviewed_by")
    there = Q(pk__in=acted) | Q(pk__in=reviewed) | Q(sessions__last_seen_at__gte=since)
    found = User.objects.filter(there, may_work_on(event.pk)).distinct()
    return list(found.order_by("first_name", "last_name", "username")[:MOST_PEOPLE])


def may_work_on(event_id: int) -> Exists:
    """For a query of people: whether they are active, and their role lets them work on this event's incidents."""
    return roles.holding(roles.TRIAGE, OuterRef("pk"), event_id)


def _counts(one: PastIncident) -> bool:
    return one.merged_into_id is None and one.verification != Incident.Verification.FALSE


def _is_unanswered(one: PastIncident) -> bool:
    """As `models.incident.UNANSWERED` says it, at that time."""
    return one.status in (Status.CONFIRMED, Status.ASSIGNED) or (one.status == Status.OPEN and one.severity == 1)


def _is_worse(one: PastIncident, old: PastIncident) -> bool:
    fell_back = RANK.get(one.status, 0) < RANK.get(old.status, 0)
    return one.severity < old.severity or (fell_back and old.status in (Status.ON_THE_WAY, Status.RESOLVED))


def _is_better(one: PastIncident, old: PastIncident) -> bool:
    went_on = RANK.get(one.status, 0) > RANK.get(old.status, 0)
    return not _is_worse(one, old) and (
        one.severity > old.severity or (went_on and one.status in (Status.ON_THE_WAY, Status.RESOLVED))
    )


def _worst_first(rows: Iterable[PastIncident]) -> list[PastIncident]:
    return sorted(rows, key=lambda one: (one.severity, one.waiting_since, one.incident.pk))


def _told(one: PastIncident, more: str = "") -> tuple[int, str]:
    incident = one.incident
    place = incident_queries.place_name(incident)
    title = mask(incident.title)
    where = f", {place}" if place and place not in title else ""
    state = f"{items.SEVERITY_WORDS.get(one.severity, '')}, {_status(one).lower()}"
    return incident.pk, f"{incident.ref} {title}{where}: {state}{more}"


def _compared(one: PastIncident, old: PastIncident) -> tuple[int, str]:
    was = f"{items.SEVERITY_WORDS.get(old.severity, '')}, {_status(old).lower()}"
    return _told(one, " " + _("(was: %(before)s)") % {"before": was})


def _waits(one: PastIncident, until: datetime) -> tuple[int, str]:
    minutes = int((until - one.waiting_since).total_seconds() // 60) if one.waiting_since else 0
    return _told(one, "; " + _("nobody going for %(time)s") % {"time": minutes_in_words(minutes)})


def _status(one: PastIncident) -> str:
    word = str(Status(one.status).label) if one.status in Status.values else one.status
    known = one.outcome in Incident.Outcome.values
    return f"{word}: {Incident.Outcome(one.outcome).label}" if one.is_resolved and known else word


def _decisions(event: Event, since: datetime, until: datetime) -> Sequence[IncidentEntry]:
    """What people decided, the newest first, without what was undone."""
    rows = IncidentEntry.objects.filter(
        incident__event=event, at__gte=since, at__lte=until, verb__in=DECISIONS, actor__isnull=False, undone_by=None
    )
    return list(rows.select_related("incident", "actor", "other").order_by("-at", "-id")[: MOST_LINES * 2])


def _decided(entry: IncidentEntry, event: Event) -> tuple[int, str]:
    at = entry.at.astimezone(ZoneInfo(event.time_zone)).strftime("%H:%M")
    who = entry.actor.display_name if entry.actor else ""
    word = entry.get_verb_display()
    outcome = entry.after.get("outcome") if isinstance(entry.after, dict) else ""
    if outcome in Incident.Outcome.values:
        word = f"{word}: {Incident.Outcome(outcome).label.lower()}"
    if entry.other:
        word = f"{word} ({entry.other.ref})"
    return entry.incident_id, f"{at} {entry.incident.ref} {mask(entry.incident.title)}: {word.lower()}, {who}"
