"""Positions written in degrees: decimal ("-19.84, 34.84"), or with minutes and seconds (19°50'24"S 34°50'24"E).

Two bare numbers need a reason to be a position: four decimals, three if nothing else is on their line, a minus sign, a
degree sign, a letter of the compass, or a word such as "GPS" before them. A wrong pin is worse than none: a pair that may
be temperatures, prices, counts or durations is left out. Texts are given as `positions.normalize` returns them.
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
    "E": _Direction(LONGITUDE, 1), "W": _Direction(LONGITUDE, -1),
    "С.Ш": _Direction(LATITUDE, 1), "Ю.Ш": _Direction(LATITUDE, -1),
    "В.Д": _Direction(LONGITUDE, 1), "З.Д": _Direction(LONGITUDE, -1),
}  # fmt: skip
# "O" is Ost or oost in some languages, oeste, ouest or ovest in others; in any other text it leaves the side unknown.
_SIGN_OF_O = {"de": 1, "nl": 1, "es": -1, "fr": -1, "it": -1, "pt": -1, "ca": -1, "gl": -1}


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
    rf"(?P<sign{{0}}> ?(?:°|deg(?:rees)?\b))?(?(before{{0}})|(?:,? ?(?P<after{{0}}>{_LETTER})(?![^\W_]))?)"
)
_BETWEEN = rf"(?:{_SPACE}[,;/|]{_SPACE}|{_SPACE}(?:and|et|und|y|e|и|і|و|ve){_SPACE}(?=[\d+-])|[ \t\u00a0]{{1,3}}|\n)"
DECIMAL_PAIR = re.compile(
    rf"(?<![\w.+$€£¥₹₺₽₦₱-])(?<!\d,)(?:{_numbered(_DECIMAL, 1)}){_BETWEEN}(?:{_numbered(_DECIMAL, 2)})"
    r"(?![.,]?\d|[^\W\d_]| ?[%‰℃℉$€£¥₹₺₽₦₱]| ?° ?[CFСK]\b|(?<=°) ?[CFСK]\b| ?[CF]\b)"
)
_LABEL = re.compile(
    r"(?<![^\W_])(?:lat|lat ?[/,&] ?(?:lon|lng|long)|gps|coords?|coordinates?|co-ordinates?|coordenadas?|coordonn[ée]es|"
    r"coordinate|koordinat\w{0,5}|координат\w{0,3}|location|position|posici[óo]n|ubicaci[óo]n|localiza\w{0,6}|konum\w{0,3}|"
    r"lokasi|titik|इलाका|अक्षांश|الموقع|إحداثيات|الإحداثيات|موقعیت|مختصات|位置|坐标|座標)[^\w\n]{0,4}(?:is|are|es|:)?[^\w\n+-]{0,3}$",
    re.IGNORECASE,
)
_OTHER_LABEL = re.compile(
    r"(?<![^\W_])(?:temp(?:erature)?s?|prices?|rates?|versions?|magnitudes?)[^\w\n+-]{0,3}$", re.IGNORECASE
)
_BETWEEN_LABEL = re.compile(r"(?<![^\W_])(?:between|entre|zwischen|tra|fra)[ ]{1,2}$", re.IGNORECASE)
_UNIT = re.compile(r" ?(?:[kcm]?m|ft|feet|kg|kw|mw|hpa|mbar|usd|eur|euros?|dollars?)\b(?!'| ?\d)", re.IGNORECASE)
# A third number of the same kind makes a list of figures; a fourth makes two positions.
_MORE_NUMBERS = re.compile(r"(?:[ \t]{0,2}[,;/ ] {0,2}[-+]?\d{1,3}[.,]\d{3,15}(?!\d)){0,40}")
_DIRECTION_GROUPS = ("axis1", "axis2", "before1", "before2", "after1", "after2")
_ANY_NUMBER = re.compile(r"\d[.,]\d")


def find_decimals(text: str, lang: str | None = None) -> Iterator[Position]:
    """The positions in decimal degrees, in the order of the text.

    Arguments:
        text: as `positions.normalize` returns it.
        lang: the language of the text like `de`, in which the letter O is east or west.
    """
    for match in DECIMAL_PAIR.finditer(text):
        point = _decimal_point(text, match, lang)
        decimals = max(count_decimals(match["number1"]), count_decimals(match["number2"]))
        found = point and position_at(_trimmed_span(match), *point, radius_for(decimals), IN_TEXT)
        if found:
            yield found


def _decimal_point(text: str, match: re.Match[str], lang: str | None) -> tuple[float, float] | None:
    """Return latitude and longitude from two numbers, or None if they are not a position."""
    first, second = match["number1"], match["number2"]
    if ("," in first and "." in second) or ("." in first and "," in second):
        return None
    values = (parse_number(first), parse_number(second))
    if not any(match[group] for group in _DIRECTION_GROUPS):
        return values if _is_position(text, match) else None
    return (
        _oriented(values, [_direction_of(match, which, lang) for which in ("1", "2")]) if _has_degrees(match) else None
    )


def _direction_of(match: re.Match[str], which: str, lang: str | None) -> _Direction | None:
    """What a letter of the compass or a word such as "lat" says about a number."""
    if letter := _letter_of(match, which):
        return _direction_of_letter(letter.upper().replace(" ", "").rstrip("."), lang)
    axis = (match[f"axis{which}"] or "").lower()
    if not axis:
        return None
    return _Direction(LATITUDE if axis.startswith(("lat", "шир", "enl")) else LONGITUDE, 0)


def _letter_of(match: re.Match[str], which: str) -> str | None:
    return match[f"before{which}"] or match[f"after{which}"]


def _direction_of_letter(letter: str, lang: str | None) -> _Direction | None:
    if letter != "O":
        return _COMPASS[letter]
    sign = _SIGN_OF_O.get((lang or "").partition("-")[0])
    return _Direction(LONGITUDE, sign) if sign else None


def _has_degrees(match: re.Match[str]) -> bool:
    """Whether numbers beside letters of the compass are degrees rather than houses or routes ("Route 5 N 10 E")."""
    has_words = match["axis1"] and match["axis2"]
    has_signs = match["sign1"] or match["sign2"]
    return bool(has_words or has_signs or count_decimals(match["number1"]) or count_decimals(match["number2"]))


def _oriented(values: Sequence[float], directions: Sequence[_Direction | None]) -> tuple[float, float] | None:
    """Latitude and longitude, with their signs; None where the directions don't give both, or contradict a sign."""
    first, second = directions
    if first is None or second is None or first.axis == second.axis:
        return None
    if values[0] < 0 < first.sign or values[1] < 0 < second.sign:
        return None
    signed = [abs(v) * way.sign if way.sign else v for v, way in zip(values, (first, second), strict=True)]
    return (signed[0], signed[1]) if first.axis == LATITUDE else (signed[1], signed[0])


