"""The column of free text in a survey, whose questions are the names of its columns: guessed where one alone can be it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from statistics import mean
from typing import Any

from classifier.tables import UnusableInput
from responder.feeds.shapes import times, values

SENTENCE = 20  # letters, on average, of a column of free text
CLEAR = 2.0  # so many times as long as the next column
LETTER = re.compile(r"[^\W\d_]")
NO_TEXT = re.compile(r"\S*(?:https?://|www\.|@\S+\.)\S*|[\d\s.,:;/+-]+|[0-9a-f-]{32,36}", re.IGNORECASE)


def text_column(rows: Sequence[Mapping[str, Any]], taken: Iterable[str]) -> str:
    """The one column of free text; raises UnusableInput, naming the columns, where several or none may be it.

    Arguments:
        rows: the first ones of the file.
        taken: columns that hold something else.
    """
    lengths = {}
    for column in dict.fromkeys(name for row in rows for name in row):
        if column not in set(taken):
            length = _length([row.get(column) for row in rows])
            if length >= SENTENCE:
                lengths[column] = length
    best, *others = sorted(lengths, key=lambda column: -lengths[column]) or [""]
    if best and all(lengths[best] >= CLEAR * lengths[other] for other in others):
        return best
    raise UnusableInput(f"{_reason([best, *others] if best else [])} {columns_said(rows)}")


def columns_said(rows: Sequence[Mapping[str, Any]]) -> str:
    """A sentence with the columns of a file and how to name the one with the text."""
    names = ", ".join(map(str, rows[0] if rows else ()))[:500]
    return f"The file has: {names}. Name the column of the text with --map text=COLUMN."


def _reason(candidates: Sequence[str]) -> str:
    if candidates:
        return f"Several columns may hold the text: {', '.join(map(repr, map(str, candidates)))[:300]}."
    return "No column holds the text."


def _length(cells: Sequence[Any]) -> float:
    """Letters of a cell on average; 0 for a column of numbers, times, links, codes or choices."""
    texts = [cell.strip() for cell in cells if isinstance(cell, str) and not values.is_missing(cell)]
    if not texts or 2 * sum(map(_is_words, texts)) < len(texts):
        return 0.0
    if len(texts) > 3 and len(set(texts)) <= len(texts) / 2:  # the same few answers again and again
        return 0.0
    return mean(len(LETTER.findall(text[:2_000])) for text in texts)


def _is_words(text: str) -> bool:
    single = text.isascii() and " " not in text
    return not single and not NO_TEXT.fullmatch(text) and not times.is_time(text)
