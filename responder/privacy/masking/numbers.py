"""Numbers that lead to a person: telephones, documents, accounts. Dates, counts and amounts of money stay.

Whatever has seven digits or more is hidden unless its form and its neighbours say what else it is. Public hotlines that
are that long are hidden as well, because nothing tells them from a private number.
"""

import re
from collections.abc import Iterator, Sequence

from responder.privacy.masking import ibans, phones
from responder.privacy.masking.folding import COVERED
from responder.privacy.masking.vocabulary import (
    COUNTED,
    COUNTED_INSIDE,
    CURRENCY,
    CURRENCY_SIGNS,
    DOCUMENT,
    NUMBER_SIGN,
    PHONE,
    PHONE_INSIDE,
)
from responder.privacy.masking.words import DIGIT, WORD, Word

FEWEST, FEWEST_CUED, FEWEST_OF_A_DOCUMENT = 7, 5, 5
COUNTED_OR_PAID = COUNTED | CURRENCY
NEAR = 24  # signs before a number in which a cue counts
RUN = re.compile(r"[+(]{0,2}\d(?:(?:,|[ ()./_*~|·-]{0,3})\d)*")
_DATE = r"(?:1[34]|19|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])|" \
        r"(?:0?[1-9]|[12]\d|3[01])([-/.])(?:0?[1-9]|1[0-2])\2(?:(?:1[34]|19|20)\d\d)"  # fmt: skip