def _is_position(text: str, match: re.Match[str]) -> bool:
    """Whether two numbers without letters are a position rather than counts, prices or scores."""
    numbers = (match["number1"], match["number2"])
    fewest = min(map(count_decimals, numbers))
    before = (max(0, match.start() - LABEL_CHARACTERS), match.start())
    has_unit = bool(_UNIT.match(text, match.end()))
    if _LABEL.search(text, *before):
        return fewest >= 1 and (fewest > THOUSANDS or not has_unit)
    has_words = re.search(r"[^\W\d_]", match.group())
    if has_unit or _OTHER_LABEL.search(text, *before) or (has_words and _BETWEEN_LABEL.search(text, *before)):
        return False
    if fewest < 2 or _is_in_odd_list(text, match.end()):
        return False
    # Two decimals beside a degree sign: temperatures have one.
    return bool(fewest > THOUSANDS or match["sign1"] or match["sign2"]) or _is_position_of_few_decimals(text, match)


def _is_position_of_few_decimals(text: str, match: re.Match[str]) -> bool:
    """Whether two bare numbers with two or three decimals are a position."""
    numbers = (match["number1"], match["number2"])
    if "." not in numbers[0]:
        return False
    if any(number.startswith("-") for number in numbers):
        return not any(number.startswith("+") for number in numbers)  # "-0.75, +1.25" are changes
    fewest, most = sorted(map(count_decimals, numbers))
    if fewest == THOUSANDS == most:
        return _is_alone_on_line(text, match)
    has_word = re.match(r" ?[^\W\d_]", text[match.end() : match.end() + 2])
    return most > THOUSANDS or (most == THOUSANDS and not has_word)


