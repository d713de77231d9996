"""Creating and changing events."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from classifier import locks
from monitoring import audit
from responder import roles
from responder.errors import Conflict, FieldChecks, Missing, NotPermitted
from responder.events import reading, references
from responder.models import Event, User

RECORDED = ("name", "hazard", "country_codes", "time_zone", "languages", "keywords", "state")


@audit.atomic()
def create(*, by: User, fields: Mapping[str, Any]) -> Event:
    """Create an event. Raises InvalidFields for all invalid fields together, NotPermitted.

    Arguments:
        fields: as for `reading.read`, and `ref` (empty: made from the name).
    """
    if not roles.allows_in(by, roles.MANAGE_EVENTS, None):
        raise NotPermitted(_not_permitted())
    locks.one_at_a_time("events")  # two of one name get different references
    event, checks = Event(), FieldChecks()
    reading.read(event, fields, checks)
    ref = checks.read("ref", references.chosen, str(fields.get("ref") or ""))
    checks.require_valid()
    event.ref = ref or references.unused(event.name)
    event.save()
    record("event.created", event, by)
    return event


@audit.atomic()
def change(*, event_id: int, version: int, by: User, fields: Mapping[str, Any]) -> Event:
    """Change an event, except its reference and its state.

    Raises Conflict, InvalidFields for all invalid fields together, Missing, NotPermitted.
    """
    event = locked(event_id, version, by)
    before, checks = _values(event), FieldChecks()
    reading.read(event, fields, checks)
    checks.require_valid()
    event.version += 1
    event.save()
    changed = [name for name, value in _values(event).items() if value != before[name]]
    record("event.changed", event, by, changed=changed)
    return event


def find(event_id: int) -> Event:
    """Return the event with this id. Raises Missing."""
    event = Event.objects.filter(pk=event_id).first()
    if event is None:
        raise Missing(_("This event does not exist."))
    return event


def permitted(by: User, event_id: int) -> None:
    """Raise Missing unless this person may see the event, NotPermitted unless they manage it."""
    if not roles.allows_in(by, roles.VIEW, event_id):
        raise Missing(_("This event does not exist."))
    if not roles.allows_in(by, roles.MANAGE_EVENTS, event_id):
        raise NotPermitted(_not_permitted())


def _not_permitted() -> str:
    return _("Only leads and administrators can create and change events.")


def locked(event_id: int, version: int, by: User) -> Event:
    """Return the event, locked for a change by this person. Raises Conflict, Missing, NotPermitted."""
    permitted(by, event_id)
    event = Event.objects.select_for_update(no_key=True).filter(pk=event_id).first()
    if event is None:
        raise Missing(_("This event does not exist."))
    if event.version != version:
        raise Conflict(by=_("Someone"), what=_("changed this event"), at=None, version=event.version)
    return event


def record(action: str, event: Event, by: User, **detail: Any) -> None:
    """Record a change of an event in the audit log."""
    audit.record(
        actor=f"user:{by.username}", action=action, object_type="event", object_id=event.ref, after=_values(event),
        detail={name: getattr(event, name) for name in RECORDED} | {"version": event.version} | detail,
    )  # fmt: skip


def _values(event: Event) -> dict[str, Any]:
    names = (*RECORDED, "area", "west", "south", "east", "north")
    return {name: getattr(event, name) for name in names} | {"started_at": event.started_at.isoformat()}
