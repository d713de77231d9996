"""The steps of the response to an incident: confirm, assign, set off, turn back, resolve, reopen.

An incident is unanswered (`responder.models.incident.UNANSWERED`) until somebody is on the way or it is resolved. Every
verb is one transaction with its entry in the timeline and its audit record, and raises Conflict where somebody else was
first, Invalid, Missing or NotPermitted.
"""

from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder import roles
from responder.errors import FieldChecks, Invalid, InvalidFields
from responder.incidents import base, rechecking
from responder.models import Incident, IncidentEntry, Team, User
from responder.models.incident import NOTE_LIMIT, REASON_LIMIT

REASON_MINIMUM = 3  # characters
Status = Incident.Status


@audit.atomic()
def confirm(*, incident_id: int, version: int, by: User, note: str = "") -> IncidentEntry:
    """Say that the incident is real and needs an answer. Nobody is going yet, so it stays unanswered."""
    incident = base.opened(incident_id, version, by, roles.TRIAGE, resolved=False)
    if incident.status != Status.OPEN:
        raise Invalid(_("The incident is already confirmed."))
    note = base.bounded_field("note", note, NOTE_LIMIT, what=_("A note"))
    return base.written(
        incident, by, base.Verb.CONFIRM, changes={"status": Status.CONFIRMED} | rechecking.by_person(by), note=note
    )


@audit.atomic()
def assign(
    *, incident_id: int, version: int, by: User, to: int | None = None, team: int | None = None
) -> IncidentEntry:
    """Assign the incident to a person who answers for it, to a team that goes, or both.

    Arguments:
        to: id of an active person who may review posts; None leaves the owner as it is.
        team: id of an active team of the incident's event; None leaves the team as it is.

    Everybody who reviews posts may take an incident; a lead assigns it to others.
    """
    ability = roles.TRIAGE if to == by.pk and team is None else roles.LEAD
    incident = base.opened(incident_id, version, by, ability, resolved=False)
    if to is None and team is None:
        raise InvalidFields({"to": _("Choose a person or a team.")})
    checks, changes, names = FieldChecks(), dict[str, object](), []
    if to is not None and (owner := checks.read("to", _owner, incident, to)):
        changes["owner_id"] = owner.pk
        names.append(owner.display_name)
    if team is not None and (going := checks.read("team", _team, incident, team)):
        changes["team_id"] = going.pk
        names.append(going.name)
    checks.require_valid()
    if incident.status != Status.ON_THE_WAY:
        changes["status"] = Status.ASSIGNED
    return base.written(incident, by, base.Verb.ASSIGN, changes=changes, note=", ".join(names))


@audit.atomic()
def set_off(*, incident_id: int, version: int, by: User, note: str = "") -> IncidentEntry:
    """Say that the owner or the team is on the way: from now on the incident is answered."""
    incident = base.opened(incident_id, version, by, roles.TRIAGE, resolved=False)
    if incident.status == Status.ON_THE_WAY:
        raise Invalid(_("Somebody is already on the way."))
    if incident.owner_id is None and incident.team_id is None:
        raise Invalid(_("Nobody is assigned. Assign the incident to a person or a team first."))
    note = base.bounded_field("note", note, NOTE_LIMIT, what=_("A note"))
    changes = {"status": Status.ON_THE_WAY, "going_at": clock.now()}
    return base.written(incident, by, base.Verb.SET_OFF, changes=changes, note=note)


@audit.atomic()
def turn_back(*, incident_id: int, version: int, by: User, reason: str) -> IncidentEntry:
    """Say that whoever was on the way did not get there, with the reason: the incident is unanswered again."""
    incident = base.opened(incident_id, version, by, roles.TRIAGE, resolved=False)
    if incident.status != Status.ON_THE_WAY:
        raise Invalid(_("Nobody is on the way."))
    changes = {"status": Status.ASSIGNED, "going_at": None}
    return base.written(incident, by, base.Verb.TURN_BACK, changes=changes, note=_reason(reason))


@audit.atomic()
def resolve(*, incident_id: int, version: int, by: User, outcome: str, reason: str) -> IncidentEntry:
    """Resolve the incident: done, cannot be met, or handed to another organisation, with the reason."""
    incident = base.opened(incident_id, version, by, roles.LEAD, resolved=False)
    checks = FieldChecks()
    outcome = checks.read("outcome", _outcome, outcome)
    reason = checks.read("reason", base.bounded, reason, REASON_LIMIT, what=_("A reason"), least=REASON_MINIMUM)
    checks.require_valid()
    changes = {"status": Status.RESOLVED, "outcome": outcome, "resolution": reason}
    return base.written(incident, by, base.Verb.RESOLVE, changes=changes, note=reason)


@audit.atomic()
def reopen(*, incident_id: int, version: int, by: User, reason: str) -> IncidentEntry:
    """Reopen a resolved incident: it keeps its owner and team, and its clocks start anew."""
    incident = base.opened(incident_id, version, by, roles.LEAD)
    if not incident.resolved:
        raise Invalid(_("The incident is not resolved."))
    changes = {
        "status": Status.ASSIGNED if incident.owner_id or incident.team_id else Status.CONFIRMED, "outcome": "",
        "resolution": "", "going_at": None, "waiting_since": clock.now(),
    } | rechecking.by_person(by)  # fmt: skip
    return base.written(incident, by, base.Verb.REOPEN, changes=changes, note=_reason(reason))


def _reason(reason: str) -> str:
    return base.bounded_field("reason", reason, REASON_LIMIT, what=_("A reason"), least=REASON_MINIMUM)


def _owner(incident: Incident, to: int) -> User:
    owner = User.objects.filter(pk=to, is_active=True).first()
    if owner is None or not roles.allows_in(owner, roles.TRIAGE, incident.event_id):
        raise Invalid(_("Choose a person whose role lets them work on incidents."))
    return owner


def _team(incident: Incident, team: int) -> Team:
    found = Team.objects.filter(pk=team, is_active=True, event=incident.event_id).first()
    if found is None:
        raise Invalid(_("Choose a team of this event."))
    return found


def _outcome(outcome: str) -> str:
    if outcome not in Incident.Outcome.values:
        raise Invalid(_("Choose done, cannot be met or handed to another organisation."))
    return outcome
