"""Explanations as pages show them: marked words and contributions in points; masked parts stay hidden."""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from classifier import explain
from classifier.explain import Example
from responder.privacy.masking import COVERED, HIDDEN, cover, mask
from responder.queries.items import category

STRONG, STRONGEST = 0.1, 0.25
RUN = re.compile(f"{COVERED}+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the text and its CSS classes; empty if its effect is negligible."""

    text: str
    mark: str = ""


def present(text: str, explanation: dict[str, Any]) -> dict[str, Any]:
    """The panel's content for an explanation of `text`."""
    answer, covered = explanation["prediction"]["category"], cover(text)
    return {
        "category": category(answer["label"]),
        "hundredths": round(answer["probability"] * 100),
        "pieces": _pieces(covered, explanation["words"]),
        "rows": [_row(covered, word) for word in explanation["words"]],
        "noise": points(explain.NOISE).lstrip("+"),
        "long": len(explanation["words"]) >= explain.MOST_WORDS,
        "most_words": explain.MOST_WORDS,
        "model": explanation["model"],
    }


def present_examples(found: list[Example]) -> list[dict[str, Any]]:
    """Similar labelled texts as the panel shows them."""
    sources = {"site": _("reviewed on this site"), "exercise": _("from the exercise")}
    return [
        {
            "text": mask(one.text),
            "category": category(one.label),
            "alike": max(0, round(one.similarity * 100)),
            "source": sources.get(one.source, one.source),
        }
        for one in found
    ]


def points(contribution: float) -> str:
    """A contribution as signed whole points of a hundred: `+17`, `−4`, `0`."""
    whole = round(contribution * 100)
    return f"{whole:+d}".replace("-", "−") if whole else "0"


def _pieces(covered: str, words: list[dict[str, Any]]) -> list[Piece]:
    """Return the whole text in pieces: each influential word with its mark, and masked parts unmarked."""
    pieces, done = [], 0
    for word in words:
        inside = covered[word["start"] : word["end"]]
        mark = _mark(word["contributions"]["category"])
        if mark and COVERED not in inside:
            pieces += [Piece(covered[done : word["start"]]), Piece(inside, mark)]
            done = word["end"]
    pieces.append(Piece(covered[done:]))
    return [Piece(RUN.sub(HIDDEN, piece.text), piece.mark) for piece in pieces if piece.text]


def _row(covered: str, word: dict[str, Any]) -> dict[str, str]:
    inside = RUN.sub(HIDDEN, covered[word["start"] : word["end"]])
    figures = word["contributions"]
    return {"word": inside} | {name: points(figures[name]) for name in ("category", "emergency", "priority")}


def _mark(contribution: float) -> str:
    size = abs(contribution)
    if size < explain.NOISE:
        return ""
    level = 1 + (size >= STRONG) + (size >= STRONGEST)
    return f"{'why-for' if contribution > 0 else 'why-against'} why-{level}"
