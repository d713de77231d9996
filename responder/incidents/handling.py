"""What people decide about an incident: acknowledge, assign, describe, verify, resolve, reopen, publish.

Every verb is one transaction with its entry in the timeline and its audit record, and raises Conflict where somebody
else was first, Invalid, Missing or NotPermitted.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder import roles
from responder.errors import Invalid
from responder.incidents import base
from responder.models import Incident, IncidentEntry, User
from responder.privacy.masking import mask

NEEDS = ("water", "shelter", "medical_help", "food", "search_and_rescue")  # the checklist
NEED_STATES = ("", "needed", "met")
SUMMARY, NOTE, REASON = 4_000, 2_000, 1_000
Status = Incident.Status


@audit.atomic()
def acknowledge(*, incident_id: int, version: int, by: User, note: str = "") -> IncidentEntry:
    """Acknowledge the incident, optionally with a note."""
    base.permitted(by, roles.TRIAGE)
    incident = base.opened(incident_id, version, resolved=False)
    if incident.status != Status.OPEN:
        raise Invalid(_("The incident is already acknowledged."))
    note = base.bounded(note, NOTE, what=_("A note"))
    return base.written(incident, by, base.Verb.ACKNOWLEDGE, changes={"status": Status.ACKNOWLEDGED}, note=note)


@audit.atomic()
def assign(*, incident_id: int, version: int, by: User, to: int) -> IncidentEntry:
    """Assign the incident to an active person who may review posts."""
    base.permitted(by, roles.LEAD)
    incident = base.opened(incident_id, version, resolved=False)
    owner = User.objects.filter(pk=to, is_active=True).first()
    if owner is None or not roles.allows(owner, roles.TRIAGE):
        raise Invalid(_("Choose a person whose role lets them work on incidents."))
    changes = {"status": Status.ASSIGNED, "owner_id": owner.pk}
    return base.written(incident, by, base.Verb.ASSIGN, changes=changes, note=owner.display_name)


@audit.atomic()
def edit(*, incident_id: int, version: int, by: User, **fields: Any) -> IncidentEntry:
    """Edit title, summary, severity, needs (need → needed, met or nothing) or place.

    A place is `place_name`, `latitude`, `longitude` and `radius_km` together. Verification is never touched.
    """
    base.permitted(by, roles.TRIAGE)
    incident = base.opened(incident_id, version)
    changes = {name: value for name, value in _edited(fields).items() if getattr(incident, name) != value}
    if not changes:
        raise Invalid(_("Nothing was changed."))
    return base.written(incident, by, base.Verb.EDIT, changes=changes)


@audit.atomic()
def verify(*, incident_id: int, version: int, by: User, verification: str, reason: str) -> IncidentEntry:
    """Set the verification state, with the reason. Rules and edits never set it."""
    base.permitted(by, roles.LEAD)
    incident = base.opened(incident_id, version)
    if verification not in Incident.Verification.values:
        raise Invalid(_("Choose verified, unverified, false or unverifiable."))
    reason = base.bounded(reason, REASON, what=_("A reason"), least=3)
    changes = {"verification": verification, "verified_by_id": by.pk, "verified_at": clock.now()}
    return base.written(incident, by, base.Verb.VERIFY, changes=changes, note=reason)


@audit.atomic()
def note(*, incident_id: int, version: int, by: User, text: str) -> IncidentEntry:
    """Add a note to the timeline."""
    base.permitted(by, roles.TRIAGE)
    incident = base.opened(incident_id, version)
    return base.written(incident, by, base.Verb.NOTE, note=base.bounded(text, NOTE, what=_("A note"), least=1))


@audit.atomic()
def resolve(*, incident_id: int, version: int, by: User, reason: str) -> IncidentEntry:
    """Resolve the incident, with the reason."""
    base.permitted(by, roles.LEAD)
    incident = base.opened(incident_id, version, resolved=False)
    reason = base.bounded(reason, REASON, what=_("A reason"), least=3)
    changes = {"status": Status.RESOLVED, "resolution": reason}
    return base.written(incident, by, base.Verb.RESOLVE, changes=changes, note=reason)


@audit.atomic()
def reopen(*, incident_id: int, version: int, by: User, reason: str) -> IncidentEntry:
    """Reopen a resolved incident; it keeps its owner."""
    base.permitted(by, roles.LEAD)
    incident = base.opened(incident_id, version)
    if not incident.resolved:
        raise Invalid(_("The incident is not resolved."))
    reason = base.bounded(reason, REASON, what=_("A reason"), least=3)
    status = Status.ASSIGNED if incident.owner_id else Status.OPEN
    return base.written(incident, by, base.Verb.REOPEN, changes={"status": status, "resolution": ""}, note=reason)


@audit.atomic()
def publish(*, incident_id: int, version: int, by: User, text: str) -> IncidentEntry:
    """Share a masked summary with partners; an empty text withdraws it."""
    base.permitted(by, roles.LEAD)
    incident = base.opened(incident_id, version)
    text = mask(base.bounded(text, 2_000, what=_("A public summary")))
    changes = {"public_summary": text, "public_at": clock.now() if text else None}
    return base.written(incident, by, base.Verb.PUBLISH, changes=changes)


def _edited(fields: Mapping[str, Any]) -> dict[str, Any]:
    unknown = fields.keys() - {
        "title", "summary", "severity", "needs", "place_name", "latitude", "longitude", "radius_km"
    }  # fmt: skip
    if unknown:
        raise Invalid(_("These fields can't be changed here: %(names)s.") % {"names": ", ".join(sorted(unknown))})
    changes: dict[str, Any] = {}
    if "title" in fields:
        title = mask(base.bounded(fields["title"], 200, what=_("A title"), least=3))[:200]  # people search titles
        changes |= {"title": title, "title_by_person": True}
    if "summary" in fields:
        changes["summary"] = base.bounded(fields["summary"], SUMMARY, what=_("A summary"))
    if "severity" in fields:
        changes |= {"severity": _severity(fields["severity"]), "severity_by_person": True}
    if "needs" in fields:
        changes["needs"] = _needs(fields["needs"])
    if fields.keys() & {"place_name", "latitude", "longitude", "radius_km"}:
        changes |= _place(fields)
    return changes


def _severity(value: Any) -> int:
    if value not in (1, 2, 3, 4):
        raise Invalid(_("Severity must be a number from 1 (critical) to 4 (low)."))
    return int(value)


def _needs(needs: Mapping[str, str]) -> dict[str, str]:
    if not needs.keys() <= set(NEEDS) or not set(needs.values()) <= set(NEED_STATES):
        raise Invalid(_("This need, or its status, is not valid."))
    return {need: needs[need] for need in NEEDS if needs.get(need)}


def _place(fields: Mapping[str, Any]) -> dict[str, Any]:
    name = base.bounded(str(fields.get("place_name") or ""), 200, what=_("A place"))
    place = {"place_name": name, "place_by_person": True}
    limits = {"latitude": 90.0, "longitude": 180.0, "radius_km": 500.0}
    values = {key: fields.get(key) for key in limits}
    if all(value is None for value in values.values()):
        return place | values
    for key, limit in limits.items():
        value = values[key]
        if not isinstance(value, int | float) or not -limit <= value <= limit or (key == "radius_km" and value <= 0):
            raise Invalid(_("A place needs latitude, longitude and a radius of up to 500 km."))
    return place | values
