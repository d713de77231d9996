"""What a post states: how many people, whether a road is open, and whether something is over.

Words of `statement_words.toml`, in the 20 languages of the words of danger, are compared in the same folded form. A number
counts only beside a unit of people ("80 people", "watu 80", "80人"); dates, times, telephone numbers, addresses, shares and
distances have none. What is stated is never a verdict: people confirm or withdraw it.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from classifier import urgency
from classifier.urgency.folding import PAUSE, STOP, fold, is_cjk
from classifier.urgency.folding import words as read_words
from responder.models import IncidentFact
from responder.models.incident_fact import MOST_PEOPLE

FILE = Path(__file__).with_name("statement_words.toml")
MOST = 10  # statements of one post
REACH = 5  # words around a number, or between a road and what is said of it
BETWEEN = 2  # words between a number and its unit
YEARS = range(1990, 2036)
_THOUSANDS = re.compile(r"(?<![\d.,])(\d{1,3})((?:[.,'’\u00a0\u202f]\d{3})+)(?![\d]|[.,]\d)")
_DECIMAL = re.compile(r"\d+[.,]\d+|\d+\s?[%٪]")
_RANGE = re.compile(r"(?<![\d/:.\-–])(\d{1,5})\s?[-–]\s?(\d{1,5})(?![\d/:.]|[-–]\d)")
_RANGE_WORD = "rangeto"
_SHARE = frozenset(("of", "in", "de", "di", "sur", "von", "out", "cada"))
_NUMERALS = {character: value for value, character in enumerate("〇一二三四五六七八九")} | {"两": 2, "兩": 2, "二": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
Kind, Value = IncidentFact.Kind, IncidentFact.Value


@dataclass(frozen=True, slots=True, order=True)
class Statement:
    """One fact that a post states: `kind` and `value` as IncidentFact has them, `number` 0 where it is none."""

    kind: str
    value: str
    number: int = 0


class _Words(NamedTuple):
    of: dict[str, frozenset[str]]  # by name of the list: folded words of all languages
    first: frozenset[str]  # units that stand before their number
    numbers: dict[str, int]


def read(text: str) -> list[Statement]:
    """The facts that a post states, each once, in order; at most MOST."""
    tokens = _tokens(text)
    found = dict.fromkeys([*_people(tokens), *_access(tokens)])
    return list(found)[:MOST]


def is_over(text: str, lang: str | None = None) -> bool:
    """Whether a post tells of an ending: a road is open again, all were rescued, or nothing more is needed."""
    tokens = _tokens(text)
    if Statement(Kind.ACCESS, Value.OPEN) in _access(tokens) or _stops(tokens):
        return True
    return urgency.tells_of_an_ending(text, lang)


@lru_cache(maxsize=1)
def _words() -> _Words:
    languages = tomllib.loads(FILE.read_text(encoding="utf-8"))
    lists: dict[str, set[str]] = {}
    numbers: dict[str, int] = {}
    first: set[str] = set()
    for lists_of in languages.values():
        for name, written in lists_of.items():
            if name == "numbers":
                pairs = (pair.rpartition("=") for pair in written.split())
                numbers |= {fold(word): int(value) for word, _sign, value in pairs}
            elif name != "first":
                folded = {"".join(part for _w, part in read_words(word)) for word in written.split()}
                lists.setdefault(name, set()).update(folded)
        if lists_of.get("first"):
            first |= {fold(word) for word in f"{lists_of['people']} {lists_of['families']}".split()}
    return _Words({name: frozenset(words) for name, words in lists.items()}, frozenset(first), numbers)


def _tokens(text: str) -> list[str]:
    """Folded words; numbers as their digits, without signs for thousands. A range has a word of its own in the middle."""
    text = _THOUSANDS.sub(lambda found: re.sub(r"\D", "", found.group()), text)
    text = _DECIMAL.sub(" x ", text)
    text = _RANGE.sub(lambda found: f"{found[1]} {_RANGE_WORD} {found[2]}", text)
    # Folding takes 22 for laughter.
    return _joined_numerals([written if written.isdecimal() else folded for written, folded in read_words(text)])


def _joined_numerals(tokens: Sequence[str]) -> list[str]:
    """Chinese and Japanese numerals as digits: 三十七 is 37."""
    found: list[str] = []
    numeral: list[str] = []
    for token in [*tokens, ""]:
        if token and (token in _NUMERALS or token in _TENS):
            numeral.append(token)
            continue
        if numeral:
            found.append(str(_numeral(numeral)))
            numeral = []
        if token:
            found.append(token)
    return found


def _numeral(characters: Sequence[str]) -> int:
    total = digit = 0
    for character in characters:
        if character in _TENS:
            total += (digit or 1) * _TENS[character]
            digit = 0
        else:
            digit = _NUMERALS[character]
    return total + digit


def _number(token: str) -> int | None:
    if token.isdecimal() and len(token) <= len(str(MOST_PEOPLE)):
        return int(token)
    return _words().numbers.get(token)


def _people(tokens: Sequence[str]) -> Iterator[Statement]:
    for at, token in enumerate(tokens):
        number = _number(token)
        if number is None or not 1 <= number <= MOST_PEOPLE or _is_no_count(tokens, at, number):
            continue
        value = _value(tokens, at)
        if value:
            yield Statement(Kind.PEOPLE, value, number)
            if at > 1 and tokens[at - 1] == _RANGE_WORD and (low := _number(tokens[at - 2])):
                yield Statement(Kind.PEOPLE, value, low)


def _is_no_count(tokens: Sequence[str], at: int, number: int) -> bool:
    """Whether the number is a part of a date, a time, a telephone number, or a share such as 3 of 4."""
    before, after = _around(tokens, at)
    if (before and before.isdecimal()) or (after and after.isdecimal()):
        return True
    if tokens[at].isdecimal() and number in YEARS and number % 100:
        return True
    return before in _SHARE and at > 1 and (tokens[at - 2].isdecimal() or tokens[at - 2] in _SHARE)


def _around(tokens: Sequence[str], at: int) -> tuple[str, str]:
    return tokens[at - 1] if at else "", tokens[at + 1] if at + 1 < len(tokens) else ""


def _value(tokens: Sequence[str], at: int) -> str:
    """What the number at `at` counts, or an empty text."""
    lists = _words().of
    end = _unit_after(tokens, at)
    unit = tokens[end] if end is not None else ""
    if not unit:
        before = [token for token in tokens[max(0, at - 1 - BETWEEN) : at] if token not in lists["between"]]
        unit = before[-1] if before and before[-1] in _words().first else ""
        end = at
    if not unit or end is None:
        return ""
    said = _said_of(tokens, at, end)
    for name in (Value.DEAD, Value.MISSING, Value.INJURED):
        if unit in lists[name] or said & lists[name]:
            return name
    if (unit in lists["safe"] or said & lists["safe"]) and not said & lists["unsafe"]:
        return Value.SAFE
    if unit in lists["families"]:
        return Value.FAMILIES
    return Value.PEOPLE if unit in lists["people"] else ""


def _unit_after(tokens: Sequence[str], at: int) -> int | None:
    lists = _words().of
    units = lists["people"] | lists["families"] | lists["injured"] | lists["missing"] | lists["dead"]
    for end in range(at + 1, min(at + 2 + BETWEEN, len(tokens))):
        if tokens[end] in units and tokens[end] not in _words().first:
            return end
        if tokens[end] not in lists["between"] or tokens[end] in (STOP, PAUSE):
            return None
    return None


def _said_of(tokens: Sequence[str], at: int, end: int) -> frozenset[str]:
    """The words around a number and its unit, in their clause, up to the next number."""
    said: list[str] = []
    for token in tokens[end + 1 : end + 1 + REACH]:
        if token in (STOP, PAUSE) or _number(token) is not None:
            break
        said.append(token)
    for token in reversed(tokens[max(0, at - 2) : at]):
        if token in (STOP, PAUSE) or _number(token) is not None:
            break
        said.append(token)
    return frozenset((*said, *tokens[at + 1 : end]))


def _access(tokens: Sequence[str]) -> list[Statement]:
    """Whether a road is said to be open or closed. Sentences that say both say neither; the last sentence counts."""
    last: list[Statement] = []
    for sentence in _split(tokens, STOP):
        found = {value for part in _split(sentence, PAUSE) for value in _access_of(part)}
        if len(found) == 1:
            last = [Statement(Kind.ACCESS, found.pop())]
    return last


def _access_of(tokens: Sequence[str]) -> Iterator[str]:
    lists = _words().of
    roads = [at for at, token in enumerate(tokens) if token in lists["road"]]
    for at, token in enumerate(tokens):
        if token not in lists["closed"] and token not in lists["open"]:
            continue
        if not any(abs(at - road) <= REACH for road in roads):
            continue
        negated = any(one in lists["not"] for one in tokens[max(0, at - 2) : at + 2] if one != token)
        if token in lists["open"]:
            yield Value.CLOSED if negated else Value.OPEN
        elif not negated:
            yield Value.CLOSED


def _stops(tokens: Sequence[str]) -> bool:
    """Whether people are asked to stop sending things."""
    lists = _words().of
    return any(
        token in lists["stop"] and lists["sending"].intersection(tokens[at + 1 : at + 1 + REACH])
        for at, token in enumerate(tokens)
        if not is_cjk(token)
    )


def _split(tokens: Sequence[str], sign: str) -> Iterator[Sequence[str]]:
    ends = [-1, *(at for at, token in enumerate(tokens) if token == sign), len(tokens)]
    for start, end in pairwise(ends):
        if end > start + 1:
            yield tokens[start + 1 : end]
