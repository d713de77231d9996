"""The areas of an event's teams: named polygons."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from classifier import locks
from monitoring import audit
from responder.errors import Conflict, FieldChecks, Invalid, InvalidFields, Missing
from responder.events import areas
from responder.events.managing import permitted
from responder.models import Event, TeamArea, User
from responder.models.event import TEAM_NAME_LIMIT

MOST_AREAS = 50  # of an event


@audit.atomic()
def create(*, event: Event, by: User, fields: Mapping[str, Any]) -> TeamArea:
    """Create the area of a team. Raises Invalid, InvalidFields for all invalid fields together, NotPermitted.

    Arguments:
        fields: name, and the area's fields as for `areas.read`.
    """
    permitted(by, event.pk)
    locks.one_at_a_time("team areas", event.pk)
    if event.team_areas.count() >= MOST_AREAS:
        raise Invalid(_("This event has %(most)d team areas already. Delete one first.") % {"most": MOST_AREAS})
    row = TeamArea(event=event)
    _read(row, fields)
    return _saved(row, by, "team_area.created")


@audit.atomic()
def change(*, area_id: int, version: int, by: User, fields: Mapping[str, Any]) -> TeamArea:
    """Change the area of a team. Raises Conflict, InvalidFields, Missing, NotPermitted."""
    row = _locked(area_id, version, by, no_key=True)
    _read(row, fields)
    row.version += 1
    return _saved(row, by, "team_area.changed")


@audit.atomic()
def delete(*, area_id: int, version: int, by: User) -> None:
    """Delete the area of a team. Raises Conflict, Missing, NotPermitted."""
    row = _locked(area_id, version, by, no_key=False)
    _record("team_area.deleted", row, by)
    row.delete()


def find(event: Event, area_id: int) -> TeamArea:
    """Return a team area of this event. Raises Missing."""
    row = event.team_areas.filter(pk=area_id).first()
    if row is None:
        raise Missing(_("This team area does not exist. It may have been deleted."))
    return row


def _locked(area_id: int, version: int, by: User, *, no_key: bool) -> TeamArea:
    rows = TeamArea.objects.select_for_update(of=("self",), no_key=no_key).select_related("event")
    row = rows.filter(pk=area_id).first()
    if row is None:
        raise Missing(_("This team area does not exist. It may have been deleted."))
    permitted(by, row.event_id)
    if row.version != version:
        raise Conflict(by=_("Someone"), what=_("changed this team area"), at=None, version=row.version)
    return row


def _read(row: TeamArea, fields: Mapping[str, Any]) -> None:
    checks = FieldChecks()
    row.name = checks.read("name", _name, str(fields.get("name") or "")) or row.name
    row.area = areas.read(fields, checks, before=row.area)
    if row.area is None and not any(checks.has(name) for name in ("area", *areas.CORNERS)):
        checks.refuse("area", _("Draw the area, or enter its four numbers."))
    checks.require_valid()


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 0 < len(name) <= TEAM_NAME_LIMIT or not name.isprintable():
        raise Invalid(_("Give the area a name of 1 to %(most)d characters.") % {"most": TEAM_NAME_LIMIT})
    return name


def _saved(row: TeamArea, by: User, action: str) -> TeamArea:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise InvalidFields({"name": _("This event already has a team area with this name.")}) from error
    _record(action, row, by)
    return row


def _record(action: str, row: TeamArea, by: User) -> None:
    audit.record(
        actor=f"user:{by.username}", action=action, object_type="team_area", object_id=str(row.pk),
        after={"name": row.name, "area": row.area}, detail={"event": row.event.ref, "name": row.name, "version": row.version},
    )  # fmt: skip
