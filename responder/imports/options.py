"""How an import's file is read: what its owner chose, and the time zone of times that state none."""

from functools import cache
from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from responder.errors import Invalid
from responder.imports.reading import ReadingOptions
from responder.models import ImportJob


def options_of(job: ImportJob) -> ReadingOptions:
    """How the file of this import is read."""
    return ReadingOptions(
        form=job.form, encoding=job.encoding, mapping=job.mapping, zone=zone_of(job), day_first=job.day_first
    )


def zone_of(job: ImportJob) -> str:
    """The time zone of times that state none: the import's, else its event's."""
    zone = job.time_zone or (job.event.time_zone if job.event else "")
    return zone if zone in zones() else "UTC"


def zone_name(text: str) -> str:
    """The IANA name of a time zone, or empty. Raises Invalid."""
    name = text.strip()
    if name and name not in zones():
        raise Invalid(_("Choose a time zone such as Africa/Maputo."))
    return name


@cache
def zones() -> tuple[str, ...]:
    """The names of all time zones, in order."""
    return tuple(sorted(available_timezones() - {"localtime", "Factory"}))
