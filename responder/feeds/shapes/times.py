"""Times as files write them, read as aware times; what had to be assumed is said as a repair.

A time that cannot be read, or that cannot be true, is none: the post takes the time of its id or of its arrival.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from classifier import time_bounds
from responder.feeds.shapes import time_forms
from responder.feeds.shapes.time_forms import Stated
from responder.feeds.shapes.values import Problem, is_missing, plain, shown


@dataclass(frozen=True, slots=True)
class Order:
    """Which of day and month comes first in dates such as 02/06/2023.

    Arguments:
        day_first: the reading.
        certain: whether the file, or a person, says so.
        why: one of `told`, `file`, `other` (dates that are written in another way say so), `mixed`, `unknown`.
    """

    day_first: bool
    certain: bool
    why: str


class Times:
    """Reads the times of one file.

    Arguments:
        zone: of times that state none; None: UTC, and each such row is repaired with loss.
        day_first: whether the day comes before the month; None: as the file's own dates say.
    """

    def __init__(self, *, zone: tzinfo | None = None, day_first: bool | None = None) -> None:
        self.zone, self.day_first = zone, day_first
        self.has_numeric_dates = False
        self._seen: dict[str, list[int]] = {}

    def learn(self, value: Any) -> None:
        """Take note of which order of day and month a value proves.

        Only a file's first rows are learned from, so that an import which goes on after a crash reads the rest alike.
        """
        stated = _stated(value)
        if stated is not None and stated.form:
            self.has_numeric_dates = True
            if stated.proves is not None:
                self._seen.setdefault(stated.form, [0, 0])[stated.proves] += 1

    def order(self, form: str = "") -> Order:
        """The order for dates of a form; without one, for those of the whole file."""
        if self.day_first is not None:
            return Order(self.day_first, True, "told")
        month, day = self._seen.get(form, (0, 0))
        why = "file"
        if not month and not day:
            month, day = (sum(counts) for counts in zip(*self._seen.values(), strict=True)) if self._seen else (0, 0)
            why = "other" if form else "file"
        if not month and not day:
            return Order(True, False, "unknown")
        if month and day:
            return Order(True, False, "mixed")
        return Order(bool(day), why == "file", why)

    def read(self, value: Any, *, in_utc: bool = False) -> tuple[datetime | None, tuple[Problem, ...]]:
        """The aware time that a value states, and what had to be assumed.

        Arguments:
            value: of any type; empty values state no time.
            in_utc: whether the source is known to write times of UTC without saying so.
        """
        if is_missing(value):
            said = plain(value)
            return None, ((Problem("time", f"{shown(said)} states no time"),) if said else ())
        stated = _stated(value)
        if stated is None:
            return None, (Problem("time", f"the time {shown(value)} cannot be read", lossy=True),)
        moment, problems = self._ordered(stated, value)
        try:
            moment, assumed = self._placed(moment, stated, value, in_utc)
        except (ValueError, OverflowError):  # the first and the last day of the calendar
            return None, (_impossible(value),)
        if not time_bounds.is_possible(moment):
            return None, (_impossible(value),)
        return moment, (*problems, *assumed)

    def _ordered(self, stated: Stated, value: Any) -> tuple[datetime, tuple[Problem, ...]]:
        if stated.month_first is None:
            return stated.moment, ()
        order = self.order(stated.form)
        moment = stated.moment if order.day_first else stated.month_first
        if order.certain:
            return moment, ()
        first = "day" if order.day_first else "month"
        detail = f"in {shown(value)} the day or the month may come first; taken as {first} first: {moment:%d %B %Y}"
        return moment, (Problem("date_order", detail, lossy=True),)

    def _placed(
        self, moment: datetime, stated: Stated, value: Any, in_utc: bool
    ) -> tuple[datetime, tuple[Problem, ...]]:
        """The moment with its time zone."""
        if moment.tzinfo is not None:
            return moment.astimezone(UTC), ()
        problems: tuple[Problem, ...] = ()
        zone = UTC if in_utc else self.zone
        if zone is None:
            detail = f"{shown(value)}: no time zone stated; taken as UTC"
            return moment.replace(tzinfo=UTC), (Problem("time_zone", detail, lossy=True),)
        local = moment.replace(tzinfo=zone)
        if local.utcoffset() != local.replace(fold=1).utcoffset():
            detail = f"{shown(value)}: the clock was put forward or back; taken as {local:%z}"
            problems = (Problem("time_zone", detail, lossy=True),)
        if stated.date_only:
            problems += (Problem("date_only", f"{shown(value)} has no time of day; taken as 00:00"),)
        return local.astimezone(UTC), problems


def is_time(text: str) -> bool:
    """Whether a text is a time and nothing else."""
    return _stated(text) is not None


def _impossible(value: Any) -> Problem:
    return Problem("time", f"the time {shown(value)} cannot be true", lossy=True)


def _stated(value: Any) -> Stated | None:
    """What a value of any type says, or None where it is no time."""
    if isinstance(value, datetime):
        return Stated(value)
    if isinstance(value, date):
        return Stated(datetime.combine(value, time()), date_only=True)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return time_forms.from_object(value)
    try:
        return time_forms.from_text(plain(value))
    except (ValueError, OverflowError, OSError):
        return None
