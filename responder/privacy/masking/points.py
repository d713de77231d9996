"""Positions that lead to a door: degrees with three decimals, seconds of arc, plus codes, addresses of three words."""

import re
from collections.abc import Iterator
from itertools import pairwise

# Three decimals of a degree are a hundred metres: somebody's door. Three after a comma may be thousands.
DEGREES = re.compile(
    r"(?<![\w.•])(?:[NSEWO] ?)?[-+]?\d{1,3}(?:\.\d{3,15}|,\d{3,15})(?![\d%])°?(?: ?[NSEWO](?![^\W_]))?", re.IGNORECASE
)
_BETWEEN = r"[^\w\n•]{0,3}"
_AXIS = r"lat|lon|lng|long|mlat|mlon|latitude|longitude|latitud|longitud|широта|долгота|довгота|2c|4d|3d|e|y|et|and|и|و|ve|dan"
JOINED = re.compile(rf"{_BETWEEN}(?:(?:{_AXIS}){_BETWEEN})?", re.IGNORECASE)
LABELLED = re.compile(
    r"(?<![^\W_])(?:lat|lon|lng|latitude|longitude|latitud|longitud|широта|долгота|довгота)[ :=]{0,3}$", re.IGNORECASE
)
MANY_DECIMALS = 4
THOUSANDS = re.compile(r"[1-9]\d{0,2}[.,]\d00")
# Seconds of arc are thirty metres; two decimals of a minute are twenty.
_ARC = r"\d{1,3} ?[°d度] ?\d{1,2} ?(?:['m分] ?\d{1,2}(?:[.,]\d{1,6})?(?: ?(?:\"|''|秒|s\b))?|[.,]\d{2,6} ?['m分]?)"
ARC = re.compile(rf"(?<![A-Za-z0-9.•])(?:[NSEWO] ?)?{_ARC}(?: ?[NSEWO](?![^\W_]))?")
SPACED_ARC = re.compile(r"(?<![\w•])\d{1,3} \d{1,2} \d{1,2}(?:\.\d{1,6})? ?[NSEWO](?![^\W_])")
_OLC = "23456789CFGHJMPQRVWXcfghjmpqrvwx"
PLUS_CODE = re.compile(rf"(?<![\w+•])(?=[A-Za-z]{{0,8}}\d)[{_OLC}]{{4}}(?:[{_OLC}]{{2}}){{0,2}}\+[{_OLC}]{{2,7}}(?!\w)")
THREE_WORDS = re.compile(r"(?:///|(?:what3words\.com|w3w\.co)/)([^\W\d_]{2,24}\.[^\W\d_]{2,24}\.[^\W\d_]{2,24})")


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Ranges of exact positions in a folded text."""
    yield from (match.span(1) for match in THREE_WORDS.finditer(text))
    if not any(map(str.isdigit, text)):
        return
    for pattern in (ARC, SPACED_ARC, PLUS_CODE):
        yield from (match.span() for match in pattern.finditer(text))
    yield from _pairs(text)


def _pairs(text: str) -> Iterator[tuple[int, int]]:
    found = list(DEGREES.finditer(text))
    for match in found:
        if LABELLED.search(text, max(0, match.start() - 14), match.start()):
            yield match.span()
    for first, second in pairwise(found):
        between = JOINED.fullmatch(text, first.end(), second.start())
        if between and _is_position(first[0]) and _is_position(second[0]):
            plain = not any(map(str.isalnum, between[0]))
            yield from [(first.start(), second.end())] if plain else [first.span(), second.span()]


def _is_position(number: str) -> bool:
    """Whether it isn't a count with its thousands set apart."""
    bare = number.strip(" °NSEWOnsewo")
    if "," in bare:
        return len(bare.partition(",")[2]) >= MANY_DECIMALS or bare != number
    return not THOUSANDS.fullmatch(bare)
