"""In which language a text is written, read from its letters: the model lies in the package, nothing is fetched.

Short texts, and those that look like several languages, stay unknown: to be taken for a foreign language sets a post
apart, so that a cry for help in English must not be. Thresholds were measured (docs/adr/0016-language-from-the-text.md).
https://github.com/adbar/py3langid
"""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from classifier.languages import UNKNOWN

READ = 100  # characters; more would cost time and change nothing
LEAST_LETTERS = 12
SURE = 0.7
AGAINST_THE_SOURCE = 0.95
LEAST_LETTERS_AGAINST = 30
NO_WORDS = re.compile(r"https?://\S+|[@＠#＃]\w+|&#?\w{1,8};|^\s*rt\b:?", re.IGNORECASE)
LONGEST = 1_000  # characters of a text that are looked at
NEVER = frozenset({"pcm", "zxx"})  # Nigerian Pidgin is written so much like English that English was taken for it
PART_OF = {"arz": "ar", "ary": "ar", "yue": "zh", "wuu": "zh", "nn": "no", "uzs": "uz"}
# ISO 639: former codes, three letters, and members of one language, as feeds write them.
SAME = {
    "in": "id", "iw": "he", "ji": "yi", "nb": "no", "nn": "no", "fil": "tl", "eng": "en", "spa": "es", "por": "pt",
    "fra": "fr", "deu": "de", "ita": "it", "ara": "ar", "hat": "ht", "swa": "sw", "sh": "sr", "mo": "ro", "cmn": "zh",
}  # fmt: skip

_lock = threading.Lock()
_identifier: Any = None


@dataclass(frozen=True, slots=True)
class Guess:
    """A language, how sure that is (0 to 1), and how many letters it rests on."""

    code: str
    confidence: float
    letters: int


def detect(texts: Sequence[str]) -> list[Guess]:
    """The likeliest language of each text, in order, however unsure."""
    known = _known()
    return [_guess(known, text) for text in texts]


def settle(stated: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The language to go by of each text; empty where neither source nor text tells.

    Arguments:
        stated: what the source says, empty or `und` where it does not know. It is believed unless the text speaks
            clearly against it: clients state the language of their menus.
    """
    return [_settled(said, guess) for said, guess in zip(stated, detect(texts), strict=True)]


def _settled(said: str, guess: Guess) -> str:
    if said.lower() in UNKNOWN:
        return guess.code if guess.confidence >= SURE and guess.letters >= LEAST_LETTERS else ""
    clear = guess.confidence >= AGAINST_THE_SOURCE and guess.letters >= LEAST_LETTERS_AGAINST
    return guess.code if clear and not _same(said, guess.code) else said


def _same(said: str, code: str) -> bool:
    """Whether a tag like `pt-BR` names this language; codes that mean the same are rare among what feeds say."""
    language = said.lower().replace("_", "-").split("-")[0]
    return SAME.get(language, language) == code


def _guess(known: Any, text: str) -> Guess:
    words = " ".join(NO_WORDS.sub(" ", text[:LONGEST]).split())[:READ]
    letters = sum(map(str.isalpha, words))
    if not letters:
        return Guess("", 0.0, 0)
    code, confidence = known.classify(words)
    return Guess("", 0.0, letters) if code in NEVER else Guess(PART_OF.get(code, code), float(confidence), letters)


def _known() -> Any:
    """The model, loaded once by the first who asks: half a second and 60 MB."""
    global _identifier
    with _lock:
        if _identifier is None:
            from py3langid.langid import MODEL_FILE, LanguageIdentifier

            _identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        return _identifier
