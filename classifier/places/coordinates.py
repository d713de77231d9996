"""Positions that a text states itself: coordinates, map links and plus codes.

How they are found:
1. Links of map services and geo: URIs first; every link is then left out, so that no other number in one counts.
2. Plus codes: full ones alone, short ones ("PR6C+2V Beira") only beside a place that the text or the event gives.
3. Degrees with minutes and seconds, then decimal degrees. Bare numbers need a reason to be a position: three decimals,
   a sign, a degree sign, a letter of the compass, or a word such as "GPS" before them.

Positions out of range are left out, and so is 0, 0, which devices send that know none. At most 20 are taken of a text.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote, urlsplit

from classifier.places import plus_codes
from classifier.places.find import Context, Place, PlaceSpan, distance_km, find_places

MOST = 20
MAX_CHARACTERS = 10_000
TYPE = "coordinates"
IN_TEXT, MAP_LINK, PLUS_CODE = "coordinates in the post", "map link in the post", "plus code in the post"
DEGREE_KM = 111.0
NOWHERE = 1e-6  # degrees from 0, 0
LEAST_KM = 0.01  # no receiver knows better
LABELLED_CHARACTERS = 24  # before a number, in which a word may say what it is
SHORT_CODE_KM, SMALL_DEGREES = 40.0, 1.0  # a short code is the only one of its kind within half a degree
NAMED_KM = 5.0  # from a named place, a position at least counts as one there


@dataclass(frozen=True, slots=True)
class Position:
    """A position in a text; degrees, kilometres, code points."""

    start: int
    end: int
    latitude: float
    longitude: float
    radius_km: float
    reason: str
    score: float = 1.0


def find_coordinates(text: str, *, near: Callable[[int], tuple[float, float] | None] | None = None) -> list[Position]:
    """The positions that `text` states, in order; never more than 20.

    Arguments:
        text: any string; 10,000 characters are read.
        near: gives a point (latitude, longitude) that a short plus code at this offset is near to, if there is one.
    """
    text = text[:MAX_CHARACTERS]
    if not any(map(str.isdigit, text)):
        return []
    plain = "".join(map(_plain, text))
    found: list[Position] = []
    found += _links(plain)
    plain = _without(plain, [match.span() for match in LINK.finditer(plain)])
    found += _codes(plain, near)
    for finder in (_degrees_and_minutes, _decimals):
        new = list(finder(plain))
        found += new
        plain = _without(plain, [(one.start, one.end) for one in new])
    return sorted(found, key=lambda one: one.start)[:MOST]


def link_position(link: str) -> Position | None:
    """The position that a link of a map service leads to, if it states one."""
    return next(_links("".join(map(_plain, link))), None)


def all_places(
    text: str,
    *,
    context: Context | None = None,
    spans: Sequence[PlaceSpan] | None = None,
    lang: str | None = None,
    trusted: bool = True,
) -> list[Place]:
    """The places of a text in order: those that it names, and those that it states as coordinates.

    Arguments:
        text, context, spans, lang, trusted: as for `find_places`.
    """
    named = find_places(text, context=context, spans=spans, lang=lang, trusted=trusted)
    exact = [place for place in named if place.latitude is not None and (place.radius_km or 0) <= SHORT_CODE_KM]
    centre = _centre(context)

    def near(offset: int) -> tuple[float, float] | None:
        closest = min(exact, key=lambda place: (place.start < offset, abs(place.start - offset)), default=None)
        return _point(closest) if closest else centre

    stated = [_place(text, position, exact) for position in find_coordinates(text, near=near)]
    apart = [place for place in named if not any(place.start < one.end and one.start < place.end for one in stated)]
    return sorted([*apart, *stated], key=lambda place: place.start)


def _centre(context: Context | None) -> tuple[float, float] | None:
    """The middle of the event's area, where it is small enough to complete a short plus code."""
    if context is None or context.bbox is None:
        return None
    west, south, east, north = context.bbox
    small = 0 <= east - west <= SMALL_DEGREES and 0 <= north - south <= SMALL_DEGREES
    return ((south + north) / 2, (west + east) / 2) if small else None


