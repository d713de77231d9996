"""Converts times in files to aware times. Every assumption is listed as a repair.

A time that is unreadable or impossible is dropped: the post gets the time in its ID, or the time of its arrival.
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
        day_first: whether the day comes first.
        certain: whether the file or a person says so.
        why: one of `told`, `file`, `other` (shown by dates in another format), `mixed`, `unknown`.
    """

    day_first: bool
    certain: bool
    why: str


class Times:
    """Parses the times of one file.

    Arguments:
        zone: time zone for times without one; None: UTC, and each such row is repaired with loss.
        day_first: whether the day comes before the month; None: detected from the file's dates.
    """

    def __init__(self, *, zone: tzinfo | None = None, day_first: bool | None = None) -> None:
        self.zone, self.day_first = zone, day_first
        self.has_numeric_dates = False
        self._seen: dict[str, list[int]] = {}

    def learn(self, value: Any) -> None:
        """Learn from a value which order of day and month the file uses.

        Only the first rows are used, so an import that resumes after a crash reads the rest in the same way.
        """
        stated = _stated(value)
        if stated is not None and stated.form:
            self.has_numeric_dates = True
            if stated.proves is not None:
                self._seen.setdefault(stated.form, [0, 0])[stated.proves] += 1

    def order(self, form: str = "") -> Order:
        """Return the order for dates in a format; without a format, for the whole file."""
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
        """Return the aware time of a value, and the repairs.

        Arguments:
            value: a value of any type; an empty value gives None.
            in_utc: whether the source is known to write times in UTC without saying so.
        """
        if is_missing(value):
            said = plain(value)
            return None, ((Problem("time", f"{shown(said)} is not a time."),) if said else ())
        stated = _stated(value)
        if stated is None:
            return None, (Problem("time", f"The time {shown(value)} could not be read.", lossy=True),)
        moment, problems = self._ordered(stated, value)
        try:
            moment, assumed = self._placed(moment, stated, value, in_utc)
        except (ValueError, OverflowError):  # on the first or the last day of the calendar
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
        detail = f"The date {shown(value)} is ambiguous. It was read with the {first} first: {moment:%d %B %Y}."
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
            detail = f"{shown(value)} has no time zone and was read as UTC."
            return moment.replace(tzinfo=UTC), (Problem("time_zone", detail, lossy=True),)
        local = moment.replace(tzinfo=zone)
        if local.utcoffset() != local.replace(fold=1).utcoffset():
            detail = f"{shown(value)} is ambiguous, because the clocks changed in that hour. It was read with the offset {local:%z}."
            problems = (Problem("time_zone", detail, lossy=True),)
        if stated.date_only:
            problems += (Problem("date_only", f"{shown(value)} has no time of day and was read as 00:00."),)
        return local.astimezone(UTC), problems


def is_time(text: str) -> bool:
    """Whether a text is a time and nothing else."""
    return _stated(text) is not None


def _impossible(value: Any) -> Problem:
    return Problem("time", f"The time {shown(value)} is impossible.", lossy=True)


def _stated(value: Any) -> Stated | None:
    """Return the time of a value of any type, or None if it is not a time."""
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
