"""Word contributions by occlusion: the model classifies the text again with each word left out.

It needs only the serving runtime. A word's contribution is how much higher a figure is with the word than without it.
int8 arithmetic alone changes a figure a little: compared with float arithmetic on the bundled exercise, half of the
contributions are off by more than .016 and one in ten by more than .045, whether the variants share batches or not;
hence `NOISE`. White space separates words; text without white space is one word.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classifier import priority
from classifier.answers import Answer

if TYPE_CHECKING:
    from classifier.ml.runtime import Runtime

MOST_WORDS = 60
NOISE = 0.05
PIECE = re.compile(r"\S+")
ENTITY = re.compile(r"&#?\w{1,31};")  # &amp; alone is punctuation
MARKS = "@#"  # punctuation that is part of its word


@dataclass(frozen=True, slots=True)
class WordSpan:
    """The span of one word, in code points of the text as sent."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Contribution:
    """The contribution of one word to each figure of an answer, -1 to 1; negative if the word counts against it.

    Arguments:
        category: to the calibrated probability of the answered category.
        emergency: to the calibrated probability of an emergency.
        priority: to the priority's score.
        needs: need → to its calibrated probability, for each need that was detected.
    """

    word: WordSpan
    category: float
    emergency: float
    priority: float
    needs: dict[str, float]


@dataclass(frozen=True, slots=True)
class Explained:
    """An answer with its words' contributions. `complete` is False if the text has more words than were tried."""

    answer: Answer
    contributions: list[Contribution]
    complete: bool


def words(text: str) -> list[WordSpan]:
    """The words of `text` in order, without the punctuation around them."""
    pieces = (
        _trimmed(match.group(), match.start()) for match in PIECE.finditer(text) if not ENTITY.fullmatch(match.group())
    )
    return [word for word in pieces if word.text]


def explain(text: str, runtime: "Runtime", *, most: int = MOST_WORDS) -> Explained:
    """Classify `text` and its variants without each of the first `most` words, in one call.

    The priority's score is the displayed one, which includes the rules.
    """
    found = words(text)
    tried = found[:most]
    variants = [text[: word.start] + text[word.end :] for word in tried]
    answer, *others = runtime.predict([text, *variants])
    measured = runtime.info.languages
    score = priority.judge(text, answer, measured=measured).score
    return Explained(
        answer=answer,
        contributions=[
            Contribution(
                word=word,
                category=answer.probability - other.categories[answer.category],
                emergency=answer.emergency_probability - other.emergency_probability,
                priority=score - priority.judge(variant, other, measured=measured).score,
                needs={need: answer.needs[need] - other.needs[need] for need in answer.needs_detected},
            )
            for word, variant, other in zip(tried, variants, others, strict=True)
        ],
        complete=len(tried) == len(found),
    )


def _trimmed(piece: str, start: int) -> WordSpan:
    first, last = 0, len(piece)
    while first < last and _is_punctuation(piece[first]) and piece[first] not in MARKS:
        first += 1
    while last > first and _is_punctuation(piece[last - 1]):
        last -= 1
    return WordSpan(piece[first:last], start + first, start + last)


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character).startswith("P")
