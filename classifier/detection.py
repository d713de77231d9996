"""In which language a text is written, read from its letters: the model lies in the package, nothing is fetched.

Short texts, and those that look like several languages, stay unknown: to be taken for a foreign language sets a post
apart, so that a cry for help in English must not be. Thresholds were measured (docs/adr/0016-language-from-the-text.md).
https://github.com/adbar/py3langid
"""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from classifier import languages
from classifier.letters import LATIN, script_of

READ = 100  # characters; more would cost time and change nothing
LEAST_LETTERS = 12  # of Latin ones: fewer are taken for English
LEAST_OTHER_LETTERS = 4
SURE = 0.7
AGAINST_THE_SOURCE = 0.95
LEAST_LETTERS_AGAINST = 30
BY_SCRIPT = 0.95  # sure enough: a script of one language
NO_WORDS = re.compile(r"https?://\S+|[@＠#＃]\w+|&#?\w{1,8};|^\s*rt\b:?", re.IGNORECASE)
LONGEST = 1_000  # characters of a text that are looked at
NEVER = frozenset({"pcm", "zxx"})  # Nigerian Pidgin is written so much like English that English was taken for it
PART_OF = {"pcm": "en", "arz": "ar", "ary": "ar", "yue": "zh", "wuu": "zh", "nn": "no", "uzs": "uz"}

NO_CHANCES: Mapping[str, float] = MappingProxyType({})

_lock = threading.Lock()
_identifier: Any = None


@dataclass(frozen=True, slots=True)
class Guess:
    """A language, its probability (0 to 1), the number of letters it is based on, and the probability of every language."""

    code: str
    confidence: float
    letters: int
    chances: Mapping[str, float] = field(default_factory=lambda: NO_CHANCES)


@dataclass(frozen=True, slots=True)
class Reading:
    """The language that a text goes by.

    Arguments:
        code: empty where neither source nor text tells.
        probability: 0 to 1, of the detection; 1 where the source states the language, 0 where it is unknown.
        script: of most letters, as `letters.script_of` says.
        chances: language → probability, of every language that the detection knows, where `code` is empty; empty for a
            text of fewer than `LEAST_OTHER_LETTERS` letters.
    """

    code: str
    probability: float
    script: str
    chances: Mapping[str, float] = field(default_factory=lambda: NO_CHANCES)


def detect(texts: Sequence[str]) -> list[Guess]:
    """The likeliest language of each text, in order, however unsure."""
    known = _known() if texts else None
    return [_guess(known, text) for text in texts]


def settle(stated: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Return the language to use for each text; empty if neither the source nor the text determines it. Arguments as in `read`."""
    return [reading.code for reading in read(stated, texts)]


def read(stated: Sequence[str], texts: Sequence[str]) -> list[Reading]:
    """Return the language to use for each text, and its script.

    Arguments:
        stated: the language that the source states; empty or `und` if unknown. It is used unless the text clearly
            contradicts it, because many clients state the language of their menus. A text that is mostly in a script
            that the language doesn't use is never in that language, however short.
    """
    guesses = detect(texts)
    return [_settled(said, guess, script_of(text)) for said, guess, text in zip(stated, guesses, texts, strict=True)]


def _settled(said: str, guess: Guess, script: str) -> Reading:
    possible = bool(guess.code) and not languages.is_ruled_out(guess.code, script)
    if languages.is_unknown(said) or languages.is_ruled_out(said, script):
        if possible and guess.confidence >= SURE and guess.letters >= _least(script):
            return Reading(guess.code, guess.confidence, script)
        return (
            Reading(languages.ONLY[script], BY_SCRIPT, script)
            if script in languages.ONLY
            else _undetermined(guess, script)
        )
    clear = guess.confidence >= AGAINST_THE_SOURCE and guess.letters >= LEAST_LETTERS_AGAINST
    if possible and clear and languages.plain(said) != guess.code:
        return Reading(guess.code, guess.confidence, script)
    return Reading(said, 1.0, script)


def undetermined(texts: Sequence[str]) -> list[Reading]:
    """Return the readings of texts whose language stays unknown: the script and the possible languages."""
    return [_undetermined(guess, script_of(text)) for guess, text in zip(detect(texts), texts, strict=True)]


def _undetermined(guess: Guess, script: str) -> Reading:
    return Reading("", 0.0, script, guess.chances if guess.letters >= LEAST_OTHER_LETTERS else NO_CHANCES)


def _least(script: str) -> int:
    return LEAST_LETTERS if script in ("", LATIN) else LEAST_OTHER_LETTERS


def _guess(known: Any, text: str) -> Guess:
    words = " ".join(NO_WORDS.sub(" ", text[:LONGEST]).split())[:READ]
    letters = sum(map(str.isalpha, words))
    if not letters:
        return Guess("", 0.0, 0)
    ranked = known.rank(words)
    chances: dict[str, float] = {}
    for code, probability in ranked:
        language = PART_OF.get(code, code)
        chances[language] = chances.get(language, 0.0) + float(probability)
    code, confidence = ranked[0]
    if code in NEVER:
        return Guess("", 0.0, letters, chances)
    return Guess(PART_OF.get(code, code), float(confidence), letters, chances)


def _known() -> Any:
    """Return the model, which is loaded on first use (half a second, 60 MB)."""
    global _identifier
    with _lock:
        if _identifier is None:
            from py3langid.langid import MODEL_FILE, LanguageIdentifier

            _identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        return _identifier
