"""When and how often a person wants to be disturbed."""

from datetime import time
from typing import Any

from django.utils.translation import gettext as _

from monitoring import audit
from responder.errors import Conflict, FieldChecks, Invalid
from responder.models import NotificationSettings, User
from responder.models.alerting import LEAST_BUDGET, MOST_BUDGET
from responder.models.time_zones import names as zones

__all__ = ["change"]


@audit.atomic()
def change(
    *, person: User, version: int, quiet_from: str, quiet_until: str, time_zone: str, critical_breaks_quiet: bool,
    an_hour: str, sound: str,
) -> NotificationSettings:  # fmt: skip
    """Change a person's own settings. Raises Conflict, InvalidFields.

    Arguments:
        version: of the settings that the person saw; 0 where there were none yet.
        quiet_from, quiet_until: as `22:00`; both empty for no quiet hours.
    """
    checks = FieldChecks()
    values: dict[str, Any] = {
        "quiet_from": checks.read("quiet_from", _time, quiet_from),
        "quiet_until": checks.read("quiet_until", _time, quiet_until),
        "time_zone": checks.read("time_zone", _zone, time_zone), "critical_breaks_quiet": bool(critical_breaks_quiet),
        "an_hour": checks.read("an_hour", _budget, an_hour), "sound": checks.read("sound", _sound, sound),
    }  # fmt: skip
    if (not quiet_from.strip()) != (not quiet_until.strip()):
        empty = "quiet_until" if quiet_from.strip() else "quiet_from"
        checks.refuse(empty, _("Enter both times, or neither."))
    checks.require_valid()
    held, _made = NotificationSettings.objects.select_for_update(no_key=True).get_or_create(
        person=person, defaults={"version": 0}
    )
    if held.version != version:
        raise Conflict(by=_("You"), what=_("saved these settings elsewhere"), at=None, version=held.version)
    for name, value in values.items():
        setattr(held, name, value)
    held.version += 1
    held.save()
    audit.record(
        actor=f"user:{person.username}", action="notification_settings.changed", object_type="user",
        object_id=str(person.pk), detail={"version": held.version},
    )  # fmt: skip
    return held


def _time(text: str) -> time | None:
    text = text.strip()
    if not text:
        return None
    try:
        return time.fromisoformat(text[:5]) if len(text) in (5, 8) else _refuse_time()
    except ValueError:
        return _refuse_time()


def _refuse_time() -> time:
    raise Invalid(_("Enter a time such as 22:00."))


def _zone(name: str) -> str:
    if name not in zones():
        raise Invalid(_("Choose a time zone."))
    return name


def _budget(text: str) -> int:
    digits = text.strip()
    if not (
        digits.isascii() and digits.isdecimal() and len(digits) <= 3 and LEAST_BUDGET <= int(digits) <= MOST_BUDGET
    ):
        limits = {"least": LEAST_BUDGET, "most": MOST_BUDGET}
        raise Invalid(_("Enter a whole number from %(least)d to %(most)d.") % limits)
    return int(digits)


def _sound(value: str) -> str:
    if value not in NotificationSettings.Sound.values:
        raise Invalid(_("Choose one of the options."))
    return value
