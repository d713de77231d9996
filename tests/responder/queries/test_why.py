"""Explanations as people see them: marks, whole points, and nothing that is masked."""

import re
from typing import Any

import pytest

from classifier import categories
from classifier.explain import Example
from responder.privacy.masking import HIDDEN, mask
from responder.queries import why


def explanation_of(text: str, figures: list[float]) -> dict[str, Any]:
    """An explanation whose words, in order, add `figures` to the category."""
    words = [
        {
            "text": match.group(), "start": match.start(), "end": match.end(),
            "contributions": {"category": figure, "emergency": -figure, "priority": 0.0, "needs": {}},
        }
        for match, figure in zip(re.finditer(r"\S+", text), figures, strict=True)
    ]  # fmt: skip
    model = {"name": "m", "version": "1", "sha256": "0" * 64}
    answer = {"label": "requests_or_urgent_needs", "probability": 0.574, "abstained": False}
    return {"model": model, "prediction": {"category": answer}, "words": words}


def test_words_are_marked_by_direction_and_strength() -> None:
    text = "send  boats now please, thanks"
    shown = why.present(text, explanation_of(text, [0.3, 0.12, 0.05, 0.01, -0.2]))
    assert "".join(piece.text for piece in shown["pieces"]) == text
    marked = {piece.text: piece.mark for piece in shown["pieces"] if piece.mark}
    assert marked == {
        "send": "why-for why-3", "boats": "why-for why-2", "now": "why-for why-1", "thanks": "why-against why-2",
    }  # fmt: skip
    assert shown["hundredths"] == 57
    assert shown["category"]["label"] == categories.label("requests_or_urgent_needs")


def test_rows_carry_signed_whole_points_of_every_word() -> None:
    shown = why.present("send boats", explanation_of("send boats", [0.304, -0.051]))
    assert shown["rows"] == [
        {"word": "send", "category": "+30", "emergency": "−30", "priority": "0"},
        {"word": "boats", "category": "−5", "emergency": "+5", "priority": "0"},
    ]


@pytest.mark.parametrize("text", ["ask @maria_r on +258 84 123 4567 now", "write ana@relief.org now"])
def test_what_the_sheet_masks_is_neither_in_the_text_nor_in_a_row(text: str) -> None:
    shown = why.present(text, explanation_of(text, [0.5] * len(text.split())))
    assert "".join(piece.text for piece in shown["pieces"]) == mask(text)
    words = " ".join(row["word"] for row in shown["rows"])
    assert HIDDEN in words and not re.search(r"maria|ana|relief|\d", words)
    assert all(piece.mark == "" for piece in shown["pieces"] if HIDDEN in piece.text)


def test_examples_are_masked_and_say_where_their_label_is_from() -> None:
    found = [Example("call @maria", "caution_and_advice", 0.934, "site"), Example("b", "not_humanitarian", -0.1, "z")]
    first, second = why.present_examples(found)
    assert (first["text"], first["alike"], first["category"]["css"]) == (f"call @{HIDDEN}", 93, "caution")
    assert first["source"] != "site" and (second["alike"], second["source"]) == (0, "z")
