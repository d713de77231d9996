"""The settings of the organisation that runs this installation."""

import zoneinfo

from django.conf import settings
from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder import roles
from responder.errors import Conflict, FieldChecks, Invalid, NotPermitted
from responder.models import Installation, User
from responder.models.installation import NAME_LIMIT

SHORTEST_NAME = 2


def current() -> Installation:
    """The organisation's settings; defaults where nobody has stored any."""
    return Installation.objects.filter(pk=1).first() or Installation()


@audit.atomic()
def change(*, by: User, version: int, name: str, language: str, time_zone: str) -> Installation:
    """Store the organisation's name, language and time zone. Raises Conflict, InvalidFields, NotPermitted."""
    row = _locked(by)
    if row.version != version:
        raise Conflict(by=_("Someone"), what=_("changed the organisation's settings"), at=None, version=row.version)
    checks = FieldChecks()
    row.name = checks.read("name", _name, name)
    row.language = checks.read("language", _language, language)
    row.time_zone = checks.read("time_zone", _time_zone, time_zone)
    checks.require_valid()
    row.version += 1
    row.save()
    _record(by, "organisation.changed", {"name": row.name, "language": row.language, "time_zone": row.time_zone})
    return row


@audit.atomic()
def finish(*, by: User) -> None:
    """Record that the first run is finished; its reminder is then no longer shown. Raises NotPermitted."""
    row = _locked(by)
    if row.finished_at is None:
        row.finished_at = clock.now()
        row.save(update_fields=["finished_at"])
        _record(by, "first_run.finished", {})


def _locked(by: User) -> Installation:
    if not roles.allows(by, roles.ADMINISTER):
        raise NotPermitted(_("Only an administrator can change the organisation's settings."))
    Installation.objects.get_or_create(pk=1)
    return Installation.objects.select_for_update(no_key=True).get(pk=1)


def _name(text: str) -> str:
    name = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not SHORTEST_NAME <= len(name) <= NAME_LIMIT:
        raise Invalid(
            _("Enter a name of %(least)d to %(most)d characters.") % {"least": SHORTEST_NAME, "most": NAME_LIMIT}
        )
    return name


def _language(code: str) -> str:
    if code not in dict(settings.LANGUAGES):
        raise Invalid(_("Choose one of the options."))
    return code


def _time_zone(name: str) -> str:
    if name not in zoneinfo.available_timezones():
        raise Invalid(_("Choose a time zone from the list, such as Africa/Maputo."))
    return name


def _record(by: User, action: str, after: dict[str, str]) -> None:
    audit.record(
        actor=f"user:{by.username}", action=action, object_type="installation", object_id="1", after=after,
        detail=after,
    )  # fmt: skip
