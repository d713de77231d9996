"""The words of a folded text with their ranges, for matching cues and names."""

import re
from dataclasses import dataclass

# \w leaves out the vowel signs of the scripts of South Asia and of Thai, Lao, Khmer and Burmese.
LETTER = r"\w\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u0eb1-\u0ece\u102b-\u109d\u17b4-\u17d3"
WORD = re.compile(rf"[{LETTER}]+(?:['-][{LETTER}]+)*")


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its range."""

    text: str
    lower: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """The words of a folded text, in order."""
    return [Word(match[0], match[0].lower(), match.start(), match.end()) for match in WORD.finditer(text)]
