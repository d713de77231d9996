"""Times that come from outside: which of them can be true, and how they stay within the calendar.

Python's calendar ends with the years 1 and 9999. Every zone, window and bucket is a step from there into an
OverflowError, so a time is bounded where it comes in (`is_possible`) and where it is read from the database (`clamped`).
"""

from datetime import UTC, datetime, timedelta

from classifier import clock

EARLIEST = datetime(
    2000, 1, 1, tzinfo=UTC
)  # no source is older; what is stated before comes from a clock that was not set
AHEAD = timedelta(days=1)  # clocks of devices and zones that were mixed up
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def is_possible(moment: datetime, now: datetime | None = None) -> bool:
    """Whether something that is known now can have happened at `moment`: from 2000 to a day ahead of the clock."""
    return moment.tzinfo is not None and EARLIEST <= moment <= (now or clock.now()) + AHEAD


def clamped(moment: datetime) -> datetime:
    """`moment`, or the nearest one from which decades can be added or taken in any time zone."""
    return max(FIRST, min(LAST, moment))
