"""Names of time zones."""

from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


@cache
def names() -> tuple[str, ...]:
    """The names of all time zones, in order."""
    return tuple(sorted(available_timezones() - {"localtime", "Factory"}))


def known_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is the IANA name of a time zone."""
    if name not in names():
        raise ValidationError(_("Choose a time zone such as Africa/Maputo."))
