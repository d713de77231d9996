"""Parses times in many formats: ISO 8601, numbers, numeric dates, month names, Twitter's format, RFC 2822."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

from babel.dates import get_month_names

LONGEST = 80  # characters
LOCALES = ("en", "ar", "bn", "de", "es", "fr", "hi", "id", "it", "ne", "nl", "pl", "pt", "ru", "sw", "tl", "tr", "uk")
SPREADSHEET_EPOCH = datetime(1899, 12, 30)  # Excel's day 0; right from March 1900 on
SERIALS = (20_000, 80_000)  # the years 1954 to 2119; as Unix seconds these numbers would be in 1970
UNITS = (
    (1e11, 1),
    (1e14, 1_000),
    (1e17, 1_000_000),
    (1e20, 1_000_000_000),
)  # Unix time: (upper limit, ticks per second)

# Unambiguous abbreviations. CST and IST are ambiguous.
ZONES = {
    "EST": -5, "EDT": -4, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "TRT": 3,
    "CAT": 2, "EAT": 3, "WAT": 1, "WIB": 7, "JST": 9,
}  # fmt: skip
ZONE = rf"(?P<zone>{'|'.join(ZONES)}|Z|(?:UTC|GMT)?\s*[+-]\d{{1,2}}(?::?\d{{2}})?|UTC|GMT)"
CLOCK = r"(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?(?:\s*(?P<half>[ap])\.?\s?m\.?)?"
NUMERIC = r"(?P<first>\d{1,2})(?P<mark>[/.-])(?P<other>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})"
YEAR_FIRST = r"(?P<year>\d{4})(?P<mark>[/.-])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})"
WORD = r"[^\d\s/.,:+-]+"
WEEKDAY = rf"(?:{WORD}\.?,?\s+)?"
NAMED = rf"{WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?[\s-](?:de\s)?(?P<name>{WORD})\.?,?[\s-](?:de\s)?(?P<year>\d{{4}}|\d{{2}})"
NAME_FIRST = rf"{WEEKDAY}(?P<name>{WORD})\.?\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<year>\d{{4}})"
BETWEEN = r"(?:\s*[,·|T-]\s*|\s+(?:at\s+)?)"
FORMS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for day in (YEAR_FIRST, NUMERIC, NAMED, NAME_FIRST)
    for pattern in (rf"{day}(?:{BETWEEN}{CLOCK})?(?:\s*{ZONE})?", rf"{CLOCK}{BETWEEN}{day}(?:\s*{ZONE})?")
)
TWITTER = re.compile(rf"{WORD}\s(?P<name>{WORD})\s+(?P<day>\d{{1,2}})\s{CLOCK}(?:\s{ZONE})?\s(?P<year>\d{{4}})", re.I)
RFC_2822 = re.compile(r"(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{2,4} \d{1,2}:\d{2}(?::\d{2})? [A-Z+-][\w+-]*.*")
NUMBER = re.compile(r"[+-]?\d{1,40}(?:\.\d{0,40})?")  # a number with an exponent was rounded by hours
COMPACT = re.compile(r"(?:19|20|21)\d{6}(?:\d{4}(?:\d{2})?)?")
ISO_TAIL = re.compile(r"\s+(?=[+-]\d{2})|\s*(?:UTC|GMT)(?=[+-]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stated:
    """A parsed time.

    Arguments:
        moment: aware or naive; an ambiguous date is read with the day first.
        month_first: an ambiguous date read with the month first; otherwise None.
        form: format of a numeric date, because all dates in one format are read alike; empty for other dates.
        proves: whether the date proves that the day comes first (True) or the month (False); otherwise None.
        date_only: whether it has no time of day.
    """

    moment: datetime
    month_first: datetime | None = None
    form: str = ""
    proves: bool | None = None
    date_only: bool = False


def from_text(text: str) -> Stated | None:
    """Parse a time. Returns None, or raises ValueError, OverflowError or OSError, if the text is not a time."""
    text = _simple(text)
    if len(text) > LONGEST:
        return None
    if NUMBER.fullmatch(text):
        return from_number(text)
    try:
        moment = datetime.fromisoformat(ISO_TAIL.sub(_iso_zone, text))
        return Stated(moment, date_only=len(text) <= len("2023-02-06"))
    except ValueError:
        pass
    if found := TWITTER.fullmatch(text):
        return Stated(_zoned(_at(found, int(found["year"]), _month(found["name"]), int(found["day"])), found))
    for form in FORMS:
        if found := form.fullmatch(text):
            return _from_match(found)
    return Stated(parsedate_to_datetime(text)) if RFC_2822.fullmatch(text) else None


def from_number(text: str) -> Stated | None:
    """Parse a date such as 20230206, Unix time in seconds to nanoseconds, or a spreadsheet day number."""
    if COMPACT.fullmatch(text):
        form = "%Y%m%d%H%M%S"[: len(text) - 2] if len(text) > 8 else "%Y%m%d"
        try:
            return Stated(datetime.strptime(text, form), date_only=len(text) == 8)
        except ValueError:
            pass
    number = float(text)
    if SERIALS[0] <= number < SERIALS[1]:
        seconds = round((number - int(number)) * 86_400)
        return Stated(SPREADSHEET_EPOCH + timedelta(days=int(number), seconds=seconds), date_only=number == int(number))
    a_second = next((each for limit, each in UNITS if abs(number) < limit), None)
    return Stated(datetime.fromtimestamp(number / a_second, UTC)) if a_second else None


def from_object(value: Any) -> Stated | None:
    """Parse `{"$date": …}` of MongoDB and similar objects with one time."""
    if isinstance(value, Mapping) and len(value) == 1:
        (inner,) = value.values()
        if isinstance(inner, str | int | float) and not isinstance(inner, bool):
            try:
                return from_text(str(inner))
            except (ValueError, OverflowError, OSError):
                return None
    return None


def _simple(text: str) -> str:
    """Return the text with ASCII digits and single spaces."""
    plain = unicodedata.normalize("NFKC", text.strip().strip("'\""))
    return " ".join("".join(_digit(letter) for letter in plain).split())


def _digit(letter: str) -> str:
    value = unicodedata.decimal(letter, None)
    return letter if value is None else str(value)


def _iso_zone(found: re.Match[str]) -> str:
    return "+00:00" if found[0].strip() and found.end() == len(found.string) else ""


def _from_match(found: re.Match[str]) -> Stated:
    parts = found.groupdict()
    year = int(found["year"]) if len(found["year"]) == 4 else datetime.strptime(found["year"], "%y").year
    date_only = parts["hour"] is None
    if "first" not in parts:
        month = _month(parts["name"]) if "name" in parts else int(parts["month"])
        return Stated(_zoned(_at(found, year, month, int(parts["day"])), found), date_only=date_only)
    first, other = int(parts["first"]), int(parts["other"])
    form = f"{len(parts['year'])} {parts['half'] is not None}"
    if parts["mark"] == ".":  # used only in countries where the day comes first
        return Stated(_zoned(_at(found, year, other, first), found), date_only=date_only)
    if first > 12 or other > 12:
        day, month = (first, other) if first > 12 else (other, first)
        moment = _zoned(_at(found, year, month, day), found)
        return Stated(moment, form=form, proves=first > 12, date_only=date_only)
    moment = _zoned(_at(found, year, other, first), found)
    swapped = None if first == other else _zoned(_at(found, year, first, other), found)
    return Stated(moment, month_first=swapped, form=form, date_only=date_only)


def _at(found: re.Match[str], year: int, month: int, day: int) -> datetime:
    if found["hour"] is None:
        return datetime(year, month, day)
    hour = int(found["hour"])
    if found["half"] and hour <= 12:
        hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
    return datetime(year, month, day, hour, int(found["minute"]), int(found["second"] or 0))


def _zoned(moment: datetime, found: re.Match[str]) -> datetime:
    zone = (found["zone"] or "").upper().replace(" ", "")
    if not zone:
        return moment
    if zone in ZONES:
        return moment.replace(tzinfo=timezone(timedelta(hours=ZONES[zone])))
    offset = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?", zone)
    if offset is None:
        return moment.replace(tzinfo=UTC)
    away = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
    return moment.replace(tzinfo=timezone(-away if offset[1] == "-" else away))


def _month(name: str) -> int:
    month = _months().get(name.casefold().strip("."))
    if month is None:
        raise ValueError("not the name of a month")
    return month


@cache
def _months() -> Mapping[str, int]:
    """Return the names and abbreviations of months in LOCALES, without ambiguous ones."""
    found: dict[str, int] = {}
    doubtful: set[str] = set()
    for locale in LOCALES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, written in get_month_names(width, context, locale).items():
                    name = unicodedata.normalize("NFKC", written).casefold().strip(".")
                    if found.setdefault(name, number) != number:
                        doubtful.add(name)
    return {name: number for name, number in found.items() if name not in doubtful and not name.isdecimal()}
