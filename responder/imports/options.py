"""The options for reading an import's file: what its owner chose, and the default time zone."""

from django.utils.translation import gettext as _

from responder.errors import Invalid
from responder.imports.reading import ReadingOptions
from responder.models import Event, ImportJob
from responder.models.time_zones import names as zones

DEFAULT_ZONE = "UTC"


def options_of(job: ImportJob) -> ReadingOptions:
    """Return the options for reading the file of this import."""
    return ReadingOptions(
        form=job.form, encoding=job.encoding, mapping=job.mapping, zone=zone_of(job), day_first=job.day_first
    )


def zone_of(job: ImportJob) -> str:
    """Return the default time zone: that of the import, or else of its event; empty if nobody chose one.

    UTC is the default of events, so it counts as chosen only if it was set for the import.
    """
    zone = job.time_zone or event_zone(job.event)
    return zone if zone in zones() else ""


def event_zone(event: Event | None) -> str:
    """Return the time zone that was chosen for an event, or an empty string."""
    return event.time_zone if event and event.time_zone != DEFAULT_ZONE else ""


def zone_name(text: str) -> str:
    """The IANA name of a time zone, or empty. Raises Invalid."""
    name = text.strip()
    if name and name not in zones():
        raise Invalid(_("Choose a time zone such as Africa/Maputo."))
    return name