def _is_in_odd_list(text: str, end: int) -> bool:
    """Whether an odd number of numbers follows a pair, so the numbers are not pairs."""
    more = _MORE_NUMBERS.match(text, end)
    return bool(more and len(_ANY_NUMBER.findall(more.group())) % 2)


def _is_alone_on_line(text: str, match: re.Match[str]) -> bool:
    start = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", match.end())
    around = text[start : match.start()] + text[match.end() : end if end >= 0 else len(text)]
    return not any(map(str.isalnum, around))


def _trimmed_span(match: re.Match[str]) -> tuple[int, int]:
    """The span without spaces around it and separators at its end."""
    found = match.group()
    return match.start() + len(found) - len(found.lstrip()), match.start() + len(found.rstrip(" ,;"))


# Degrees with minutes, and with seconds.

_MINUTES = (
    r"(?P<degrees{0}>[-+]?\d{1,3}) ?(?P<sign{0}>°|d(?:eg)?\b|(?<=\d)d(?=\d)) ?"
    r"(?P<minutes{0}>\d{1,2}(?:[.,]\d{1,6})?) ?(?:'|m(?:in)?\b|(?<=\d)m(?=\d))"
    r"(?: ?(?P<seconds{0}>\d{1,2}(?:[.,]\d{1,6})?) ?(?:\"|''|s(?:ec)?\b))?"
)
_SPACED = r"(?P<degrees{0}>\d{1,3})(?P<sign{0}>[ °])(?P<minutes{0}>\d{1,2})[ '](?P<seconds{0}>\d{1,2}(?:[.,]\d{1,6})?)"
_BEFORE, _AFTER = r"(?:(?P<before{0}>[NSEWO]) ?)?", r"(?(before{0})|(?: ?(?P<after{0}>[NSEWO])(?![^\W_]))?)"
_DMS_BETWEEN = rf"{_SPACE}[,;/|]?{_SPACE}\n?"
DMS_PAIR, SPACED_DMS_PAIR = (
    re.compile(rf"(?<![\w.]){start}{_numbered(form, 1)}{_DMS_BETWEEN}{_numbered(form, 2)}(?!\d)")
    for start, form in (("", _BEFORE + _MINUTES + _AFTER), (r"(?<!\d )", _BEFORE + _SPACED + _AFTER))
)


def find_dms(text: str, lang: str | None = None) -> Iterator[Position]:
    """The positions in degrees and minutes, with or without seconds.

    Arguments:
        text: as `positions.normalize` returns it.
        lang: the language of the text like `de`, in which the letter O is east or west.
    """
    for pattern in (DMS_PAIR, SPACED_DMS_PAIR):
        for match in pattern.finditer(text):
            needs_letters = pattern is SPACED_DMS_PAIR or "°" not in match["sign1"]  # "3d 10m 2d 5m" are durations
            point = _dms_point(match, lang, needs_letters=needs_letters)
            found = point and position_at(_trimmed_span(match), *point, _dms_radius_km(match), IN_TEXT)
            if found:
                yield found


def _dms_point(match: re.Match[str], lang: str | None, *, needs_letters: bool) -> tuple[float, float] | None:
    """Latitude and longitude, or None where the numbers are out of range or only one has a letter of the compass."""
    first, second = _dms_degrees(match, "1"), _dms_degrees(match, "2")
    if first is None or second is None:
        return None
    letters = [_letter_of(match, which) for which in ("1", "2")]
    if not any(letters):
        return None if needs_letters else (first, second)
    return _oriented((first, second), [_direction_of_letter(one, lang) if one else None for one in letters])


def _dms_degrees(match: re.Match[str], which: str) -> float | None:
    """Degrees with their fraction; None for 60 minutes or seconds and more, or seconds after decimals of a minute."""
    degrees = match[f"degrees{which}"]
    minutes, seconds = parse_number(match[f"minutes{which}"]), parse_number(match[f"seconds{which}"] or "0")
    if minutes >= 60 or seconds >= 60 or (match[f"seconds{which}"] and not minutes.is_integer()):
        return None
    value = abs(int(degrees)) + minutes / 60 + seconds / 3600
    return -value if degrees.startswith("-") else value


def _dms_radius_km(match: re.Match[str]) -> float:
    if match["seconds1"] and match["seconds2"]:
        return radius_for(count_decimals(match["seconds1"]), DEGREE_KM / 3600)
    return radius_for(count_decimals(match["minutes1"]), DEGREE_KM / 60)