def _place(text: str, position: Position, named: Sequence[Place]) -> Place:
    """A position as a place; name and country are those of the nearest place that the text names around it."""
    here = (position.latitude, position.longitude)
    around = [(distance_km(here, _point(place)), place) for place in named]
    within = [pair for pair in around if pair[0] <= max(2 * (pair[1].radius_km or 0), position.radius_km, NAMED_KM)]
    place = min(within, key=lambda pair: pair[0])[1] if within else None
    return Place(
        text=text[position.start : position.end], start=position.start, end=position.end,
        name=place.name if place else None, type=TYPE, country_code=place.country_code if place else None,
        latitude=position.latitude, longitude=position.longitude, radius_km=position.radius_km,
        score=position.score, reason=position.reason,
    )  # fmt: skip


def _point(place: Place) -> tuple[float, float]:
    assert place.latitude is not None and place.longitude is not None
    return place.latitude, place.longitude


# Numbers as people type them: digits of any script, signs as ASCII; one character for one, so that offsets stay.

_SAME = str.maketrans("−–﹣－⁺＋٫．，،；：º˚′’‘ʹ＇″”“＂／（）＠＃", "----++..,,;:°°'''''\"\"\"\"/()@#")


def _plain(character: str) -> str:
    if character.isascii():
        return character
    digit = unicodedata.digit(character, None)
    return str(digit) if digit is not None and character.isdecimal() else character.translate(_SAME)


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with these ranges blank; positions stay."""
    for start, end in spans:
        text = text[:start] + "\n" * (end - start) + text[end:]
    return text


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _decimals_of(text: str) -> int:
    return len(re.split("[.,]", text)[1]) if re.search("[.,]", text) else 0


def _numbered(pattern: str, number: int) -> str:
    """A pattern with its groups numbered, so that it can stand twice in another."""
    return pattern.replace("{0}", str(number))


def precision_km(*numbers: float) -> float:
    """How far the place may be away when only as many decimals are given as the most exact of `numbers` has."""
    return _radius_km(max(_decimals_of(repr(number)) for number in numbers))


def is_possible(latitude: float, longitude: float) -> bool:
    """Whether degrees are on earth, and not the 0, 0 of devices that know no position."""
    return abs(latitude) <= 90 and abs(longitude) <= 180 and (abs(latitude) > NOWHERE or abs(longitude) > NOWHERE)


def _radius_km(decimals: int, unit_km: float = DEGREE_KM) -> float:
    """How far the place may be away when only so many decimals are given."""
    return round(max(LEAST_KM, 0.7 * unit_km * 10.0**-decimals), 3)


def _checked(
    span: tuple[int, int], latitude: float, longitude: float, radius_km: float, reason: str
) -> Iterator[Position]:
    """The position, unless it is impossible, or 0, 0."""
    if is_possible(latitude, longitude):
        yield Position(*span, latitude, longitude, radius_km, reason)


# Decimal degrees.

_COMPASS = {
    "N": (0, 1), "S": (0, -1), "E": (1, 1), "W": (1, -1), "O": (1, -1),
    "С.Ш": (0, 1), "Ю.Ш": (0, -1), "В.Д": (1, 1), "З.Д": (1, -1),
}  # fmt: skip
_LETTER = r"(?:[NSEWO]|[сюСЮ]\. ?[шШ]|[взВЗ]\. ?[дД])\.?"
_AXIS = r"(?i:latitude|longitude|latitud|longitud|lat|lon|lng|long|широта|долгота|довгота|enlem|boylam)\.?(?![^\W_])"
_SIGNED = r"[-+]?\d{1,3}(?:[.,]\d{1,15})?"
_SPACE = r"[ \t\u00a0]{0,2}"
_ONE = rf"(?:(?P<axis{{0}}>{_AXIS}){_SPACE}[:=]?{_SPACE})?(?:(?P<before{{0}}>{_LETTER}) ?)?(?P<number{{0}}>{_SIGNED})(?P<sign{{0}}> ?(?:°|deg(?:rees)?\b))?(?:,? ?(?P<after{{0}}>{_LETTER})(?![^\W_]))?"
_BETWEEN = rf"(?:{_SPACE}[,;/|]{_SPACE}|{_SPACE}(?:and|et|und|y|e|и|і|و|ve){_SPACE}(?=[\d+-])|[ \t\u00a0]{{1,3}}|\n)"
PAIR = re.compile(
    rf"(?<![\w.+-])(?<!\d,)(?:{_numbered(_ONE, 1)}){_BETWEEN}(?:{_numbered(_ONE, 2)})(?![.,]?\d|[^\W\d_]| ?[%‰]| ?°[CF]\b)"
)
_LABEL = re.compile(
    r"(?<![^\W_])(?:lat|lat ?[/,&] ?(?:lon|lng|long)|gps|coords?|coordinates?|co-ordinates?|coordenadas?|coordonn[ée]es|"
    r"coordinate|koordinat\w{0,5}|координат\w{0,3}|location|position|posici[óo]n|ubicaci[óo]n|localiza\w{0,6}|konum\w{0,3}|"
    r"lokasi|titik|इलाका|अक्षांश|الموقع|إحداثيات|الإحداثيات|موقعیت|مختصات|位置|坐标|座標)[^\w\n]{0,4}(?:is|are|es|:)?[^\w\n+-]{0,3}$",
    re.IGNORECASE,
)
_ONLY_THREE = 3  # "12.345, 67.890" may be two counts with their thousands set apart


def _decimals(text: str) -> Iterator[Position]:
    for match in PAIR.finditer(text):
        first, second = match["number1"], match["number2"]
        letters = [_axis_of(match, which) for which in ("1", "2")]
        if ("," in first and "." in second) or ("." in first and "," in second):
            continue
        if not _is_position(text, match, letters):
            continue
        latitude, longitude = _number(first), _number(second)
        if letters[0] and letters[1]:
            if letters[0][0] == letters[1][0]:
                continue
            said = [letter for letter in letters if letter]
            values = [abs(v) * way if way else v for v, (_, way) in zip((latitude, longitude), said, strict=True)]
            latitude, longitude = values if letters[0][0] == 0 else values[::-1]
        elif letters[0] or letters[1]:
            continue
        decimals = max(_decimals_of(first), _decimals_of(second))
        yield from _checked(_bare_span(match), latitude, longitude, _radius_km(decimals), IN_TEXT)


def _axis_of(match: re.Match[str], which: str) -> tuple[int, int] | None:
    """Which axis a number is said to be of (0 latitude, 1 longitude), and its sign: 0 where the number has its own."""
    letter = match[f"before{which}"] or match[f"after{which}"]
    if letter:
        return _COMPASS[letter.upper().replace(" ", "").rstrip(".")]
    axis = (match[f"axis{which}"] or "").lower()
    if not axis:
        return None
    return (0 if axis.startswith(("lat", "шир", "enl")) else 1), 0


def _is_position(text: str, match: re.Match[str], letters: Sequence[tuple[int, int] | None]) -> bool:
    """Whether two numbers are a position rather than counts, prices or scores."""
    numbers = (match["number1"], match["number2"])
    decimals = [_decimals_of(number) for number in numbers]
    if all(letters):
        return True
    label = _LABEL.search(text, max(0, match.start() - LABELLED_CHARACTERS), match.start())
    if label or match["sign1"] or match["sign2"]:
        return min(decimals) >= 1
    if min(decimals) > _ONLY_THREE:
        return True
    signed = any(number[0] in "-+" for number in numbers)
    if signed and "." in numbers[0]:
        return min(decimals) >= 2
    alone = not re.match(r" ?[^\W\d_]", text[match.end() : match.end() + 2])
    return (
        max(decimals) > _ONLY_THREE - 1
        and min(decimals) >= 2
        and "." in numbers[0]
        and (max(decimals) > _ONLY_THREE or alone)
    )


def _bare_span(match: re.Match[str]) -> tuple[int, int]:
    """The span without spaces and closing marks at its end."""
    found = match.group()
    return match.start() + len(found) - len(found.lstrip()), match.start() + len(found.rstrip(" ,;"))


# Degrees with minutes, and with seconds.

_MINUTES = (
    r"(?P<degrees{0}>[-+]?\d{1,3}) ?(?:°|d(?:eg)?\b|(?<=\d)d(?=\d)) ?(?P<minutes{0}>\d{1,2}(?:[.,]\d{1,6})?) ?(?:'|m(?:in)?\b|(?<=\d)m(?=\d))"
    r"(?: ?(?P<seconds{0}>\d{1,2}(?:[.,]\d{1,6})?) ?(?:\"|''|s(?:ec)?\b))?"
)
_SPACED = r"(?P<degrees{0}>\d{1,3})[ °](?P<minutes{0}>\d{1,2})[ '](?P<seconds{0}>\d{1,2}(?:[.,]\d{1,6})?)"
_ARC = r"(?:(?P<before{0}>[NSEWO]) ?)?" + _MINUTES + r"(?: ?(?P<after{0}>[NSEWO])(?![^\W_]))?"
_SPACED_ARC = r"(?:(?P<before{0}>[NSEWO]) ?)?" + _SPACED + r"(?: ?(?P<after{0}>[NSEWO])(?![^\W_]))?"
_ARC_BETWEEN = rf"{_SPACE}[,;/|]?{_SPACE}\n?"
ARCS = tuple(
    re.compile(rf"(?<![\w.]){_numbered(form, 1)}{_ARC_BETWEEN}{_numbered(form, 2)}(?!\d)")
    for form in (_ARC, _SPACED_ARC)
)


def _degrees_and_minutes(text: str) -> Iterator[Position]:
    for number, pattern in enumerate(ARCS):
        for match in pattern.finditer(text):
            letters = [match[f"before{which}"] or match[f"after{which}"] for which in ("1", "2")]
            if (number and not all(letters)) or bool(letters[0]) != bool(letters[1]):
                continue
            values = [_arc(match, which) for which in ("1", "2")]
            ways = [_COMPASS[letter] for letter in letters if letter] or [(0, 0), (1, 0)]
            if None in values or ways[0][0] == ways[1][0]:
                continue
            signed = [
                abs(value or 0) * way if way else value or 0 for value, (_, way) in zip(values, ways, strict=True)
            ]
            latitude, longitude = signed if ways[0][0] == 0 else signed[::-1]
            yield from _checked(_bare_span(match), latitude, longitude, _arc_radius_km(match), IN_TEXT)


def _arc(match: re.Match[str], which: str) -> float | None:
    """Degrees of an arc; None where minutes or seconds are impossible."""
    degrees = match[f"degrees{which}"]
    minutes, seconds = _number(match[f"minutes{which}"]), _number(match[f"seconds{which}"] or "0")
    if minutes >= 60 or seconds >= 60:
        return None
    value = abs(int(degrees)) + minutes / 60 + seconds / 3600
    return -value if degrees.startswith("-") else value


def _arc_radius_km(match: re.Match[str]) -> float:
    if match["seconds1"] and match["seconds2"]:
        return _radius_km(_decimals_of(match["seconds1"]), DEGREE_KM / 3600)
    return _radius_km(_decimals_of(match["minutes1"]), DEGREE_KM / 60)


# Plus codes (Open Location Code).

_DIGITS = "23456789CFGHJMPQRVWX"
CODE = re.compile(
    rf"(?<![\w+])(?=[{_DIGITS}]{{0,8}}[2-9])(?=[2-9]{{0,8}}[+{_DIGITS}]{{0,12}}[C-X])[{_DIGITS}]{{4}}(?:[{_DIGITS}]{{2}}){{0,2}}\+[{_DIGITS}]{{2,7}}(?!\w)",
    re.IGNORECASE,
)


def _codes(text: str, near: Callable[[int], tuple[float, float] | None] | None) -> Iterator[Position]:
    for match in CODE.finditer(text):
        code = match.group().upper()
        point = near(match.end()) if near and plus_codes.is_short(code) else None
        if point:
            code = plus_codes.complete(code, *point)
        for position in _of_code(code, match.span()):
            yield replace(position, score=0.9) if point else position


def _of_code(code: str, span: tuple[int, int]) -> Iterator[Position]:
    if plus_codes.is_full(code):
        cell = plus_codes.decode(code)
        radius_km = round(max(LEAST_KM, 0.7 * cell.size * DEGREE_KM), 3)
        yield from _checked(span, round(cell.latitude, 6), round(cell.longitude, 6), radius_km, PLUS_CODE)


# Links of map services, and geo: URIs.

LINK = re.compile(
    r"(?:https?://|(?<![\w.@])(?=(?:www\.|maps?\.)[\w.]{3,60}/))[^\s<>\"]{4,2000}|(?<![\w])geo:[^\s<>\"]{3,300}",
    re.IGNORECASE,
)
_POINT = r"(-?\d{1,3}(?:\.\d{1,15})?)"
_VALUE = re.compile(rf"(?:loc:|geo:)?\s*{_POINT}\s*,\s*{_POINT}(?![\d.])")
_PIN = re.compile(rf"!3d{_POINT}!4d{_POINT}")
_VIEW = re.compile(rf"@{_POINT},{_POINT}(?:,(\d{{1,2}}(?:\.\d{{1,2}})?)([zm])|(?![\d.]))")
_IN_PATH = re.compile(rf"/(?:place|search|dir/[^/]{{0,200}}|loc(?:ation)?)/+{_POINT},[+ ]?{_POINT}(?![\d.])")
_OSM_VIEW = re.compile(rf"map=(\d{{1,2}})(?:\.\d{{1,2}})?/{_POINT}/{_POINT}")
_UNCERTAIN = re.compile(r"(?:^|[;?&])u=(\d{1,7}(?:\.\d{1,3})?)")
_GOOGLE = re.compile(r"(?:^|\.)google\.[a-z]{2,3}(?:\.[a-z]{2})?$")
_PARAMETERS: Mapping[str, tuple[str, ...]] = {  # the pin first, the view last
    "google": ("q", "query", "destination", "daddr", "ll", "sll", "center", "viewpoint"),
    "apple": ("coordinate", "ll", "q", "daddr", "address", "sll", "center"),
    "waze": ("ll", "to", "latlng"),
    "osm": ("query",),
    "bing": ("cp",),
    "yandex": ("pt", "ll"),
}
VIEW_KM_AT_ZOOM_0 = 40_000.0  # a quarter of what a screen of 1,000 points shows


def _links(text: str) -> Iterator[Position]:
    for match in LINK.finditer(text):
        link = match.group().rstrip(".,;:!?…)]}*_'")
        span = (match.start(), match.start() + len(link))
        try:
            found = _of_uri(link) if link[:4].lower() == "geo:" else _of_link(link)
        except ValueError:  # not an address after all
            continue
        if found:
            yield from _checked(span, *found, MAP_LINK)


def _of_uri(link: str) -> tuple[float, float, float] | None:
    """Latitude, longitude and radius of a geo: URI (RFC 5870); Android's `q` is the pin where it holds one."""
    head, _, query = link[4:].partition("?")
    pinned = _VALUE.match(dict(parse_qsl(query)).get("q", ""))
    found = pinned or _VALUE.match(head)
    if not found:
        return None
    unsure = _UNCERTAIN.search(head)
    latitude, longitude, radius_km = _of_values(found)
    return latitude, longitude, max(radius_km, float(unsure[1]) / 1000) if unsure else radius_km


