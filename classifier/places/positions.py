"""A position that a text states, and the numbers it is written with: their digits, their precision and their limits."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

TYPE = "coordinates"
IN_TEXT, MAP_LINK, PLUS_CODE = "coordinates in the post", "map link in the post", "plus code in the post"
DEGREE_KM = 111.0
MIN_RADIUS_KM = 0.01  # phones and GPS receivers are no more accurate
NULL_ISLAND_DEGREES = 1e-6  # a position this close to 0, 0 comes from a device without a fix


@dataclass(frozen=True, slots=True)
class Position:
    """A position in a text; offsets in code points, degrees and kilometres, score 0–1."""

    start: int
    end: int
    latitude: float
    longitude: float
    radius_km: float
    reason: str
    score: float = 1.0


def position_at(
    span: tuple[int, int], latitude: float, longitude: float, radius_km: float, reason: str
) -> Position | None:
    """The position, or None where `is_possible` rules it out.

    Arguments:
        span: its start and end in the text, in code points.
        latitude, longitude: in degrees.
        radius_km: how far away the place may be.
        reason: why the position is exact: `IN_TEXT`, `MAP_LINK` or `PLUS_CODE`.
    """
    return Position(*span, latitude, longitude, radius_km, reason) if is_possible(latitude, longitude) else None


def is_possible(latitude: float, longitude: float) -> bool:
    """Whether degrees are in range, and not the 0, 0 that devices without a fix send."""
    in_range = abs(latitude) <= 90 and abs(longitude) <= 180
    return in_range and (abs(latitude) > NULL_ISLAND_DEGREES or abs(longitude) > NULL_ISLAND_DEGREES)


def precision_km(*numbers: float) -> float:
    """How far away the place may be, in kilometres, judged by the number with the most decimals.

    Arguments:
        numbers: latitude and longitude in degrees.
    """
    return radius_for(max(count_decimals(repr(number)) for number in numbers))


def radius_for(decimals: int, unit_km: float = DEGREE_KM) -> float:
    """How far away the place may be, in kilometres, for a number with so many decimals.

    Arguments:
        decimals: digits after the decimal point.
        unit_km: the length of one unit of the number: a degree, a minute or a second.
    """
    return round(max(MIN_RADIUS_KM, 0.7 * unit_km * 10.0**-decimals), 3)


def parse_number(text: str) -> float:
    """A number with a decimal point or comma. Raises ValueError for any other text."""
    return float(text.replace(",", "."))


def count_decimals(text: str) -> int:
    """Return the number of digits after a number's decimal point or comma."""
    return len(re.split("[.,]", text)[1]) if re.search("[.,]", text) else 0


_ASCII = str.maketrans("−–﹣－⁺＋٫．，،；：º˚′’‘ʹ＇″”“＂／（）＠＃", "----++..,,;:°°'''''\"\"\"\"/()@#")


def normalize(text: str) -> str:
    """The text with the digits of every script and common signs as ASCII; the length and all offsets stay the same."""
    return "".join(map(_normalize_character, text))


def _normalize_character(character: str) -> str:
    if character.isascii():
        return character
    digit = unicodedata.digit(character, None)
    return str(digit) if digit is not None and character.isdecimal() else character.translate(_ASCII)


def blank(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with these ranges replaced by line breaks; all offsets stay the same."""
    for start, end in spans:
        text = text[:start] + "\n" * (end - start) + text[end:]
    return text
