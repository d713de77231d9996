"""From a tag per token to the spans of a text that name a location. numpy only."""

from collections.abc import Sequence

import numpy as np

from classifier.answers import Mention
from classifier.ml.calibration import Floats, softmax
from classifier.ml.text import Cleaned

OUTSIDE, BEGIN, INSIDE = range(3)


def named(tags: Floats, offset: float = 0.0) -> bool:
    """Whether any token names a location; tag logits of shape (tokens, 3)."""
    inner = tags[1:-1]
    return bool(len(inner) and (inner[:, BEGIN:].max(1) + offset > inner[:, OUTSIDE]).any())


def mentions(
    tags: Floats,
    offsets: Sequence[tuple[int, int]],
    words: Sequence[int | None],
    text: Cleaned,
    *,
    offset: float = 0.0,
) -> list[Mention]:
    """The locations of one text, in order.

    Arguments:
        tags: logits, shape (tokens, 3).
        offsets: of each token in the cleaned text.
        words: the word that each token is a part of; None for special tokens.
        text: leads back to the text as sent.
        offset: added to the logits of "begin" and "inside"; raises recall.
    """
    shifted = tags + np.array([0.0, offset, offset])
    chosen, probabilities = shifted.argmax(1), softmax(tags)
    found: list[list[int]] = []
    for token, tag in enumerate(chosen):
        if words[token] is None or tag == OUTSIDE:
            continue
        last = found[-1][-1] if found else None
        joined = last is not None and (
            words[last] == words[token] or (last == token - 1 and tag == INSIDE)
        )  # a word is never cut in two
        if joined:
            found[-1].append(token)
        else:
            found.append([token])
    return [_mention(tokens, offsets, text, probabilities) for tokens in found]


def _mention(tokens: list[int], offsets: Sequence[tuple[int, int]], text: Cleaned, probabilities: Floats) -> Mention:
    start, end = text.original(offsets[tokens[0]][0], offsets[tokens[-1]][1])
    return Mention(start, end, round(float(1 - probabilities[tokens, OUTSIDE].mean()), 4))
