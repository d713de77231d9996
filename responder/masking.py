"""Hides what could identify or expose people: handles, phone numbers, e-mail addresses, names, exact home points.

Place names stay: they are what helpers need. Every pattern is bounded, so the time is linear in the text.
"""

import re
from collections.abc import Callable

from responder import names

HIDDEN = "•••"
COVERED = "•"
# Zero-width characters between digits would otherwise carry a number past the pattern.
_GAP = "[ \\u00a0\\u2009\\u202f\\u200b-\\u200f\\u2060\\ufeff.()/\\-\\u2010-\\u2015]"
EMAIL = re.compile(r"[\w.+%-]{1,64}[@＠][\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
HANDLE = re.compile(r"[@＠][\w](?:[\w.-]{0,100}\w)?(?:[@＠][\w.-]{1,100})?")
PHONE = re.compile(rf"(?<!\w)[+＋(]?\d(?:{_GAP}{{0,3}}\d){{6,17}}(?!\w)")
# Three decimals of a degree are a hundred metres: somebody's door.
POINT = re.compile(r"[-+−]?\d{1,3}[.]\d{3,10}°?[NS]?(?:, |[,;/ ])[-+−]?\d{1,3}[.]\d{3,10}")
HOUSE = re.compile(
    r"(?<!\w)(?:(?i:rua|avenida|av|travessa|calle|rue|boulevard)\.?(?: [\w'’.-]{1,30}){1,5}?,? (?i:n[.ºo°]{0,2} ?)?"
    r"(\d{1,5})(?![\w.])(?! (?i:de|do|da)\b)"
    r"|(\d{1,5}[A-Za-z]?)(?= (?:[A-Z][\w'’-]{1,30} ){1,3}(?i:street|st|road|rd|avenue|ave|lane|drive)\b))"
)
PASSES = 3  # over names: what is hidden may bring the next one to its cue
EXACT_KM = 1.0  # a point that is known better than this is somebody's door
_DATE = re.compile(r"(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])(?: \d{1,2})?|"
                   r"(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|1[0-2])[-/.](?:19|20)\d\d(?: \d{1,2})?")  # fmt: skip
_GROUPED_NUMBER = re.compile(r"[1-9]\d{0,2}(?:[ .\u00a0\u202f]000){1,3}")


def mask(text: str) -> str:
    """`text` without handles, numbers, addresses and names of people; masking twice changes nothing more."""
    return _hide(text, lambda hidden: HIDDEN)


def cover(text: str) -> str:
    """`text` with what `mask` hides covered character by character, so that positions stay."""
    return _hide(text, lambda hidden: COVERED * len(hidden))


def point(
    latitude: float | None, longitude: float | None, radius_km: float | None
) -> tuple[float | None, float | None]:
    """A position as it may be shown: one that is exact is moved to the middle of its square kilometre or so."""
    if latitude is None or longitude is None or radius_km is None or radius_km >= EXACT_KM:
        return latitude, longitude
    return round(latitude, 2), round(longitude, 2)


def _hide(text: str, hidden: Callable[[str], str]) -> str:
    text = EMAIL.sub(lambda match: hidden(match.group()), text)
    text = HANDLE.sub(lambda match: "@" + hidden(match.group()[1:]), text)
    text = POINT.sub(lambda match: hidden(match.group()), text)
    text = PHONE.sub(lambda match: match.group() if _is_no_phone(match.group()) else hidden(match.group()), text)
    text = HOUSE.sub(lambda match: _within(match, hidden), text)
    for _pass in range(PASSES):
        found = names.spans(text)
        for start, end in reversed(found):
            text = text[:start] + hidden(text[start:end]) + text[end:]
        if not found:
            break
    return text


def _within(match: re.Match[str], hidden: Callable[[str], str]) -> str:
    """The match with its number hidden and the street left."""
    number = 1 if match[1] else 2
    start, end = (position - match.start() for position in match.span(number))
    return match[0][:start] + hidden(match[number]) + match[0][end:]


def mask_author(handle: str) -> str:
    """The first letter of a handle, which keeps a conversation readable, and nothing else of it."""
    bare = handle.lstrip("@＠").strip()
    return f"{bare[0]}{HIDDEN}" if bare else ""


def _is_no_phone(number: str) -> bool:
    return bool(_DATE.fullmatch(number) or _GROUPED_NUMBER.fullmatch(number))
