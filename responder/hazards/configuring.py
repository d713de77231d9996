"""Sources of official alerts: added, changed, switched on and off, asked at once, and deleted. They concern all events."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from classifier import addresses, clock, locks
from monitoring import audit
from responder import roles
from responder.errors import Conflict, FieldChecks, Invalid, InvalidFields, Missing, NotPermitted
from responder.feeds.connectors import addresses as feed_addresses
from responder.models import HazardSource, User
from responder.models.official_alert import ADDRESS_LIMIT, NAME_LIMIT

MOST_SOURCES, NAME_MINIMUM = 30, 3
Kind = HazardSource.Kind
DEFAULT_ADDRESSES = {
    Kind.GDACS: "https://www.gdacs.org/xml/rss.xml",
    Kind.USGS: "https://earthquake.usgs.gov/earthquakes/feed/v1.0/summary/4.5_day.geojson",
}  # fmt: skip
# Of a source that is read anew from the start.
FORGOTTEN: dict[str, Any] = {
    "etag": "", "last_modified": "", "documents": {}, "failures": 0, "last_error": "", "last_unreadable": False,
    "last_error_at": None, "checked_at": None, "answered_at": None,
}  # fmt: skip


@audit.atomic()
def create(*, kind: str, by: User, fields: Mapping[str, str]) -> HazardSource:
    """Create a source, switched on. Raises Invalid, InvalidFields for all invalid fields together, NotPermitted.

    Arguments:
        fields: as the form sends them: name and address.
    """
    _permit(by)
    if kind not in Kind.values:
        raise Invalid(_("Choose one of the options."))
    locks.one_at_a_time("hazard-sources")
    if HazardSource.objects.count() >= MOST_SOURCES:
        raise Invalid(_("There are %(most)d sources already. Delete one first.") % {"most": MOST_SOURCES})
    source = HazardSource(kind=kind, **_read(fields))
    _save(source)
    _record("created", source, by)
    return source


@audit.atomic()
def change(*, source_id: int, version: int, by: User, fields: Mapping[str, str]) -> HazardSource:
    """Change a source's name and address. Raises the errors of `create`, Conflict, Missing."""
    source, values = _opened(source_id, by, version), _read(fields)
    if values["address"] != source.address:
        values |= FORGOTTEN
    for name, value in values.items():
        setattr(source, name, value)
    source.version += 1
    source.next_at = clock.now()
    _save(source)
    _record("changed", source, by)
    return source


@audit.atomic()
def switch(*, source_id: int, version: int, is_on: bool, by: User) -> HazardSource:
    """Switch a source on or off; its alerts stay. Raises Conflict, Missing, NotPermitted."""
    source = _opened(source_id, by, version)
    if source.is_on != is_on:
        source.is_on, source.next_at = is_on, clock.now()
        source.version += 1
        source.save()
        _record("switched_on" if is_on else "switched_off", source, by)
    return source


@audit.atomic()
def ask_now(*, source_id: int, version: int, by: User) -> HazardSource:
    """Let a source be read within a minute, whenever it was due. Raises Conflict, Invalid, Missing, NotPermitted."""
    source = _opened(source_id, by, version)
    if not source.is_on:
        raise Invalid(_("Switch the source on first."))
    HazardSource.objects.filter(pk=source.pk).update(next_at=clock.now())
    _record("asked", source, by)
    return source


@audit.atomic()
def delete(*, source_id: int, version: int, by: User) -> str:
    """Delete a source with its alerts, and return its name. Raises Conflict, Missing, NotPermitted."""
    source = _opened(source_id, by, version)
    _record("deleted", source, by, alerts=str(source.alerts.count()))
    source.delete()
    return source.name


def _opened(source_id: int, by: User, version: int) -> HazardSource:
    """Lock and return a source for a change."""
    _permit(by)
    source = HazardSource.objects.select_for_update(no_key=True).filter(pk=source_id).first()
    if source is None:
        raise Missing(_("This source does not exist. It may have been deleted."))
    if source.version != version:
        raise Conflict(by=_("Someone"), what=_("changed this source"), at=None, version=source.version)
    return source


def _permit(by: User) -> None:
    if not roles.allows_in(by, roles.MANAGE_SOURCES, None):
        raise NotPermitted(
            _("Official alerts concern all events. Only leads and administrators of all events can set them up.")
        )


def _read(fields: Mapping[str, str]) -> dict[str, str]:
    checks = FieldChecks()
    found = {
        "name": checks.read("name", _name, fields.get("name", "")),
        "address": checks.read("address", _address, fields.get("address", "")),
    }
    checks.require_valid()
    return found


def _name(text: str) -> str:
    name = " ".join(text.replace("\x00", "").split())
    if not NAME_MINIMUM <= len(name) <= NAME_LIMIT:
        raise Invalid(
            _("Give the source a name of %(least)d to %(most)d characters.")
            % {"least": NAME_MINIMUM, "most": NAME_LIMIT}
        )
    return name


def _address(text: str) -> str:
    """The checked address of a list: a server that feeds may reach, with a path. Raises Invalid."""
    text = text.replace("\x00", "").strip()
    if not text:
        raise Invalid(_("Enter the address of the source."))
    if len(text) > ADDRESS_LIMIT or not text.isascii() or not text.isprintable() or " " in text or "#" in text:
        raise Invalid(
            _("Enter a web address of at most %(most)d characters, without spaces.") % {"most": ADDRESS_LIMIT}
        )
    parts = addresses.split(text)
    server = feed_addresses.parse("https", f"{parts.scheme}://{parts.netloc}")
    query = f"?{parts.query}" if parts.query else ""
    return f"{server}{parts.path or '/'}{query}"


def _save(source: HazardSource) -> None:
    try:
        with transaction.atomic():
            source.save()
    except IntegrityError as error:
        raise InvalidFields({"name": _("Another source has this name.")}) from error


def _record(step: str, source: HazardSource, by: User, **more: str) -> None:
    audit.record(
        actor=f"user:{by.username}", action=f"hazard_source.{step}", object_type="hazard_source", object_id=str(source.pk),
        detail={"name": source.name, "kind": source.kind, "address": source.address} | more,
    )  # fmt: skip
