"""From a tag per token to the spans of a text that name a location. numpy only.

How a span is found:
1. A word names a location where any of its tokens says so, whatever the tokenizer made of it: WordPiece gives pieces of
   words, SentencePiece tokens that may hold the space before them, and Chinese or Japanese tokens several words.
2. Words beside each other are one location where the tokenizer joins them, or the second is tagged as its inside.
3. What stands around the words is left out: marks, "#", quotes, an ending behind an apostrophe ("Konya'da").
4. The span leads back to the text as sent, where it never cuts a word either.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from classifier.answers import Mention
from classifier.ml.calibration import Floats, softmax
from classifier.ml.text import URL, Cleaned
from classifier.places import suffixes
from classifier.words import HANDLE, Span, widened, words

OUTSIDE, BEGIN, INSIDE = range(3)
# What may stand between the words of one name; a full stop only behind a short form: "St. Louis".
GAP = re.compile(r"[ \t\u00a0]{0,2}|[–_]")
SHORT_GAP, SHORT = re.compile(r"\. ?"), 3
PARTICLES = frozenset(
    "al au aux d da das de del den der des di do dos du e el en ez i la las le les los of the und y".split()
)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of the cleaned text with its tokens."""

    start: int
    end: int
    tokens: tuple[int, ...]
    named: bool


def named(tags: Floats, offset: float = 0.0) -> bool:
    """Whether any token names a location; tag logits of shape (tokens, 3)."""
    inner = tags[1:-1]
    return bool(len(inner) and (inner[:, BEGIN:].max(1) + offset > inner[:, OUTSIDE]).any())


def mentions(tags: Floats, offsets: Sequence[Span], text: Cleaned, *, sent: str, offset: float = 0.0) -> list[Mention]:
    """The locations of one text, in order; no span begins or ends inside a word.

    Arguments:
        tags: logits, shape (tokens, 3).
        offsets: of each token in the cleaned text; empty for special tokens.
        text: the cleaned text, which leads back to the one that was sent.
        sent: the text as sent.
        offset: added to the logits of "begin" and "inside"; raises recall.
    """
    chosen = (tags + np.array([0.0, offset, offset])).argmax(1)
    probabilities = softmax(tags)
    known = words(sent)
    found: list[Mention] = []
    for group in _groups(list(_words(text, offsets, chosen)), tags, text.text):
        start, end = _sent_span(group, text, sent, known)
        tokens = sorted({token for word in group for token in word.tokens})
        score = round(float(1 - probabilities[tokens, OUTSIDE].mean()), 4)
        if found and start < found[-1].end:  # two words that were edited into one
            found[-1] = Mention(found[-1].start, max(end, found[-1].end), max(score, found[-1].score))
        elif found and sent[found[-1].end : start] == "_":  # the words of one hashtag
            found[-1] = Mention(found[-1].start, end, max(score, found[-1].score))
        elif not _is_address(sent, start, end):
            found.append(Mention(start, end, score))
    return found


def _words(text: Cleaned, offsets: Sequence[Span], chosen: np.ndarray) -> Iterator[_Word]:
    """Return the words that have tokens, each with its tokens."""
    first = 0
    for start, end in words(text.text):
        while first < len(offsets) and offsets[first][1] <= start:
            first += 1
        tokens = []
        for token in range(first, len(offsets)):
            if offsets[token][0] >= end and offsets[token][1] > offsets[token][0]:
                break
            if max(offsets[token][0], start) < min(offsets[token][1], end):
                tokens.append(token)
        if tokens:
            yield _Word(start, end, tuple(tokens), bool((chosen[tokens] != OUTSIDE).any()))


def _groups(found: Sequence[_Word], tags: Floats, text: str) -> Iterator[list[_Word]]:
    """Words that name locations, those of one location together."""
    group: list[_Word] = []
    last = -1
    for i, word in enumerate(found):
        if not word.named:
            continue
        between = found[last + 1 : i] if group else []
        if group and _is_joined(group[-1], between, word, tags, text):
            group += [*between, word]
        else:
            if group:
                yield group
            group = [word]
        last = i
    if group:
        yield group


def _is_joined(before: _Word, between: Sequence[_Word], word: _Word, tags: Floats, text: str) -> bool:
    """Whether a word belongs to the location before it: only a particle may stand between ("Port au Prince")."""
    if len(between) > 1 or any(text[other.start : other.end].lower() not in PARTICLES for other in between):
        return False
    way = [before, *between, word]
    if not all(_is_gap(text, left, right) for left, right in pairwise(way)):
        return False
    first = word.tokens[0]
    return first in before.tokens or bool(tags[first, INSIDE] > tags[first, BEGIN])


def _is_gap(text: str, left: _Word, right: _Word) -> bool:
    gap = text[left.end : right.start]
    short = left.end - left.start <= SHORT and text[left.start].isupper()
    return bool(GAP.fullmatch(gap) or (short and SHORT_GAP.fullmatch(gap)))


def _sent_span(group: Sequence[_Word], text: Cleaned, sent: str, known: Sequence[Span]) -> Span:
    """Return the span of these words in the original text, extended to whole words that cleaning or truncation cut."""
    first, last = group[0], group[-1]
    whole = text.text[first.start : last.end]
    start, end = widened(sent, *text.original(first.start, last.end), known)
    stem = suffixes.stem_length(whole, last.start - first.start)
    if stem < last.end - last.start:
        end = text.original(first.start, last.start + stem)[1]
    if elided := suffixes.elision_length(whole):
        start = text.original(first.start + elided, last.end)[0]
    return start, end


def _is_address(sent: str, start: int, end: int) -> bool:
    """Whether it is a handle, an e-mail address or a link: those name accounts and pages, no places."""
    return (start > 0 and sent[start - 1] in HANDLE) or bool(URL.match(sent, start, end))
