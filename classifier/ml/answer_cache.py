"""What the model said of a text, kept for its copies: most posts of a disaster are repeated.

Copies are texts with equal words (`text.normalise`): other links, mentions, capitals and punctuation do not count.
"""

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

from classifier.answers import Mention
from classifier.ml.calibration import Floats
from classifier.ml.text import normalise
from classifier.words import APOSTROPHES, HANDLE, words

SIZE = 8_192  # about 12 MB


@dataclass(frozen=True, slots=True)
class Remembered:
    """Logits of one text (every head's, one after the other), its locations as words, start and score, its meaning."""

    logits: Floats
    places: tuple[tuple[str, int, float], ...]
    embedding: Floats | None = None  # half precision: enough to compare by, half the memory


class AnswerCache:
    """The last few thousand answers; may be used from any thread."""

    def __init__(self, size: int = SIZE) -> None:
        self._size, self._lock = size, threading.Lock()
        self._kept: OrderedDict[bytes, Remembered] = OrderedDict()
        self.hits = self.misses = 0

    def get(self, key: bytes) -> Remembered | None:
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                self.misses += 1
            else:
                self.hits += 1
                self._kept.move_to_end(key)
            return found

    def put(self, key: bytes, answer: Remembered) -> None:
        with self._lock:
            self._kept[key] = answer
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)


def key_of(text: str) -> bytes:
    """Equal for copies."""
    return hashlib.blake2b((normalise(text) or text).encode("utf-8", "replace"), digest_size=16).digest()


def found_again(text: str, places: tuple[tuple[str, int, float], ...]) -> list[Mention]:
    """Where this text or a copy of it names the locations; one that a copy writes otherwise is left out."""
    lowered, edges, found, position = "", None, [], 0
    for name, start, score in places:
        here = start
        if text[start : start + len(name)] != name:
            lowered, edges = lowered or _lowered(text), edges or _edges(text)
            here = _find(lowered, name.lower(), position, edges)
        if here >= 0:
            position = here + len(name)
            found.append(Mention(here, position, score))
    return found


def _find(lowered: str, name: str, position: int, edges: set[int]) -> int:
    """Where `name` stands as whole words from `position` on, or -1."""
    here = lowered.find(name, position)
    while here >= 0 and not (here in edges and here + len(name) in edges):
        here = lowered.find(name, here + 1)
    return here


def _edges(text: str) -> set[int]:
    """Where a span may begin or end: at words that are no handles, and at the apostrophes inside them."""
    edges = {edge for word in words(text) if text[max(0, word[0] - 1)] not in HANDLE for edge in word}
    apostrophes = [i for i, character in enumerate(text) if character in APOSTROPHES]
    return edges | {at + beside for at in apostrophes for beside in (0, 1)}


def _lowered(text: str) -> str:
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text  # a few letters grow: their offsets would be wrong
