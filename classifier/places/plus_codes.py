"""Plus codes (Open Location Code): a cell of a grid over the earth, written with twenty digits.

Five pairs of digits narrow latitude and longitude by twenty each; each digit behind them divides the cell into five rows and
four columns. A short code leaves out its first digits, which a place nearby completes. The specification:
https://github.com/google/open-location-code/blob/main/Documentation/Specification/specification.md
(its only package for Python has had no release since 2019, and none that installs without running its set-up script).
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from classifier.places.positions import DEGREE_KM, MIN_RADIUS_KM, PLUS_CODE, Position, position_at

DIGITS = "23456789CFGHJMPQRVWX"
BASE, ROWS, COLUMNS = len(DIGITS), 5, 4
MARK, MARK_AT, PAIRS, LONGEST = "+", 8, 10, 15
HIGHEST_LATITUDE, HIGHEST_LONGITUDE = 180, 360  # counted from the south pole, and from the date line
POLE, DATE_LINE = 90.0, 180.0
SHORT_CODE_SCORE = 0.9  # the town or area that completes a short code may be the wrong one
CODE = re.compile(
    rf"(?<![\w+])(?=[{DIGITS}]{{0,8}}[2-9])(?=[2-9]{{0,8}}[+{DIGITS}]{{0,12}}[C-X])"
    rf"[{DIGITS}]{{4}}(?:[{DIGITS}]{{2}}){{0,2}}\+[{DIGITS}]{{2,7}}(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """The cell of a code: its middle and its larger side, in degrees."""

    latitude: float
    longitude: float
    size: float


def find_plus_codes(text: str, near: Callable[[int], tuple[float, float] | None] | None = None) -> Iterator[Position]:
    """The positions of the plus codes in a text, in its order.

    Arguments:
        text: as `positions.normalize` returns it.
        near: returns a point (latitude, longitude) near the short code that ends at this offset, if one is known.
    """
    for match in CODE.finditer(text):
        code = match.group().upper()
        point = near(match.end()) if near and is_short(code) else None
        position = position_of(complete(code, *point) if point else code, match.span())
        if position:
            yield replace(position, score=SHORT_CODE_SCORE) if point else position


def position_of(code: str, span: tuple[int, int] = (0, 0)) -> Position | None:
    """Return the centre of a full plus code's cell, or None if the text is not one.

    Arguments:
        code: the plus code, in capitals.
        span: its start and end in the text, in code points.
    """
    if not is_full(code):
        return None
    cell = decode(code)
    radius_km = round(max(MIN_RADIUS_KM, 0.7 * cell.size * DEGREE_KM), 3)
    return position_at(span, round(cell.latitude, 6), round(cell.longitude, 6), radius_km, PLUS_CODE)


def is_full(code: str) -> bool:
    """Whether a code stands for one cell by itself.

    Arguments:
        code: the plus code, in capitals.
    """
    if not _is_valid(code) or code.index(MARK) != MARK_AT:
        return False
    first, second = DIGITS.index(code[0]), DIGITS.index(code[1])
    return first * BASE < HIGHEST_LATITUDE and second * BASE < HIGHEST_LONGITUDE


def is_short(code: str) -> bool:
    """Whether a code needs a place nearby to be complete."""
    return _is_valid(code) and code.index(MARK) < MARK_AT


def decode(code: str) -> Cell:
    """The cell of a full code. Raises ValueError for any other text."""
    if not is_full(code):
        raise ValueError(f"{code!r} is not a full plus code")
    digits = [DIGITS.index(character) for character in code.replace(MARK, "")[:LONGEST]]
    south, west, height, width = -POLE, -DATE_LINE, float(BASE**2), float(BASE**2)
    for latitude, longitude in zip(digits[:PAIRS:2], digits[1:PAIRS:2], strict=False):
        height, width = height / BASE, width / BASE
        south, west = south + latitude * height, west + longitude * width
    for digit in digits[PAIRS:]:
        height, width = height / ROWS, width / COLUMNS
        south, west = south + digit // COLUMNS * height, west + digit % COLUMNS * width
    return Cell(min(south + height / 2, POLE), min(west + width / 2, DATE_LINE), max(height, width))


def complete(code: str, latitude: float, longitude: float) -> str:
    """A short code with the digits that put its cell nearest to a place; degrees. Raises ValueError for other texts."""
    if not is_short(code):
        raise ValueError(f"{code!r} is not a short plus code")
    missing = MARK_AT - code.index(MARK)
    size = BASE ** (2 - missing / 2)  # of the area that the missing digits choose
    near = Cell(min(max(latitude, -POLE), POLE - 1e-9), (longitude + DATE_LINE) % HIGHEST_LONGITUDE - DATE_LINE, 0.0)
    cell = decode(_prefix(near, missing) + code)
    return (
        _prefix(
            Cell(
                _nearest(cell.latitude, near.latitude, size, POLE),
                _nearest(cell.longitude, near.longitude, size, math.inf),
                0.0,
            ),
            missing,
        )
        + code
    )


def _nearest(found: float, near: float, size: float, highest: float) -> float:
    """The coordinate moved by one area where that brings it closer."""
    if near + size / 2 < found and found - size >= -highest:
        return found - size
    if near - size / 2 > found and found + size <= highest:
        return found + size
    return found


def _prefix(point: Cell, count: int) -> str:
    """The first digits of the code of a point."""
    latitude, longitude = point.latitude + POLE, (point.longitude + DATE_LINE) % HIGHEST_LONGITUDE
    digits, size = "", float(BASE)
    for _ in range(count // 2):
        digits += DIGITS[int(latitude // size)] + DIGITS[int(longitude // size)]
        latitude, longitude, size = latitude % size, longitude % size, size / BASE
    return digits


def _is_valid(code: str) -> bool:
    before, mark, after = code.partition(MARK)
    return (
        bool(mark)
        and len(before) in (4, 6, MARK_AT)
        and 2 <= len(after) <= LONGEST - MARK_AT
        and all(character in DIGITS for character in before + after)
    )
