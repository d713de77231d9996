"""Reads the fields of an event's form into its columns, and refuses all invalid ones together."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from classifier import clock
from responder.errors import FieldChecks, Invalid
from responder.events import areas, time_zones
from responder.models import Event
from responder.models.event import NAME_LIMIT
from responder.models.hazards import HAZARDS
from responder.models.time_zones import known_time_zone, names

NAME_MINIMUM = 3
TEXT_LIMIT = 10_000  # characters of the keywords, before they are split
MOMENT_LIMIT = 32
FIELDS = {"country_codes": "countries"}  # names of the form's fields, by column, where they differ


def read(event: Event, fields: Mapping[str, Any], checks: FieldChecks) -> None:
    """Set the columns of `event` from the form's fields; what is wrong is put on `checks`.

    Arguments:
        event: new, or as it is stored. A hazard that it already holds stays valid.
        fields: as the form sends them: name, hazard, countries and languages (lists of codes), time_zone (empty: suggested
            by the countries and the area), started_at (local time; empty: now), keywords (one a line, or with commas),
            area (GeoJSON), and west, south, east, north (degrees).
    """
    event.name = checks.read("name", name, str(fields.get("name") or "")) or event.name
    event.hazard = checks.read("hazard", _hazard, str(fields.get("hazard") or ""), event.hazard) or ""
    event.country_codes = _codes(fields.get("countries"))
    event.languages = _codes(fields.get("languages"))
    event.keywords = checks.read("keywords", _keywords, str(fields.get("keywords") or "")) or []
    event.area = areas.read(fields, checks, before=event.outline)
    event.west = event.south = event.east = event.north = None  # `clean` sets them to the area's bounds
    zone = checks.read("time_zone", _time_zone, str(fields.get("time_zone") or ""), event)
    event.time_zone = zone or event.time_zone
    shown = None if event.pk is None else event.started_at
    event.started_at = (
        checks.read("started_at", _moment, str(fields.get("started_at") or ""), event.time_zone, shown)
        or event.started_at
    )
    _check(event, checks)


def _check(event: Event, checks: FieldChecks) -> None:
    """Let the model judge its own columns, as the admin does."""
    try:
        event.full_clean(validate_unique=False, validate_constraints=False, exclude=["ref"])
    except ValidationError as error:
        for column, messages in error.message_dict.items():
            checks.refuse(FIELDS.get(column, column), messages[0])


def name(text: str) -> str:
    """Return the normalised name of an event. Raises Invalid."""
    found = " ".join(text.split())
    if not NAME_MINIMUM <= len(found) <= NAME_LIMIT or not found.isprintable():
        limits = {"least": NAME_MINIMUM, "most": NAME_LIMIT}
        raise Invalid(_("Give the event a name of %(least)d to %(most)d characters.") % limits)
    return found


def local_text(moment: datetime, zone: str) -> str:
    """Return a time as a form shows it: local, to the minute; in UTC where the zone is unknown."""
    return moment.astimezone(_zone(zone)).strftime("%Y-%m-%dT%H:%M")


def _zone(zone: str) -> ZoneInfo:
    return ZoneInfo(zone if zone in names() else "UTC")


def _hazard(value: str, before: str) -> str:
    if value and value != before and value not in HAZARDS:
        raise Invalid(_("Choose one of the options."))
    return value


def _codes(values: Any) -> list[str]:
    """The distinct codes, in order; the model judges them."""
    return list(dict.fromkeys(str(value) for value in values or []))


def _keywords(text: str) -> list[str]:
    if len(text) > TEXT_LIMIT:
        raise Invalid(_("Enter at most %(most)d characters.") % {"most": TEXT_LIMIT})
    parts = text.replace(",", "\n").replace(";", "\n").splitlines()
    return list(dict.fromkeys(" ".join(part.split()) for part in parts if part.strip()))


def _time_zone(text: str, event: Event) -> str:
    """The chosen time zone, or the suggested one. Raises Invalid."""
    text = text.strip()
    if not text:
        suggested = time_zones.suggest(event.country_codes, event.area)
        if not suggested:
            raise Invalid(_("Choose a time zone, or a country or an area that it can be suggested from."))
        return suggested[0]
    try:
        known_time_zone(text)
    except ValidationError as error:
        raise Invalid(error.messages[0]) from error
    return text


def _moment(text: str, zone: str, shown: datetime | None) -> datetime:
    """A local time in `zone`; the time that the form showed if its text was not changed, so that seconds stay."""
    text = text.strip()
    if not text:
        return shown or clock.now()
    try:
        moment = datetime.fromisoformat(text[:MOMENT_LIMIT])
        moment = moment if moment.tzinfo else moment.replace(tzinfo=_zone(zone))
        moment.astimezone(ZoneInfo("UTC"))
    except (ValueError, OverflowError):
        raise Invalid(_("Enter a date and time such as 2026-03-14 08:00.")) from None
    return shown if shown and local_text(shown, zone) == text[:16] else moment
