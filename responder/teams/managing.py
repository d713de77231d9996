"""Creating and changing the teams of an event. A team is never deleted, since incidents name it; it can be set aside."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from classifier import clock, locks
from monitoring import audit
from responder import chosen_place, roles
from responder.chosen_place import ChosenPlace
from responder.errors import Conflict, FieldChecks, Invalid, InvalidFields, Missing, NotPermitted
from responder.events import managing
from responder.incidents.handling import NEEDS
from responder.models import Event, Team, User
from responder.models.team import CONTACT_LIMIT, TEAM_NAME_LIMIT, TEAM_NOTE_LIMIT

MOST_TEAMS = 200  # of an event
SKILLS = NEEDS  # a team is matched to what people need
POSITION = ("latitude", "longitude")


@audit.atomic()
def create(*, event: Event, by: User, fields: Mapping[str, Any]) -> Team:
    """Create a team. Raises Invalid, InvalidFields for all invalid fields together, Missing, NotPermitted.

    Arguments:
        fields: name, skills, area (id of a team area, or empty), contact, note, availability, latitude and longitude, as typed.
    """
    managing.permitted(by, event.pk)
    locks.one_at_a_time("teams", event.pk)
    if event.teams.count() >= MOST_TEAMS:
        raise Invalid(_("This event has %(most)d teams already.") % {"most": MOST_TEAMS})
    team = Team(event=event)
    _read(team, fields)
    return _saved(team, by, "team.created")


@audit.atomic()
def change(*, team_id: int, version: int, by: User, fields: Mapping[str, Any]) -> Team:
    """Change a team. Raises Conflict, InvalidFields, Missing, NotPermitted."""
    team = _locked(team_id, version)
    managing.permitted(by, team.event_id)
    _read(team, fields)
    return _saved(team, by, "team.changed")


@audit.atomic()
def set_availability(*, team_id: int, version: int, by: User, availability: str) -> Team:
    """Say whether a team is free, busy or off duty: whoever works on incidents hears it first, so they may.

    Raises Conflict, Invalid, Missing, NotPermitted.
    """
    team = _locked(team_id, version)
    if not roles.allows_in(by, roles.VIEW, team.event_id):
        raise Missing(_no_team())
    if not roles.allows_in(by, roles.TRIAGE, team.event_id) and not roles.allows_in(
        by, roles.MANAGE_EVENTS, team.event_id
    ):
        raise NotPermitted(_("Your role doesn't let you change teams."))
    team.availability = _availability(availability)
    return _saved(team, by, "team.availability")


@audit.atomic()
def set_active(*, team_id: int, version: int, by: User, active: bool) -> Team:
    """Set a team aside, so that nothing more is assigned to it, or use it again. Raises as `change`."""
    team = _locked(team_id, version)
    managing.permitted(by, team.event_id)
    team.is_active = active
    return _saved(team, by, "team.activated" if active else "team.deactivated")


def find(event: Event, team_id: int) -> Team:
    """Return a team of this event. Raises Missing."""
    team = event.teams.filter(pk=team_id).first()
    if team is None:
        raise Missing(_no_team())
    return team


def _no_team() -> str:
    return _("This team does not exist.")


def _locked(team_id: int, version: int) -> Team:
    rows = Team.objects.select_for_update(of=("self",), no_key=True).select_related("event")
    team = rows.filter(pk=team_id).first()
    if team is None:
        raise Missing(_no_team())
    if team.version != version:
        raise Conflict(by=_("Someone"), what=_("changed this team"), at=None, version=team.version)
    team.version += 1
    return team


def _read(team: Team, fields: Mapping[str, Any]) -> None:
    checks = FieldChecks()
    team.name = checks.read("name", _name, str(fields.get("name") or "")) or team.name
    team.skills = checks.read("skills", _skills, fields.get("skills") or []) or []
    team.area = checks.read("area", _area, team.event, str(fields.get("area") or ""))
    team.availability = (
        checks.read("availability", _availability, str(fields.get("availability") or "")) or team.availability
    )
    team.contact = checks.read("contact", _text, str(fields.get("contact") or ""), CONTACT_LIMIT) or ""
    team.note = checks.read("note", _text, str(fields.get("note") or ""), TEAM_NOTE_LIMIT) or ""
    _read_position(team, fields, checks)
    checks.require_valid()


def _read_position(team: Team, fields: Mapping[str, Any], checks: FieldChecks) -> None:
    """Where the team was last. Typing the position that is stored does not make it newer."""
    typed = {name: str(fields.get(name) or "").strip() for name in POSITION}
    if not any(typed.values()):
        team.latitude = team.longitude = team.located_at = None
        return
    try:
        place = ChosenPlace.parse(**typed, radius_km=chosen_place.DEFAULT_RADIUS)
    except InvalidFields as error:
        for name, message in error.fields.items():
            checks.refuse(name, message)
        return
    if (place.latitude, place.longitude) != (team.latitude, team.longitude):
        team.latitude, team.longitude, team.located_at = place.latitude, place.longitude, clock.now()


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 0 < len(name) <= TEAM_NAME_LIMIT or not name.isprintable():
        raise Invalid(_("Give the team a name of 1 to %(most)d characters.") % {"most": TEAM_NAME_LIMIT})
    return name


def _skills(skills: list[str]) -> list[str]:
    if not set(skills) <= set(SKILLS):
        raise Invalid(_("Choose skills from the list."))
    return [skill for skill in SKILLS if skill in skills]


def _area(event: Event, text: str) -> Any:
    if not text:
        return None
    found = event.team_areas.filter(pk=int(text)).first() if text.isdecimal() and len(text) < 18 else None
    if found is None:
        raise Invalid(_("Choose one of the event's team areas."))
    return found


def _availability(text: str) -> str:
    if text not in Team.Availability.values:
        raise Invalid(_("Choose free, busy or off duty."))
    return text


def _text(text: str, limit: int) -> str:
    text = " ".join(text.replace("\x00", "").split())
    if len(text) > limit:
        raise Invalid(_("Enter at most %(limit)d characters.") % {"limit": limit})
    return text


def _saved(team: Team, by: User, action: str) -> Team:
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError as error:
        raise InvalidFields({"name": _("This event already has a team with this name.")}) from error
    # The contact is personal data and stays out of the record.
    kept = {"name": team.name, "availability": team.availability, "skills": team.skills, "is_active": team.is_active}
    audit.record(
        actor=f"user:{by.username}", action=action, object_type="team", object_id=str(team.pk), after=kept,
        detail={"event": team.event.ref, "version": team.version},
    )  # fmt: skip
    return team
