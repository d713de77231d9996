"""Validation of times from outside: which are plausible, and how they stay within Python's calendar.

Python's calendar covers the years 1 to 9999. Near its ends every time zone, window or bucket could raise an
OverflowError, so times are checked at input (`is_possible`) and bounded when read from the database (`clamped`).
"""

from datetime import UTC, datetime, timedelta

from classifier import clock

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # no source is older; earlier times come from a clock that was not set
AHEAD = timedelta(days=1)  # for wrong clocks of devices and mixed-up time zones
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def is_possible(moment: datetime, now: datetime | None = None) -> bool:
    """Whether a known event can have happened at `moment`: from 2000 to one day ahead of the clock."""
    return moment.tzinfo is not None and EARLIEST <= moment <= (now or clock.now()) + AHEAD


def clamped(moment: datetime) -> datetime:
    """`moment`, or the nearest time from which decades can be added or subtracted in any time zone."""
    return max(FIRST, min(LAST, moment))