_DAYS = (
    r"(?:0?[1-9]|[12]\d|3[01])[/.](?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12]\d|3[01])[/.](?:0?[1-9]|1[0-2])[/.](?:19|20)\d\d"
)
_YEARS = r"(?:19|20)\d\d(?: ?[-/] ?(?:19|20)\d\d)+"
_HOURS = r"(?:[01]?\d|2[0-4])\.[0-5]\d ?- ?(?:[01]?\d|2[0-4])\.[0-5]\d"
_COMMAS = r"[1-9]\d{0,2}(?:,\d{3}){1,4}(?:\.\d{1,2})?|[1-9]\d?(?:,\d\d){1,4},\d{3}(?:\.\d{1,2})?"
_DECIMALS = r"\d{1,2}\.\d(?: \d{1,2}\.\d)+|-?\d{1,3}\.\d{1,2},-?\d{1,3}\.\d{1,2}"
_QUOTES = "'\"“”‘’«»"
# What stays, wherever it stands alone between spaces.
PLAIN = re.compile(rf"(?<![^ (/\[{_QUOTES}])(?:{_DATE}|{_DAYS}|{_YEARS}|{_HOURS}|{_DECIMALS})(?![^ ).,/\]{_QUOTES}])")
GROUPED_BY_COMMAS = re.compile(rf"(?<![^ (-])(?:{_COMMAS})(?![^ )-])")
SHORT_DATE = re.compile(r"(?:0?[1-9]|[12]\d|3[01])([-/.])(?:0?[1-9]|1[0-2])\1\d\d(?: \d{1,2})?")
HOURS = re.compile(r"(?:[01]\d|2[0-4])[0-5]\d ?- ?(?:[01]\d|2[0-4])[0-5]\d")
AMOUNT = re.compile(
    rf"{_COMMAS}|[1-9]\d{{0,2}}([. '])\d{{3}}(?:\1\d{{3}}){{0,3}}(?:,\d{{1,2}})?|[1-9]\d{{0,12}}(?:[.,]\d{{1,2}})?"
)
# Beyond doubt without any word beside them: nobody's telephone is grouped by commas, or full of noughts.
THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:([., '])000){1,3}|[1-9]\d{0,2}(?:,\d{3}){0,2},000")
GROUPED = re.compile(r"[1-9]\d{0,2}(?:([,. ])\d{3}){1,3}")
UNIT = re.compile(rf" ?({WORD.pattern})")
TIMES = re.compile(r" ?(?:hrs?|h|hours|utc|gmt|uhr|horas)\b", re.IGNORECASE)
# One to three capitals beside the digits belong to the number; so do the patterns of India's PAN, Mexico's CURP and the like.
_CAPITAL, _ALONE = "[A-ZА-ЯІЇЄҐ]", (r"(?<![A-Za-zА-я0-9_])", r"(?![A-Za-zА-я0-9_])")
CODE = re.compile(
    rf"{_ALONE[0]}(?:{_CAPITAL}{{1,3}}-?\d{{6,15}}{_CAPITAL}{{0,2}}|\d{{6,15}}{_CAPITAL}{{1,2}}|[A-Z]{{5}}\d{{4}}[A-Z]){_ALONE[1]}"
)
MIXED = re.compile(r"(?<![^\W_])(?=[A-Z]{0,12}\d)(?=(?:\d{0,12}[A-Z]){3})[A-Z0-9]{10,24}(?![^\W_])")
OF_A_DOCUMENT = re.compile(
    rf"(?i:{NUMBER_SIGN})([^\W\d_]{{0,5}}\d[A-Z0-9]{{0,20}}(?:[ /.-]\d[A-Z0-9]{{0,20}}){{0,8}})(?![^\W_])"
)


def spans(text: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Ranges of personal numbers in a folded text."""
    if not DIGIT.search(text):
        return
    yield from ibans.spans(text)
    for pattern in (CODE, MIXED):
        yield from (match.span() for match in pattern.finditer(text) if _digits(match[0]) >= FEWEST_OF_A_DOCUMENT - 1)
    for word in words:
        match = OF_A_DOCUMENT.match(text, word.end) if word.lower in DOCUMENT else None
        if match and _digits(match[1]) >= FEWEST_OF_A_DOCUMENT:
            yield match.span(1)
    for match in RUN.finditer(text):
        if _digits(match[0]) >= FEWEST_CUED:
            yield from _of_run(text, match)


def _of_run(text: str, run: re.Match[str]) -> Iterator[tuple[int, int]]:
    """The ranges of a run of digits that are hidden."""
    cued = "+" in run[0] or _is_called(text, run.start())
    for start, end in _pieces(text, run):
        piece = text[start:end]
        digits = _digits(piece)
        # Public short numbers begin with 1 nearly everywhere.
        if digits < FEWEST and not (cued and digits >= FEWEST_CUED and not piece.startswith("1")):
            continue
        if _is_time(text, piece, end) or (
            _is_counted(text, piece, end) if cued else _is_amount(text, piece, start, end)
        ):
            continue
        yield start, end


def _pieces(text: str, run: re.Match[str]) -> Iterator[tuple[int, int]]:
    """The parts of the run without dates and the like."""
    start, end = run.span()
    if run[0].startswith("+"):
        yield start, end
        return
    left, at = [], start
    for match in PLAIN.finditer(text, start, end):
        left.append((at, match.start()))
        at = match.end()
    for piece in [*left, (at, end)]:
        yield from _grouped(text, *piece)


def _grouped(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Ranges of numbers whose groups of three are separated by commas."""
    at = start
    for match in GROUPED_BY_COMMAS.finditer(text, start, end):
        yield _trimmed(text, at, match.start())
        yield match.span()
        at = match.end()
    yield _trimmed(text, at, end)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while end > start and not text[end - 1].isdigit():
        end -= 1
    while start < end and not (text[start].isdigit() or text[start] in "+("):
        start += 1
    return start, end


def _is_called(text: str, start: int) -> bool:
    """Whether a word before it says that the number is a telephone's."""
    before = text[max(0, start - NEAR) : start].replace(COVERED, "\n").rpartition("\n")[2].lower()
    if any(cue in before for cue in PHONE_INSIDE):
        return True
    return any(match[0].rstrip("0123456789") in PHONE for match in WORD.finditer(before))


def _is_time(text: str, piece: str, end: int) -> bool:
    """Whether it is a short date, or hours as 0800-1700 with their unit."""
    return bool(SHORT_DATE.fullmatch(piece) or (HOURS.fullmatch(piece) and TIMES.match(text, end)))


def _is_counted(text: str, piece: str, end: int) -> bool:
    """Whether groups of three and the word after it say that it counts something, as in “calls for 50,000 tents”."""
    after = UNIT.match(text, end)
    return after is not None and GROUPED.fullmatch(piece) is not None and after[1].lower() in COUNTED_OR_PAID


def _is_amount(text: str, piece: str, start: int, end: int) -> bool:
    """Whether it is a count or an amount of money rather than a phone number, by its form and context."""
    if not AMOUNT.fullmatch(piece):
        return all(AMOUNT.fullmatch(one) and not one.isdigit() for one in piece.split("-")) and "-" in piece
    if THOUSANDS.fullmatch(piece) or _has_unit(text, start, end):
        return True
    return "," in piece and not phones.is_dialled_so(piece)


def _has_unit(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - NEAR) : start].rstrip()
    if before[-1:] in CURRENCY_SIGNS and before:
        return True
    last = WORD.findall(before)[-1:]
    after = UNIT.match(text, end)
    word = after[1].lower() if after else ""
    return bool(
        (last and last[0].lower() in COUNTED_OR_PAID) or word in COUNTED_OR_PAID or word.startswith(COUNTED_INSIDE)
    )


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))
