"""The words of a folded text with their ranges, for matching cues and names."""

import re
from typing import NamedTuple

# \w leaves out the vowel signs of the scripts of South Asia and of Thai, Lao, Khmer and Burmese.
LETTER = r"\w\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u0eb1-\u0ece\u102b-\u109d\u17b4-\u17d3"
DIGIT = re.compile(r"\d")
WORD = re.compile(rf"[{LETTER}]+(?:['-][{LETTER}]+)*")


class Word(NamedTuple):
    """A word and its range."""

    text: str
    lower: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """The words of a folded text, in order."""
    found = []
    for match in WORD.finditer(text):
        word = match[0]
        found.append(Word(word, word.lower(), *match.span()))
    return found
