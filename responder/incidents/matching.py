"""Whether two posts are about the same thing: what they mean, which words they share, where and when.

Plain Python. The thresholds are measured: see docs/reference/incidents.md and benchmarks/grouping.py.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from classifier import duplicates
from responder.incidents import meaning

AUTOMATIC = 0.54  # at or above: the post joins
SUGGESTED = 0.38  # at or above: a person is asked
UNPLACED_AUTOMATIC = 0.70  # where a post has no place, only what is nearly a copy joins by itself
NEAR_COPY = 0.5  # share of words in common from which another name makes another thing
WINDOW = timedelta(hours=24)
COARSE_KM = 60  # a country or province is no place to group by
NEAR_KM = 3.0  # least distance within which places are the same
EARTH_KM = 6371.0
CELL_BITS = 15  # of the 24-bit grid: about 80 km at the equator
UNPLACED = -1
NAME = re.compile(r"(?<![@\w])[^\W\d_][\w'’-]{2,}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A post as the rule sees it."""

    post_id: int
    at: datetime
    words: frozenset[str]
    names: frozenset[str]
    vector: bytes
    signature: bytes
    place: tuple[float, float, float] | None  # latitude, longitude, radius in km


@dataclass(frozen=True, slots=True)
class Match:
    """The leader that a post is most like; `joins` tells an automatic match from a suggestion."""

    leader: Candidate
    likeness: float
    joins: bool


def words_of(text: str) -> frozenset[str]:
    """The words that count for comparing, lower-case."""
    return frozenset(duplicates.normalise(text).split())


def names_of(text: str) -> frozenset[str]:
    """Words that begin with a capital, as `words_of` writes them: names, and how sentences begin."""
    capital = " ".join(word for word in NAME.findall(text) if word[0].isupper())
    return words_of(capital)


def place_of(
    latitude: float | None, longitude: float | None, radius_km: float | None
) -> tuple[float, float, float] | None:
    """A place fine enough to group by, or None."""
    if latitude is None or longitude is None or (radius_km or 0) > COARSE_KM:
        return None
    return latitude, longitude, radius_km or 0.0


def cell_of(grid_x: int | None, grid_y: int | None, *, placed: bool) -> int:
    """The cell of the grid in which a place is looked up."""
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


def best(post: Candidate, leaders: Sequence[Candidate]) -> Match | None:
    """The leader that `post` is most like, at least so that a person should be asked; the oldest of equals."""
    near = [one for one in leaders if _together(post, one)]
    near = [one for one in _hashed_alike(post, near) if not another_name(post, one)]
    if not near:
        return None
    cosines = meaning.likeness(post.vector, [one.vector for one in near])
    scored = [(score(float(c), post.words, one.words), one) for c, one in zip(cosines, near, strict=True)]
    likeness, leader = max(scored, key=lambda pair: (round(pair[0], 4), -pair[1].at.timestamp(), -pair[1].post_id))
    if likeness < SUGGESTED:
        return None
    return Match(leader, likeness, likeness >= (AUTOMATIC if post.place and leader.place else UNPLACED_AUTOMATIC))


def score(cosine: float, some: frozenset[str], others: frozenset[str]) -> float:
    """0 to 1: the mean of likeness in meaning and of the share of words in common."""
    common = len(some & others) / (len(some | others) or 1)
    return (max(0.0, cosine) + common) / 2


def another_name(post: Candidate, other: Candidate) -> bool:
    """Whether two near copies differ by a name: the same words about another place, street or person."""
    if len(post.words & other.words) < NEAR_COPY * len(post.words | other.words):
        return False
    return bool(post.names - other.words and other.names - post.words)


def _together(post: Candidate, other: Candidate) -> bool:
    """Whether both can be about one thing at all: close in time, and at the same place unless one has none."""
    if abs(post.at - other.at) > WINDOW or post.post_id == other.post_id:
        return False
    if post.place is None or other.place is None:
        return True
    return _distance_km(post.place, other.place) <= max(NEAR_KM, post.place[2], other.place[2])


def _hashed_alike(post: Candidate, others: list[Candidate]) -> list[Candidate]:
    if not others:
        return []
    alike = meaning.share_a_band(post.signature, [one.signature for one in others])
    return [one for one, same in zip(others, alike, strict=True) if same]


def _distance_km(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    north, east = math.radians(other[0] - one[0]), math.radians(other[1] - one[1])
    middle = math.radians((one[0] + other[0]) / 2)
    return EARTH_KM * math.hypot(north, east * math.cos(middle))
