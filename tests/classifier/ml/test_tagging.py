"""From tags of tokens to spans of the text as it was sent."""

import numpy as np
import pytest

from classifier.ml import tagging
from classifier.ml.text import align

O, B, I = np.eye(3) * 8.0  # noqa: E741 - the field's names


def spans(text: str, tagged: list[tuple[str, np.ndarray]], words: list[int] | None = None) -> list[str]:
    """The named parts of `text`, whose cleaned form consists of the given pieces."""
    cleaned = align(text)
    offsets, position = [(0, 0)], 0
    for piece, _ in tagged:
        position = cleaned.text.index(piece, position)
        offsets.append((position, position + len(piece)))
        position += len(piece)
    numbers = [None, *(words or range(len(tagged))), None]
    tags = np.stack([O, *(tag for _, tag in tagged), O])
    found = tagging.mentions(tags, [*offsets, (0, 0)], numbers, cleaned)
    return [text[m.start : m.end] for m in found]


def test_a_location_of_two_words_is_one_span() -> None:
    assert spans("in New York now", [("in", O), ("New", B), ("York", I), ("now", O)]) == ["New York"]


def test_two_locations_side_by_side_stay_two() -> None:
    assert spans("Beira Dondo", [("Beira", B), ("Dondo", B)]) == ["Beira", "Dondo"]


def test_a_word_is_never_cut_in_two() -> None:
    assert spans("Quelimane", [("Qu", B), ("elimane", B)], words=[0, 0]) == ["Quelimane"]


def test_offsets_are_those_of_the_text_as_sent() -> None:
    text = "A &amp; B\u200b https://example.org/x in Bei\u200bra"
    assert spans(text, [("A", O), ("&", O), ("http", O), ("in", O), ("Beira", B)]) == ["Bei\u200bra"]


def test_an_offset_raises_recall() -> None:
    unsure = np.array([1.0, 0.5, 0.0])
    tags = np.stack([O, unsure, O])
    assert not tagging.named(tags) and tagging.named(tags, 1.0)
    (found,) = tagging.mentions(tags, [(0, 0), (0, 5), (0, 0)], [None, 0, None], align("Beira"), offset=1.0)
    assert found.score == pytest.approx(0.49, abs=0.02)
