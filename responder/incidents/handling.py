"""What people write about an incident: describe, verify, note, publish. `responding` holds the steps of the response.

Every verb is one transaction with its entry in the timeline and its audit record, and raises Conflict where somebody
else was first, Invalid, Missing or NotPermitted.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder import chosen_place, roles
from responder.chosen_place import ChosenPlace
from responder.errors import FieldChecks, Invalid, InvalidFields
from responder.incidents import base, rechecking
from responder.models import Incident, IncidentEntry, User
from responder.models.incident import (
    NOTE_LIMIT,
    PUBLIC_SUMMARY_LIMIT,
    REASON_LIMIT,
    SUMMARY_LIMIT,
    TITLE_LIMIT,
)
from responder.privacy.masking import mask

NEEDS = ("water", "shelter", "medical_help", "food", "search_and_rescue")  # the checklist
NEED_STATES = ("", "needed", "met")
TITLE_MINIMUM = REASON_MINIMUM = 3  # characters
PLACE_NUMBERS = ("latitude", "longitude", "radius_km")
PLACE_FIELDS = chosen_place.FIELDS


@audit.atomic()
def edit(*, incident_id: int, version: int, by: User, **fields: Any) -> IncidentEntry:
    """Edit title, summary, severity, needs (need → needed, met or nothing) or place.

    A place is `place_name`, `latitude`, `longitude` and `radius_km` together; severity and numbers can be texts as typed.
    Verification is never touched. Raises InvalidFields for all invalid fields together.
    """
    incident = base.opened(incident_id, version, by, roles.TRIAGE)
    changes = {name: value for name, value in _edited(fields).items() if getattr(incident, name) != value}
    if not changes:
        raise Invalid(_("Nothing was changed."))
    return base.written(incident, by, base.Verb.EDIT, changes=changes)


@audit.atomic()
def verify(*, incident_id: int, version: int, by: User, verification: str, reason: str) -> IncidentEntry:
    """Set the verification state, with the reason. Rules and edits never set it."""
    incident = base.opened(incident_id, version, by, roles.LEAD)
    checks = FieldChecks()
    checks.read("verification", _verification, verification)
    reason = checks.read("reason", _reason, reason)
    checks.require_valid()
    changes: dict[str, Any] = {"verification": verification, "verified_by_id": by.pk, "verified_at": clock.now()}
    if verification == Incident.Verification.VERIFIED:
        changes |= rechecking.by_person(by)
    return base.written(incident, by, base.Verb.VERIFY, changes=changes, note=reason)


@audit.atomic()
def note(*, incident_id: int, version: int, by: User, text: str) -> IncidentEntry:
    """Add a note to the timeline."""
    incident = base.opened(incident_id, version, by, roles.TRIAGE)
    text = base.bounded_field("text", text, NOTE_LIMIT, what=_("A note"), least=1)
    return base.written(incident, by, base.Verb.NOTE, note=text)


@audit.atomic()
def publish(*, incident_id: int, version: int, by: User, text: str) -> IncidentEntry:
    """Share a masked summary with partners; an empty text withdraws it."""
    incident = base.opened(incident_id, version, by, roles.LEAD)
    text = mask(base.bounded_field("text", text, PUBLIC_SUMMARY_LIMIT, what=_("A public summary")))
    changes = {"public_summary": text, "public_at": clock.now() if text else None}
    return base.written(incident, by, base.Verb.PUBLISH, changes=changes)


def _edited(fields: Mapping[str, Any]) -> dict[str, Any]:
    unknown = fields.keys() - {"title", "summary", "severity", "needs", *PLACE_FIELDS}
    if unknown:
        raise Invalid(_("These fields can't be changed here: %(names)s.") % {"names": ", ".join(sorted(unknown))})
    checks, changes = FieldChecks(), dict[str, Any]()
    if "title" in fields:
        changes |= {"title": checks.read("title", _title, fields["title"]), "title_by_person": True}
    if "summary" in fields:
        what = _("A summary")
        changes["summary"] = checks.read("summary", base.bounded, fields["summary"], SUMMARY_LIMIT, what=what)
    if "severity" in fields:
        changes |= {"severity": checks.read("severity", _severity, fields["severity"]), "severity_by_person": True}
    if "needs" in fields:
        changes["needs"] = checks.read("needs", _needs, fields["needs"])
    if fields.keys() & set(PLACE_FIELDS):
        changes |= _place(fields, checks)
    checks.require_valid()
    return changes


def _title(text: str) -> str:
    title = base.bounded(text, TITLE_LIMIT, what=_("A title"), least=TITLE_MINIMUM)
    return mask(title)[:TITLE_LIMIT]  # people search titles


def _severity(value: Any) -> int:
    if str(value) not in ("1", "2", "3", "4"):
        raise Invalid(_("Severity must be a number from 1 (critical) to 4 (low)."))
    return int(value)


def _verification(value: str) -> str:
    if value not in Incident.Verification.values:
        raise Invalid(_("Choose verified, unverified, false or unverifiable."))
    return value


def _reason(text: str) -> str:
    return base.bounded(text, REASON_LIMIT, what=_("A reason"), least=REASON_MINIMUM)


def _needs(needs: Mapping[str, str]) -> dict[str, str]:
    if not needs.keys() <= set(NEEDS) or not set(needs.values()) <= set(NEED_STATES):
        raise Invalid(_("This need, or its status, is not valid."))
    return {need: needs[need] for need in NEEDS if needs.get(need)}


def _place(fields: Mapping[str, Any], checks: FieldChecks) -> dict[str, Any]:
    """Return the columns of the place. Without latitude and longitude it has only a name, and without that it is no place."""
    typed = {key: str("" if fields.get(key) is None else fields[key]).strip() for key in PLACE_FIELDS}
    if not typed["latitude"] and not typed["longitude"]:
        name = checks.read("place_name", chosen_place.parse_name, fields.get("place_name"))
        return {"place_name": name, "place_by_person": True} | dict.fromkeys(PLACE_NUMBERS)
    try:
        place = ChosenPlace.parse(**typed)
    except InvalidFields as error:
        for key, message in error.fields.items():
            checks.refuse(key, message)
        return {}
    numbers = {key: getattr(place, key) for key in PLACE_NUMBERS}
    return {"place_name": place.name, "place_by_person": True} | numbers
