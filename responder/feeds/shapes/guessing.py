"""Guesses the free-text column of a survey, where the column names are its questions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from statistics import mean
from typing import Any

from classifier.tables import UnusableInput
from responder.feeds.shapes import times, values

SENTENCE = 20  # average letters in a free-text column, at least
CLEAR = 2.0  # times as long as the next column, at least
LETTER = re.compile(r"[^\W\d_]")
NO_TEXT = re.compile(r"\S*(?:https?://|www\.|@\S+\.)\S*|[\d\s.,:;/+-]+|[0-9a-f-]{32,36}", re.IGNORECASE)


def text_column(rows: Sequence[Mapping[str, Any]], taken: Iterable[str]) -> str:
    """Return the only free-text column. Raises UnusableInput with the columns if there are several, or none.

    Arguments:
        rows: the first rows of the file.
        taken: columns already used for other fields.
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
    """Return a sentence that lists the columns of a file and explains how to choose the text column."""
    names = ", ".join(map(str, rows[0] if rows else ()))[:500]
    return f"The file has: {names}. State the column that holds the text with --map text=COLUMN."


def _reason(candidates: Sequence[str]) -> str:
    if candidates:
        return f"Several columns may contain the text: {', '.join(map(repr, map(str, candidates)))[:300]}."
    return "No column contains the text."


def _length(cells: Sequence[Any]) -> float:
    """Return the average number of letters per cell; 0 for a column of numbers, times, links, codes or choices."""
    texts = [cell.strip() for cell in cells if isinstance(cell, str) and not values.is_missing(cell)]
    if not texts or 2 * sum(map(_is_words, texts)) < len(texts):
        return 0.0
    if len(texts) > 3 and len(set(texts)) <= len(texts) / 2:  # a few repeated answers
        return 0.0
    return mean(len(LETTER.findall(text[:2_000])) for text in texts)


def _is_words(text: str) -> bool:
    single = text.isascii() and " " not in text
    return not single and not NO_TEXT.fullmatch(text) and not times.is_time(text)
