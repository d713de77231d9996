"""A cache of the model's answers for copies of a text: most posts of a disaster are repeated.

Copies are texts of one identity (`identity.identity_of`): links, mentions, capitals and punctuation are ignored.
"""

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

from classifier.answers import Mention
from classifier.ml.calibration import Floats
from classifier.ml.identity import identity_of
from classifier.words import APOSTROPHES, HANDLE, words

SIZE = 8_192  # about 12 MB


@dataclass(frozen=True, slots=True)
class Remembered:
    """A text's logits (of all heads in sequence), its locations as (name, start, score), and its embedding."""

    logits: Floats
    places: tuple[tuple[str, int, float], ...]
    embedding: Floats | None = None  # half precision: enough for comparison, with half the memory


class AnswerCache:
    """A thread-safe LRU cache of the last few thousand answers."""

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
    """A cache key that is equal for copies of a text."""
    return hashlib.blake2b(identity_of(text).encode("utf-8", "replace"), digest_size=16).digest()


def found_again(text: str, places: tuple[tuple[str, int, float], ...]) -> list[Mention]:
    """Find a copy's cached locations in this text. Locations that the copy writes differently are left out."""
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
    """Start of the next `name` as whole words, from `position` on, or -1."""
    here = lowered.find(name, position)
    while here >= 0 and not (here in edges and here + len(name) in edges):
        here = lowered.find(name, here + 1)
    return here


def _edges(text: str) -> set[int]:
    """Return the positions where a span may begin or end: at words that aren't handles, and at apostrophes in them."""
    edges = {edge for word in words(text) if text[max(0, word[0] - 1)] not in HANDLE for edge in word}
    apostrophes = [i for i, character in enumerate(text) if character in APOSTROPHES]
    return edges | {at + beside for at in apostrophes for beside in (0, 1)}


def _lowered(text: str) -> str:
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text  # some letters become longer, so their offsets would be wrong
