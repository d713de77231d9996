"""Phonetic keys for names in any alphabet, to find names that the gazetteer has only in Latin letters.

A name is transliterated to Latin letters (`romanised`). Its key (`key`) is the sequence of its consonants, where those that
transcriptions confuse count as one. "Μεντεγίν", "মেদেলিন" and "Medellín" lead to one key. Chinese is not supported.
"""

import re
import unicodedata
from functools import cache

SHORTEST = 2  # consonants in a key
_CYRILLIC = dict(
    zip(
        "абвгґдежзийклмнопрстуфхцчшщыэіїєёюяъь",
        "a b v g g d e zh z i i k l m n o p r s t u f h ts ch sh sh i e i i e e u a  ".split(" "),
        strict=False,
    )
)
_GREEK = dict(zip("αβγδεζηθικλμνξοπρστυφχψω", "a v g d e z i t i k l m n ks o p r s t i f h ps o".split(), strict=True))
_ARABIC = dict(
    zip(
        "ابپتٹثجچحخدڈذرڑزژسشصضطظعغفقكگلمنهويئؤءه",
        "a b p t t s j ch h h d d z r r z zh s sh s d t z a g f k k g l m n h v i i o a h".split(),
        strict=True,
    )
)
_GREEK_PAIRS = (
    ("ντσ", "nts"),
    ("μπ", "b"),
    ("ντ", "d"),
    ("γκ", "g"),
    ("γγ", "g"),
    ("τσ", "ts"),
    ("τζ", "z"),
    ("ου", "u"),
    ("αι", "e"),
    ("ει", "i"),
    ("οι", "i"),
)
_TABLES = {"CYRILLIC": _CYRILLIC, "GREEK": _GREEK, "ARABIC": _ARABIC}
_ALIKE = (
    ("n(?=[tdgk])", ""), ("j(?![aeiou])|(?<=[^aeiou])j", ""),
    ("ph|bh|[vwfpb]", "b"), ("sch|sh|ch|tch|zh|tsch|ts|tz|dz|cz", "s"), ("c(?=[eiy])", "s"), ("[zjxs]", "s"),
    ("th|dh|[td]", "d"), ("gh|kh|ck|qu|[ckqg]", "k"), ("[lr]", "l"), ("h", ""),
)  # fmt: skip


def romanised(folded: str) -> str:
    """A folded name in Latin letters; empty where its script is not read by letters."""
    if folded.isascii():
        return folded
    text = folded
    if script(text[:1]) == "GREEK":
        for pair, sound in _GREEK_PAIRS:
            text = text.replace(pair, sound)
    parts = [letter if letter.isascii() else _sound(letter) for letter in text]
    return "" if any(part is None for part in parts) else "".join(part or "" for part in parts)


def key(name: str) -> str:
    """Return the consonants of a Latin name as sound classes; empty if there are too few to distinguish names."""
    text = name
    for pattern, sound in _ALIKE:
        text = re.sub(pattern, sound.upper(), text)
    consonants = re.sub("[^a-z]|[aeiouy]", "", text.lower())
    plain = re.sub(r"(.)\1+", r"\1", consonants)
    return plain if len(plain) >= SHORTEST else ""


def spelling(name: str) -> str:
    """A name in Latin letters with those letters made one that spell the same sound, to compare whole names."""
    return name.translate(_SPELLINGS).replace("ph", "f").replace("kh", "k").replace("gh", "g").replace("dh", "d")


_SPELLINGS = str.maketrans({"c": "k", "q": "k", "w": "v", "b": "v", "y": "i", "j": "i", "z": "s", "x": "s"})


@cache
def script(letter: str) -> str:
    """The first word of a letter's name in Unicode, like GREEK."""
    return unicodedata.name(letter, "").partition(" ")[0]


@cache
def _sound(letter: str) -> str | None:
    """The Latin letters of one letter; None for a script without letters."""
    table = _TABLES.get(script(letter))
    if table is not None:
        return table.get(letter, "")
    name = unicodedata.name(letter, "")
    if name.startswith(("KATAKANA LETTER ", "HIRAGANA LETTER ")) or " LETTER " in name or " VOWEL SIGN " in name:
        return _indic(name)
    return "" if unicodedata.category(letter).startswith("M") or letter in " ー" else None


def _indic(name: str) -> str:
    """The sound in the Unicode name of a letter that is called by its sound: DEVANAGARI LETTER KHA, KATAKANA LETTER PO."""
    sound = name.rsplit(maxsplit=1)[-1].lower()
    if " VOWEL SIGN " in name or sound in ("a", "aa", "i", "ii", "u", "uu", "e", "ai", "o", "au"):
        return sound[0]
    if name.startswith(("KATAKANA", "HIRAGANA")):
        return "" if " SMALL " in name and sound == "tu" else "n" if sound == "n" else sound
    return sound.rstrip("a")
