"""The letters of a text: look-alikes read as Latin, and the script that most of them belong to."""

import html
import re
import unicodedata
from collections import Counter
from functools import lru_cache

MAX_CHARACTERS = 2_000  # the encoder reads 96 tokens; more text would only cost time
WORD = re.compile(r"\w+")
LATIN_LETTER = re.compile(r"[A-Za-z]")
# Parts that are Latin whatever the language of the post, and the tags that often are.
NO_WORDS = re.compile(r"https?://\S+|[@＠]\w+|^\s*rt\b:?", re.IGNORECASE)
HASHTAGS = re.compile(r"[#＃]\w+")
# Cyrillic and Greek letters that look like Latin ones (after Unicode's confusables, UTS #39).
LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһӏԛԝАВЕКМНОРСТУХІЈЅαονικρυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhlqwABEKMHOPCTYXIJSaovikpuABEZHIKMNOPTYX",
)
LATIN, KANA, HAN, HANGUL = "LATIN", "KANA", "CJK", "HANGUL"
_KANA = frozenset({"HIRAGANA", "KATAKANA"})


def as_latin(text: str) -> str:
    """Letters that only look Latin as the Latin ones, one for one, so that offsets stay."""
    if text.isascii():
        return text
    text = "".join(map(_compatible, text))
    return WORD.sub(lambda m: m.group().translate(LOOKALIKES) if LATIN_LETTER.search(m.group()) else m.group(), text)


def _compatible(character: str) -> str:
    if character < "\u2000":
        return character
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character


def script_of(text: str) -> str:
    """The script that most letters belong to, as the first word of their Unicode names (`LATIN`, `ARABIC`).

    Links and handles do not count; hashtags only where nothing else has letters. Full-width letters and look-alikes
    in a Latin word are Latin. `LATIN` where half of the letters are, otherwise the most frequent of the other scripts;
    empty for a text without letters.
    """
    words = NO_WORDS.sub(" ", html.unescape(text[:MAX_CHARACTERS]))
    return _majority(HASHTAGS.sub(" ", words)) or _majority(words)


def _majority(text: str) -> str:
    if text.isascii():
        return LATIN if LATIN_LETTER.search(text) else ""
    counts = Counter(filter(None, map(_script, as_latin(text))))
    kana = sum(counts.pop(name, 0) for name in _KANA)
    if kana:  # Japanese is written in both
        counts[KANA] = kana + counts.pop(HAN, 0)
    if not counts:
        return ""
    latin = counts.pop(LATIN, 0)
    return LATIN if latin >= counts.total() else counts.most_common(1)[0][0]


@lru_cache(maxsize=16_384)
def _script(character: str) -> str:
    """The script of a letter, or of a vowel sign that stands on one; empty for any other character."""
    if unicodedata.category(character)[0] not in "LM":
        return ""
    name = unicodedata.name(unicodedata.normalize("NFKC", character)[0], "")
    first = name.split(" ")[0]
    return "" if first in ("COMBINING", "MODIFIER", "VARIATION") else first.removesuffix("-")
