"""Positions written in degrees: decimal ("-19.84, 34.84"), or with minutes and seconds (19°50'24"S 34°50'24"E).

Two bare numbers need a reason to be a position: three decimals, a sign, a degree sign, a letter of the compass, or a
word such as "GPS" before them. Texts are given as `positions.normalize` returns them.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from classifier.places.positions import (
    DEGREE_KM,
    IN_TEXT,
    Position,
    count_decimals,
    parse_number,
    position_at,
    radius_for,
)

LATITUDE, LONGITUDE = 0, 1
LABEL_CHARACTERS = 24  # before a number, searched for a word that says what it is
THOUSANDS = 3  # decimals: "12.345, 67.890" may be two counts with a separator of thousands


class _Direction(NamedTuple):
    """Which axis a number belongs to, and its sign; 0 where the number has its own."""

    axis: int
    sign: int


_COMPASS = {
    "N": _Direction(LATITUDE, 1), "S": _Direction(LATITUDE, -1),
    "E": _Direction(LONGITUDE, 1), "W": _Direction(LONGITUDE, -1), "O": _Direction(LONGITUDE, -1),
    "С.Ш": _Direction(LATITUDE, 1), "Ю.Ш": _Direction(LATITUDE, -1),
    "В.Д": _Direction(LONGITUDE, 1), "З.Д": _Direction(LONGITUDE, -1),
}  # fmt: skip


def _numbered(pattern: str, number: int) -> str:
    """A pattern with its groups numbered, so that it can occur twice in another one."""
    return pattern.replace("{0}", str(number))


# Decimal degrees.

_LETTER = r"(?:[NSEWO]|[сюСЮ]\. ?[шШ]|[взВЗ]\. ?[дД])\.?"
_AXIS = r"(?i:latitude|longitude|latitud|longitud|lat|lon|lng|long|широта|долгота|довгота|enlem|boylam)\.?(?![^\W_])"
_SIGNED = r"[-+]?\d{1,3}(?:[.,]\d{1,15})?"
_SPACE = r"[ \t\u00a0]{0,2}"
_DECIMAL = (
    rf"(?:(?P<axis{{0}}>{_AXIS}){_SPACE}[:=]?{_SPACE})?(?:(?P<before{{0}}>{_LETTER}) ?)?(?P<number{{0}}>{_SIGNED})"
    rf"(?P<sign{{0}}> ?(?:°|deg(?:rees)?\b))?(?:,? ?(?P<after{{0}}>{_LETTER})(?![^\W_]))?"
)
_BETWEEN = rf"(?:{_SPACE}[,;/|]{_SPACE}|{_SPACE}(?:and|et|und|y|e|и|і|و|ve){_SPACE}(?=[\d+-])|[ \t\u00a0]{{1,3}}|\n)"
DECIMAL_PAIR = re.compile(
    rf"(?<![\w.+-])(?<!\d,)(?:{_numbered(_DECIMAL, 1)}){_BETWEEN}(?:{_numbered(_DECIMAL, 2)})"
    r"(?![.,]?\d|[^\W\d_]| ?[%‰]| ?°[CF]\b)"
)
_LABEL = re.compile(
    r"(?<![^\W_])(?:lat|lat ?[/,&] ?(?:lon|lng|long)|gps|coords?|coordinates?|co-ordinates?|coordenadas?|coordonn[ée]es|"
    r"coordinate|koordinat\w{0,5}|координат\w{0,3}|location|position|posici[óo]n|ubicaci[óo]n|localiza\w{0,6}|konum\w{0,3}|"
    r"lokasi|titik|इलाका|अक्षांश|الموقع|إحداثيات|الإحداثيات|موقعیت|مختصات|位置|坐标|座標)[^\w\n]{0,4}(?:is|are|es|:)?[^\w\n+-]{0,3}$",
    re.IGNORECASE,
)


def find_decimals(text: str) -> Iterator[Position]:
    """The positions in decimal degrees, in the order of the text.

    Arguments:
        text: as `positions.normalize` returns it.
    """
    for match in DECIMAL_PAIR.finditer(text):
        point = _decimal_point(text, match)
        decimals = max(count_decimals(match["number1"]), count_decimals(match["number2"]))
        found = point and position_at(_trimmed_span(match), *point, radius_for(decimals), IN_TEXT)
        if found:
            yield found


def _decimal_point(text: str, match: re.Match[str]) -> tuple[float, float] | None:
    """Latitude and longitude of two numbers, or None where they are none."""
    first, second = match["number1"], match["number2"]
    if ("," in first and "." in second) or ("." in first and "," in second):
        return None
    directions = [found for found in (_direction_of(match, which) for which in ("1", "2")) if found]
    if len(directions) == 1 or not _is_position(text, match, bool(directions)):
        return None
    values = (parse_number(first), parse_number(second))
    return _oriented(values, directions) if directions else values


def _direction_of(match: re.Match[str], which: str) -> _Direction | None:
    """What a letter of the compass or a word such as "lat" says about a number."""
    letter = match[f"before{which}"] or match[f"after{which}"]
    if letter:
        return _COMPASS[letter.upper().replace(" ", "").rstrip(".")]
    axis = (match[f"axis{which}"] or "").lower()
    if not axis:
        return None
    return _Direction(LATITUDE if axis.startswith(("lat", "шир", "enl")) else LONGITUDE, 0)


def _oriented(values: Sequence[float], directions: Sequence[_Direction]) -> tuple[float, float] | None:
    """Latitude and longitude, with their signs; None where both numbers belong to one axis."""
    if directions[0].axis == directions[1].axis:
        return None
    first, second = (abs(value) * sign if sign else value for value, (_, sign) in zip(values, directions, strict=True))
    return (first, second) if directions[0].axis == LATITUDE else (second, first)


def _is_position(text: str, match: re.Match[str], has_directions: bool) -> bool:
    """Whether two numbers are a position rather than counts, prices or scores."""
    if has_directions:
        return True
    numbers = (match["number1"], match["number2"])
    fewest, most = sorted(map(count_decimals, numbers))
    label = _LABEL.search(text, max(0, match.start() - LABEL_CHARACTERS), match.start())
    if label or match["sign1"] or match["sign2"]:
        return fewest >= 1
    if fewest > THOUSANDS:
        return True
    if "." not in numbers[0] or fewest < 2:
        return False
    if any(number[0] in "-+" for number in numbers):
        return True
    has_unit = re.match(r" ?[^\W\d_]", text[match.end() : match.end() + 2])
    return most > THOUSANDS or (most == THOUSANDS and not has_unit)


def _trimmed_span(match: re.Match[str]) -> tuple[int, int]:
    """The span without spaces around it and separators at its end."""
    found = match.group()
    return match.start() + len(found) - len(found.lstrip()), match.start() + len(found.rstrip(" ,;"))


# Degrees with minutes, and with seconds.

_MINUTES = (
    r"(?P<degrees{0}>[-+]?\d{1,3}) ?(?:°|d(?:eg)?\b|(?<=\d)d(?=\d)) ?"
    r"(?P<minutes{0}>\d{1,2}(?:[.,]\d{1,6})?) ?(?:'|m(?:in)?\b|(?<=\d)m(?=\d))"
    r"(?: ?(?P<seconds{0}>\d{1,2}(?:[.,]\d{1,6})?) ?(?:\"|''|s(?:ec)?\b))?"
)
_SPACED = r"(?P<degrees{0}>\d{1,3})[ °](?P<minutes{0}>\d{1,2})[ '](?P<seconds{0}>\d{1,2}(?:[.,]\d{1,6})?)"
_BEFORE, _AFTER = r"(?:(?P<before{0}>[NSEWO]) ?)?", r"(?: ?(?P<after{0}>[NSEWO])(?![^\W_]))?"
_DMS_BETWEEN = rf"{_SPACE}[,;/|]?{_SPACE}\n?"
DMS_PAIR, SPACED_DMS_PAIR = (
    re.compile(rf"(?<![\w.]){_numbered(form, 1)}{_DMS_BETWEEN}{_numbered(form, 2)}(?!\d)")
    for form in (_BEFORE + _MINUTES + _AFTER, _BEFORE + _SPACED + _AFTER)
)


def find_dms(text: str) -> Iterator[Position]:
    """The positions in degrees and minutes, with or without seconds.

    Arguments:
        text: as `positions.normalize` returns it.
    """
    for pattern, needs_letters in ((DMS_PAIR, False), (SPACED_DMS_PAIR, True)):
        for match in pattern.finditer(text):
            point = _dms_point(match, needs_letters)
            found = point and position_at(_trimmed_span(match), *point, _dms_radius_km(match), IN_TEXT)
            if found:
                yield found


def _dms_point(match: re.Match[str], needs_letters: bool) -> tuple[float, float] | None:
    """Latitude and longitude, or None where the numbers are out of range or only one has a letter of the compass."""
    directions = [found for found in (_direction_of_dms(match, which) for which in ("1", "2")) if found]
    if len(directions) == 1 or (needs_letters and not directions):
        return None
    first, second = _dms_degrees(match, "1"), _dms_degrees(match, "2")
    if first is None or second is None:
        return None
    return _oriented((first, second), directions) if directions else (first, second)


def _direction_of_dms(match: re.Match[str], which: str) -> _Direction | None:
    letter = match[f"before{which}"] or match[f"after{which}"]
    return _COMPASS[letter] if letter else None


def _dms_degrees(match: re.Match[str], which: str) -> float | None:
    """Degrees with their fraction; None for 60 minutes or seconds and more."""
    degrees = match[f"degrees{which}"]
    minutes, seconds = parse_number(match[f"minutes{which}"]), parse_number(match[f"seconds{which}"] or "0")
    if minutes >= 60 or seconds >= 60:
        return None
    value = abs(int(degrees)) + minutes / 60 + seconds / 3600
    return -value if degrees.startswith("-") else value


def _dms_radius_km(match: re.Match[str]) -> float:
    if match["seconds1"] and match["seconds2"]:
        return radius_for(count_decimals(match["seconds1"]), DEGREE_KM / 3600)
    return radius_for(count_decimals(match["minutes1"]), DEGREE_KM / 60)
