"""Whether two posts are about the same thing, by meaning, shared words, place, time, addresses and telephone numbers.

Plain Python and numpy. The thresholds are measured: see docs/reference/incidents.md and benchmarks/grouping.py.
"""

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from classifier import duplicates
from responder.incidents import identifiers, meaning
from responder.incidents.identifiers import Identifiers, Relation

AUTOMATIC = 0.54  # at or above this, the post joins
SUGGESTED = 0.38  # at or above this, a person is asked
UNPLACED_AUTOMATIC = 0.70  # without a place, only near copies join automatically
NEAR_COPY = 0.5  # share of words in common from which another name makes another thing
WINDOW = timedelta(hours=24)
COARSE_KM = 60  # a country or province is no place to group by
NEAR_KM = 3.0  # least distance within which places are the same
EARTH_KM = 6371.0
CELL_BITS = 15  # of the 24-bit grid: about 80 km at the equator
UNPLACED = -1
LEAST_COSINE = 0.2  # less similar texts never share enough words
SAME_PHONE_BONUS = 0.15
ONLY_SUGGESTED = 0.53  # most for posts that their telephone numbers hold apart: a person is asked
MOST_LEADERS_OF_A_PHONE = 5  # a number that more leaders state is a hotline's, and joins nothing
LOW_BITS, HIGH_BITS = np.uint64(0x0101_0101_0101_0101), np.uint64(0x8080_8080_8080_8080)
Numbers = np.ndarray[Any, np.dtype[Any]]
NAME = re.compile(r"(?<![@\w])[^\W\d_][\w'’-]{2,}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """The features of a post that the matching rule compares."""

    post_id: int
    at: datetime
    words: frozenset[str]
    names: frozenset[str]
    vector: bytes
    signature: bytes
    place: tuple[float, float, float] | None  # latitude, longitude, radius in km
    identifiers: Identifiers = identifiers.NONE


@dataclass(frozen=True, slots=True)
class Match:
    """The leader most similar to a post; `joins` is true for an automatic match, false for a suggestion."""

    leader: Candidate
    likeness: float
    joins: bool


def words_of(text: str) -> frozenset[str]:
    """The words of a text that are compared, in lower case."""
    return frozenset(duplicates.whole_words(text))


def names_of(text: str) -> frozenset[str]:
    """Words that begin with a capital, as `words_of` writes them: names and first words of sentences."""
    found = NAME.findall(unicodedata.normalize("NFC", text))
    capital = " ".join(word for word in found if word[0].isupper())
    return words_of(capital)


def place_of(
    latitude: float | None, longitude: float | None, radius_km: float | None
) -> tuple[float, float, float] | None:
    """A place fine enough to group by, or None."""
    if latitude is None or longitude is None or (radius_km or 0) > COARSE_KM:
        return None
    return latitude, longitude, radius_km or 0.0


def cell_of(grid_x: int | None, grid_y: int | None, *, placed: bool) -> int:
    """The grid cell of a place."""
    if not placed or grid_x is None or grid_y is None:
        return UNPLACED
    return _cell(grid_x >> CELL_BITS, grid_y >> CELL_BITS)


def cells_around(cell: int) -> list[int]:
    """The cell and its eight neighbours."""
    if cell == UNPLACED:
        return [UNPLACED]
    x, y = cell >> 10, cell & 1023
    return [_cell(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]


def _cell(x: int, y: int) -> int:
    return (x << 10) | (y & 1023)


class Leaders:
    """Posts that others are compared with, stored in columns to compare one post with thousands at once."""

    def __init__(self, candidates: Iterable[Candidate] = (), *, room: int = 0) -> None:
        """Arguments:
        room: how many more will be added.
        """
        self._all: list[Candidate] = []
        given = list(candidates)
        most = max(1, len(given) + room)
        self._numbers = np.zeros((5, most))  # id, seconds, north and east in radians, radius in km or NaN
        self._signatures = np.zeros((most, meaning.HASH_BANDS // 8), dtype=np.uint64)
        self._vectors = np.zeros((most, meaning.NUMBERS), dtype=np.int8)
        self._rows_stating: dict[str, list[int]] = defaultdict(list)
        for one in given:
            self.add(one)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, one: Candidate) -> None:
        """Add a leader, which is found at once. There must be room."""
        row = len(self._all)
        latitude, longitude, radius = one.place or (np.nan, np.nan, np.nan)
        self._numbers[:, row] = one.post_id, one.at.timestamp(), np.radians(latitude), np.radians(longitude), radius
        self._signatures[row] = np.frombuffer(one.signature, dtype=np.uint64)
        self._vectors[row] = np.frombuffer(one.vector, dtype=np.int8)
        self._all.append(one)
        for key in one.identifiers.index_keys():
            self._rows_stating[key].append(row)

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self._all)

    def best(self, post: Candidate, apart: Callable[[Candidate], bool] = lambda _leader: False) -> Match | None:
        """The best match of `post`, if it is at least worth a suggestion; the oldest of equals.

        Arguments:
            apart: whether a leader is left out for what its incident is about.
        """
        found = max(self._scored(post, apart), key=_order, default=None)
        if found is None or found[0] < SUGGESTED:
            return None
        likeness, leader = found
        placed = post.place is not None and leader.place is not None
        return Match(leader, likeness, likeness >= (AUTOMATIC if placed else UNPLACED_AUTOMATIC))

    def near(self, post: Candidate) -> Numbers:
        """Rows close enough in time and place to be about the same thing."""
        ids, at, north, east, radius = self._numbers[:, : len(self._all)]
        together = (np.abs(at - post.at.timestamp()) <= WINDOW.total_seconds()) & (ids != post.post_id)
        if post.place is not None:
            latitude, longitude = math.radians(post.place[0]), math.radians(post.place[1])
            distance = EARTH_KM * np.hypot(north - latitude, (east - longitude) * np.cos((north + latitude) / 2))
            together &= (distance <= np.maximum(max(NEAR_KM, post.place[2]), radius)) | np.isnan(radius)
        return np.flatnonzero(together)

    def hashed_alike(self, post: Candidate, rows: Numbers) -> Numbers:
        """The `rows` that share at least one band (a byte) with the post's signature."""
        differing = self._signatures[rows] ^ np.frombuffer(post.signature, dtype=np.uint64)
        some_byte_is_0 = ((differing - LOW_BITS) & ~differing & HIGH_BITS).any(1)
        return rows[some_byte_is_0]

    def stating_the_same(self, post: Candidate, rows: Numbers) -> Numbers:
        """The `rows` with an address or telephone number that the post states too."""
        stating = {row for key in post.identifiers.index_keys() for row in self._rows_stating.get(key, ())}
        found = [row for row in stating if self._relation(post, self._all[row]) in _EVIDENCE]
        return np.intersect1d(rows, np.array(found, dtype=np.int64))

    def _scored(self, post: Candidate, apart: Callable[[Candidate], bool]) -> Iterator[tuple[float, Candidate]]:
        near = self.near(post)
        rows = self.hashed_alike(post, near)
        if post.identifiers:
            rows = np.union1d(rows, self.stating_the_same(post, near))
        for row, cosine in zip(rows, meaning.cosines(post.vector, self._vectors[rows]), strict=True):
            leader = self._all[row]
            relation = self._relation(post, leader)
            same_address = relation == Relation.SAME_ADDRESS
            if relation == Relation.OTHER_ADDRESS or (cosine < LEAST_COSINE and not same_address):
                continue
            if not another_name(post, leader, same_address=same_address) and not apart(leader):
                yield weighed(score(float(cosine), post.words, leader.words), relation), leader

    def _relation(self, post: Candidate, leader: Candidate) -> Relation:
        """What the identifiers of the two say; a hotline's number says nothing."""
        if not post.identifiers or not leader.identifiers:
            return Relation.NOTHING
        relation = post.identifiers.relation(leader.identifiers)
        if relation == Relation.SAME_PHONE:
            phone_keys = identifiers.phone_keys
            common = phone_keys(post.identifiers.phones) & phone_keys(leader.identifiers.phones)
            if all(len(self._rows_stating[key]) > MOST_LEADERS_OF_A_PHONE for key in common):
                return Relation.NOTHING
        return relation


_EVIDENCE = (Relation.SAME_ADDRESS, Relation.SAME_PHONE)


def _order(found: tuple[float, Candidate]) -> tuple[float, float, int]:
    likeness, leader = found
    return round(likeness, 4), -leader.at.timestamp(), -leader.post_id


def score(cosine: float, some: frozenset[str], others: frozenset[str]) -> float:
    """The similarity, 0 to 1: mean of the similarity in meaning and the share of common words."""
    common = len(some & others) / (len(some | others) or 1)
    return (max(0.0, cosine) + common) / 2


def weighed(likeness: float, relation: Relation) -> float:
    """The similarity, raised by what both state, or too low to join where telephone numbers hold them apart."""
    if relation == Relation.SAME_ADDRESS:
        return (likeness + 1) / 2
    if relation == Relation.SAME_PHONE:
        return min(1.0, likeness + SAME_PHONE_BONUS)
    if relation in (Relation.OTHER_PHONE, Relation.OTHER_ADDRESS_SAME_PHONE):
        return min(likeness, ONLY_SUGGESTED)
    return likeness


def another_name(post: Candidate, other: Candidate, *, same_address: bool = False) -> bool:
    """Whether two near copies differ by a name: the same words about another place, street or person.

    Arguments:
        same_address: both state it, so that the words of the street ("St.", "Street") are no other name.
    """
    if len(post.words & other.words) < NEAR_COPY * len(post.words | other.words):
        return False
    ignored = post.identifiers.street_words | other.identifiers.street_words if same_address else frozenset()
    return bool(post.names - other.words - ignored and other.names - post.words - ignored)
