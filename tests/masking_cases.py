"""Cases of what masking must hide and what it must leave, and how well a masker does on them.

`masking_cases.tsv` beside the masker's tests marks what must be hidden with ⟦ ⟧. The held-out part was written before
the masker's patterns and has never been tuned on.
"""

import csv
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from responder.privacy.masking import COVERED

FILE = Path(__file__).parent / "responder" / "privacy" / "masking_cases.tsv"
ESCAPE = re.compile(r"\\u([0-9a-f]{4})")
MARKED = re.compile("⟦([^⟧]*)⟧")
KEPT = "keep"


@dataclass(frozen=True, slots=True)
class Case:
    """A text with the ranges of it that must be hidden; everything else must stay."""

    language: str
    part: str
    kind: str
    text: str
    secret: tuple[range, ...]


def read() -> list[Case]:
    """Every case of the file."""
    with FILE.open(encoding="utf-8", newline="") as lines:
        return [
            _case(row) for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE, lineterminator="\n")
        ]


def _case(row: dict[str, str]) -> Case:
    marked = ESCAPE.sub(lambda match: chr(int(match[1], 16)), row["text"])
    secret = [
        range(match.start(1) - 1 - 2 * number, match.end(1) - 1 - 2 * number)
        for number, match in enumerate(MARKED.finditer(marked))
    ]
    return Case(row["language"], row["part"], row["kind"], MARKED.sub(r"\1", marked), tuple(secret))


def hidden(covered: str, text: str) -> set[int]:
    """Positions of the letters and digits of `text` that are covered."""
    return {at for at, sign in enumerate(text) if sign.isalnum() and covered[at] == COVERED}


def secret(case: Case) -> set[int]:
    """Positions of the letters and digits that must be covered."""
    return {at for span in case.secret for at in span if case.text[at].isalnum()}


def measure(cases: Iterable[Case], cover: Callable[[str], str]) -> dict[str, float | int]:
    """Recall and precision over letters and digits, and how many cases came out whole.

    Recall: of those that must be hidden, the share that is. Precision: of those that are hidden, the share that must be.
    """
    wanted = found = right = number = whole = 0
    for case in cases:
        is_hidden, is_secret = hidden(cover(case.text), case.text), secret(case)
        wanted, found, right = wanted + len(is_secret), found + len(is_hidden), right + len(is_hidden & is_secret)
        number, whole = number + 1, whole + (is_hidden == is_secret)
    return {
        "cases": number,
        "exactly_right": whole,
        "recall": round(right / wanted, 4) if wanted else 1.0,
        "precision": round(right / found, 4) if found else 1.0,
    }
