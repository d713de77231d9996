"""The period of a report, as people enter it: local times of the event."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from classifier import clock
from responder.errors import FieldChecks, Invalid
from responder.models import Event

LONGEST = timedelta(days=31)
USUAL = timedelta(hours=24)
TEXT_LIMIT = 40


def read(event: Event, period_from: str, period_to: str) -> tuple[datetime, datetime]:
    """(start, end) of a period. An empty end is now. Raises InvalidFields.

    Arguments:
        period_from, period_to: local times of the event, such as 2026-03-14T08:00.
    """
    checks, now = FieldChecks(), clock.now()
    start = checks.read("period_from", moment, period_from, event.time_zone)
    end = checks.read("period_to", moment, period_to, event.time_zone) if period_to.strip() else now
    if start and end:
        if end > now:
            checks.refuse("period_to", _("Enter a time that is not in the future."))
        if start >= end:
            checks.refuse("period_from", _("The period must begin before it ends."))
        elif end - start > LONGEST:
            checks.refuse("period_from", _("A period can have at most %(days)d days.") % {"days": LONGEST.days})
    checks.require_valid()
    return start, end


def moment(text: str, zone: str) -> datetime:
    """The time that a person entered, in this zone unless it says its own. Raises Invalid."""
    try:
        found = datetime.fromisoformat(text.strip()[:TEXT_LIMIT])
        found = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
        return found.astimezone(ZoneInfo("UTC"))
    except (ValueError, OverflowError):
        raise Invalid(_("Enter a date and time such as 2026-03-14T08:00.")) from None
