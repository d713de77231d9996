"""Parsing of typed time ranges: `6h`, `now-90m`, `now-6h..now-1h`, `2026-03-14T10:00Z..2026-03-14T16:00Z`.

A range is kept as its canonical text, so that a link says what its reader sees: counted back from now ("a moving
window") or between two moments ("frozen").
"""

import re
from datetime import UTC, datetime, timedelta

from classifier import time_bounds

PRESETS: dict[str, timedelta | None] = {
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "24h": timedelta(hours=24),
    "72h": timedelta(hours=72),
    "event": None,
}
WHOLE = "event"
LONGEST = timedelta(days=3660)
UNITS = {"m": "minutes", "h": "hours", "d": "days"}
RELATIVE = re.compile(r"^now(?:-([0-9]{1,6})([mhd]))?$")
UNTIL = time_bounds.LAST  # with EARLIEST, what a range may name: beyond lies no post
ABSOLUTE = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:t[0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:z|[+-][0-9]{2}:[0-9]{2})?)?$")
Edge = timedelta | datetime  # counted back from now, or a moment
Bounds = tuple[datetime | None, datetime | None]


def parse(text: str) -> str | None:
    """The canonical text of a range, or None if it is not a range."""
    text = text.strip().lower().replace(" ", "")
    if text in PRESETS:
        return text
    start, separator, end = text.partition("..")
    first, last = _edge(start), _edge(end) if separator and end else timedelta(0)
    if first is None or last is None or not _ordered(first, last):
        return None
    preset = next((name for name, span in PRESETS.items() if span == first), None)
    if last == timedelta(0):
        return preset or _written(first)
    return f"{_written(first)}..{_written(last)}"


def bounds(text: str, now: datetime) -> Bounds:
    """(from, until) of a canonical range; None for no limit."""
    if text in PRESETS:
        span = PRESETS[text]
        return (now - span if span else None), None
    start, separator, end = text.partition("..")
    first, last = _edge(start), _edge(end) if separator else None
    return _moment(first, now), _moment(last, now)


def _edge(text: str) -> Edge | None:
    relative = RELATIVE.match(text)
    if relative:
        number, unit = relative.groups()
        span = timedelta(**{UNITS[unit]: int(number)}) if number else timedelta(0)
        return span if span <= LONGEST else None
    if not ABSOLUTE.match(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if time_bounds.EARLIEST <= moment < UNTIL else None


def _ordered(first: Edge, last: Edge) -> bool:
    """Whether a range from `first` to `last` can hold anything; a moment and a distance are compared when used."""
    if isinstance(first, datetime) and isinstance(last, datetime):
        return first < last
    if isinstance(first, timedelta) and isinstance(last, timedelta):
        return first > last
    return True


def _moment(edge: Edge | None, now: datetime) -> datetime | None:
    return now - edge if isinstance(edge, timedelta) else edge


def _written(edge: Edge) -> str:
    if isinstance(edge, datetime):
        return edge.strftime("%Y-%m-%dt%H:%M:%Sz")
    minutes = int(edge.total_seconds() // 60)
    if minutes == 0:
        return "now"
    if minutes % 60:
        return f"now-{minutes}m"
    return f"now-{minutes // 60}h"