def _of_link(link: str) -> tuple[float, float, float] | None:
    """Latitude, longitude and radius of a map service's link: of its pin, else of what it shows."""
    parts = urlsplit(link if "://" in link else f"https://{link}")
    host, path = (parts.hostname or "").lower(), unquote(parts.path)
    service = _service(host, path)
    if not service:
        return None
    values = {name.lower(): value for name, value in parse_qsl(parts.query, max_num_fields=100)}
    if service == "plus":
        return next(((p.latitude, p.longitude, p.radius_km) for p in _of_code(path.strip("/").upper(), (0, 0))), None)
    if service == "osm":
        return _of_osm(values, parts.fragment)
    pinned = _pin(unquote(link), path) if service == "google" else None
    asked = (_of_parameter(values[name], service) for name in _PARAMETERS[service] if name in values)
    found = pinned or next(filter(None, asked), None)
    if found or service != "google":
        return found
    view = _VIEW.search(unquote(link))
    return _of_view(view) if view else None


def _pin(link: str, path: str) -> tuple[float, float, float] | None:
    """The pin of a link of Google Maps: in its data, or in its path."""
    pins = list(_PIN.finditer(link))
    found = pins[-1] if pins else _IN_PATH.search(path)
    return _of_values(found) if found else None


def _service(host: str, path: str) -> str:
    """Which map service a link is of; empty for any other page."""
    if _GOOGLE.search(host) and (host.startswith("maps.") or path.startswith("/maps")):
        return "google"
    for name, hosts in (
        ("apple", ("maps.apple.com",)), ("osm", ("openstreetmap.org", "osm.org")), ("waze", ("waze.com",)),
        ("plus", ("plus.codes",)), ("bing", ("bing.com",)), ("yandex", ("yandex.com", "yandex.ru", "yandex.com.tr")),
    ):  # fmt: skip
        if any(host == one or host.endswith(f".{one}") for one in hosts):
            return name
    return ""


