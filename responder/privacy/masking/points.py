"""Positions that lead to a door: degrees with three decimals, seconds of arc, plus codes, addresses of three words."""

import re
from collections.abc import Iterator
from itertools import pairwise

from responder.privacy.masking.folding import fold
from responder.privacy.masking.words import DIGIT

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
# Seconds of arc are thirty metres, a decimal of a minute is two hundred; whole minutes are a cell of two kilometres, and are
# hidden where both are given, unless the text speaks of an earthquake or a storm: those are where nobody lives.
_HALF = fold(
    "nord|sud|norte|sur|sul|este|est|leste|oeste|ouest|north|south|east|west|с\\.? ?ш|ю\\.? ?ш|в\\.? ?д|з\\.? ?д|пн\\.? ?ш|пд\\.? ?ш|"
    "сх\\.? ?д|зх\\.? ?д|شمالا|جنوبا|شرقا|غربا|شمالي|شمالی|جنوبي|جنوبی|شرقي|شرقی|غربي|غربی|شمال|جنوب|شرق|غرب|उत्तर|दक्षिण|पूर्व|पश्चिम|उ|द|पू|प|"
    "উত্তর|দক্ষিণ|পূর্ব|পশ্চিম|উ|দ|পূ|প|lintang utara|lintang selatan|bujur timur|kuzey|guney|dogu|bati"
).text
_HEMISPHERE = rf"(?:[NSEWO](?![^\W_])|(?<![^\W\d_])[KGDB](?![^\W_])|(?i:{_HALF})(?![^\W\d_])\.?)"
_DEGREE = rf" ?(?:[°d度]|(?i:{fold('deg|degs|degrees?|degrés?|grados?|graus?|gradi|grad|градус(?:а|ов|ів|и)?|درجة|درجه|डिग्री|ডিগ্রি|derece|derajat|digri').text})\b)"
_MINUTE = rf" ?(?:(?i:{fold('min|mins|minutes?|minutos?|minuti|минут[аы]?|мин|хвилин[аи]?|دقيقة|دقیقه|मिनट|মিনিট|dakika|menit').text})\b|['m分])"
_SECOND = r" ?(?:\"|''|秒|s\b|(?i:sec|secs|seconds?|segundos?|secondes?|секунд[аы]?)\b)"
_ARC = (
    rf"\d{{1,3}}{_DEGREE},? ?\d{{1,2}}(?:{_MINUTE},? ?\d{{1,2}}(?:[.,]\d{{1,6}})?(?:{_SECOND})?"
    rf"|[.,]\d{{1,6}}{_MINUTE}|[.,]\d{{2,6}})"
)
ARC = re.compile(rf"(?<![A-Za-z0-9.•])(?:[NSEWO] ?)?{_ARC}(?:,? ?{_HEMISPHERE})?")
SPACED_ARC = re.compile(
    r"(?<![\w•])(?:\d{1,3} \d{1,2} \d{1,2}(?:[.,]\d{1,6})?|\d{1,3} \d{1,2}[.,]\d{2,6}) ?[NSEWO](?![^\W_])"
    r"|(?<![\w•])[NSEWO] ?\d{1,3} \d{1,2}(?:[.,]\d{2,6}| \d{1,2}(?:[.,]\d{1,6})?)(?![\w.,]\d)"
)
_WHOLE = rf"(?:[NS东西南北東緯经經纬] ?)?\d{{1,3}}{_DEGREE},? ?\d{{1,2}}{_MINUTE}"
WHOLE_MINUTES = re.compile(
    rf"(?<![A-Za-z0-9.•]){_WHOLE}(?:,? ?{_HEMISPHERE})?[^\w\n•]{{0,4}}(?:(?:y|e|et|and|и|та|و|ve|dan|东经|東経|西经) ?)?(?:[EWO] ?)?{_WHOLE}(?:,? ?{_HEMISPHERE})?"
)
HAZARD = re.compile(
    fold(
        "epicent|épicent|эпицентр|епіцентр|مركز|کانون|magnitude|magnitud|глубин|depth|profund|profond|cyclone|ciclon|hurricane|huracán|"
        "ouragan|furacão|typhoon|tifón|typhon|tempest|storm|temporal|\\beye\\b|震源|震中|台风|台風|\\bm ?\\d[.,]\\d|\\bmw\\b|deprem|gempa|lindol|zilzila|زلزال|زلزله"
    ).text,
    re.IGNORECASE,
)
_OLC = "23456789CFGHJMPQRVWXcfghjmpqrvwx"
PLUS_CODE = re.compile(rf"(?<![\w+•])(?=[A-Za-z]{{0,8}}\d)[{_OLC}]{{4}}(?:[{_OLC}]{{2}}){{0,2}}\+[{_OLC}]{{2,7}}(?!\w)")
THREE_WORDS = re.compile(r"(?:///|(?:what3words\.com|w3w\.co)/)([^\W\d_]{2,24}\.[^\W\d_]{2,24}\.[^\W\d_]{2,24})")


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Ranges of exact positions in a folded text."""
    if "/" in text:
        yield from (match.span(1) for match in THREE_WORDS.finditer(text))
    if not DIGIT.search(text):
        return
    for pattern in (ARC, SPACED_ARC, PLUS_CODE):
        yield from (match.span() for match in pattern.finditer(text))
    whole = [match.span() for match in WHOLE_MINUTES.finditer(text)]
    if whole and not HAZARD.search(text):
        yield from whole
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
