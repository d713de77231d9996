"""Telephone numbers in a post's text, for telling callers apart. They are compared in memory and stored nowhere.

What counts as a number is decided where numbers are masked: dates, counts, magnitudes and money are none.
"""

import re
from collections.abc import Sequence

from responder.privacy.masking import numbers, points
from responder.privacy.masking.folding import COVERED
from responder.privacy.masking.words import Word

FEWEST, MOST = 7, 15  # digits; E.164 allows 15
TAIL = 7  # last digits, which are written with and without country and area code
MOST_PHONES = 10  # of one post
PHONE = re.compile(r"[+(]{0,2}\d[\d ()./_*~|·-]{5,40}")
TRUNK = re.compile(r"\(0\)")


def find_phones(plain: str, words: Sequence[Word]) -> frozenset[str]:
    """The telephone numbers of a folded text, as digits without the zeros before them."""
    found: set[str] = set()
    for start, end in points.spans(plain):
        plain = plain[:start] + COVERED * (end - start) + plain[end:]
    for start, end in numbers.spans(plain, words):
        piece = plain[start:end]
        if PHONE.fullmatch(piece) and not plain.startswith(("…", "..."), end):
            digits = "".join(filter(str.isdigit, TRUNK.sub("", piece))).lstrip("0")
            if FEWEST <= len(digits) <= MOST:
                found.add(digits)
        if len(found) == MOST_PHONES:
            break
    return frozenset(found)


def same_phone(one: str, other: str) -> bool:
    """Whether two numbers are one, written with or without its country code."""
    return one.endswith(other) or other.endswith(one)