def _of_parameter(value: str, service: str) -> tuple[float, float, float] | None:
    if service == "yandex":
        found = _VALUE.match(value.replace("~", ","))
        return None if not found else (_number(found[2]), _number(found[1]), _radius_km(_decimals_of(found[1])))
    if service == "bing":
        value = value.replace("~", ",")
    if found := _VALUE.match(value):
        return _of_values(found)
    written = next(_degrees_and_minutes("".join(map(_plain, value))), None) or next(_codes(value, None), None)
    return (written.latitude, written.longitude, written.radius_km) if written else None


def _of_values(found: re.Match[str]) -> tuple[float, float, float]:
    decimals = max(_decimals_of(found[1]), _decimals_of(found[2]))
    return _number(found[1]), _number(found[2]), _radius_km(decimals)


def _of_view(found: re.Match[str]) -> tuple[float, float, float]:
    latitude, longitude, radius_km = _of_values(found)
    if found[3] and found[4] == "z":
        return latitude, longitude, max(radius_km, _view_km(float(found[3])))
    return latitude, longitude, max(radius_km, float(found[3]) / 4000) if found[3] else radius_km


def _view_km(zoom: float) -> float:
    return round(VIEW_KM_AT_ZOOM_0 / 2.0 ** min(zoom, 22.0), 3)


def _of_osm(values: Mapping[str, str], fragment: str) -> tuple[float, float, float] | None:
    pin = _VALUE.match(f"{values.get('mlat', '')},{values.get('mlon', '')}")
    if pin or (pin := _VALUE.match(values.get("query", ""))):
        return _of_values(pin)
    view = _OSM_VIEW.search(fragment)
    if not view:
        return None
    decimals = max(_decimals_of(view[2]), _decimals_of(view[3]))
    return _number(view[2]), _number(view[3]), max(_radius_km(decimals), _view_km(float(view[1])))
