"""How an import's file is read: what its owner chose, and the time zone of times that state none."""

from functools import cache
from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from responder.errors import Invalid
from responder.imports.reading import ReadingOptions
from responder.models import Event, ImportJob

DEFAULT_ZONE = "UTC"


def options_of(job: ImportJob) -> ReadingOptions:
    """How the file of this import is read."""
    return ReadingOptions(
        form=job.form, encoding=job.encoding, mapping=job.mapping, zone=zone_of(job), day_first=job.day_first
    )


def zone_of(job: ImportJob) -> str:
    """The time zone of times that state none: the import's, else its event's; empty where nobody chose one.

    Events are in UTC until somebody says otherwise, so UTC counts only where a person chose it for this import.
    """
    zone = job.time_zone or event_zone(job.event)
    return zone if zone in zones() else ""


def event_zone(event: Event | None) -> str:
    """The time zone that somebody chose for an event, or empty."""
    return event.time_zone if event and event.time_zone != DEFAULT_ZONE else ""


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
