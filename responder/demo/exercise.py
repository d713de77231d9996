"""The bundled exercise "Cyclone Sereia": a fictional storm in real geography, every post labelled.

Plain Python without Django. Posts are made by `responder.demo.build`; see docs/exercise.md.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from responder.demo.places import Place, fold
from responder.demo.speed import DURATION_S

FILE = Path(__file__).with_name("exercise.ndjson")
_HAN = r"[\u4e00-\u9fff]"
# The vowel signs of Devanagari, Bengali and their relatives belong to the words, though \w leaves them out.
_WORD = re.compile(rf"{_HAN}|(?:(?!{_HAN})[\w\u0900-\u0963\u0966-\u0dff])+")

EVENT: dict[str, Any] = {
    "ref": "exercise-sereia",
    "name": "Exercise: Cyclone Sereia",
    "hazard": "tropical_cyclone",
    "country_codes": ["MZ", "ZW", "MW"],
    "bbox": [31.5, -21.5, 38.5, -14.5],  # west, south, east, north in degrees
    "timezone": "Africa/Maputo",
    "is_exercise": True,
    "duration_s": DURATION_S,
    "phases": [
        {"id": "warnings", "name": "Warnings", "start_s": 0, "end_s": 21_600},
        {"id": "landfall", "name": "Landfall", "start_s": 21_600, "end_s": 36_000},
        {"id": "flooding", "name": "Flooding", "start_s": 36_000, "end_s": 54_000},
        {"id": "rescue", "name": "Rescue", "start_s": 54_000, "end_s": 72_000},
        {"id": "relief", "name": "Relief", "start_s": 72_000, "end_s": 86_400},
    ],
    # (offset_s, latitude, longitude) of the storm's centre
    "track": [
        (0, -18.6, 38.4),
        (7_200, -18.9, 37.5),
        (14_400, -19.3, 36.5),
        (21_600, -19.6, 35.5),
        (27_000, -19.8, 34.9),
        (36_000, -19.6, 34.2),
        (46_800, -19.3, 33.5),
        (57_600, -18.9, 32.9),
        (72_000, -18.2, 32.5),
        (86_399, -17.4, 32.6),
    ],
}


@dataclass(frozen=True, slots=True)
class Gold:
    """The right answers for one post. `place` is None if the text names none, or a vague or ambiguous one."""

    category: str
    emergency: bool
    priority: str
    needs: tuple[str, ...]
    place: Place | None
    rumour: bool


@dataclass(frozen=True, slots=True)
class ExercisePost:
    """One fictional post, `offset_s` seconds after the exercise's midnight (Africa/Maputo)."""

    id: str
    offset_s: int
    author: str
    author_name: str
    text: str
    lang: str
    reply_to: str | None
    repost_of: str | None
    gold: Gold


def _read(entry: dict[str, Any]) -> ExercisePost:
    gold = dict(entry.pop("gold"))
    place = Place(**gold.pop("place")) if gold["place"] else gold.pop("place")
    labels = Gold(**{**gold, "needs": tuple(gold["needs"]), "place": place})
    return ExercisePost(offset_s=entry.pop("created_at_offset_s"), gold=labels, **entry)


def posts() -> Iterator[ExercisePost]:
    """Every post in the order of time."""
    with FILE.open(encoding="utf-8") as lines:
        for line in lines:
            yield _read(json.loads(line))


def playback(start: datetime, speed: float = 1.0) -> Iterator[tuple[datetime, ExercisePost]]:
    """Each post with its time, if the exercise begins at `start` (aware); a `speed` of 1 is real time.

    Raises ValueError if `start` has no time zone or `speed` is not above zero.
    """
    if start.tzinfo is None:
        raise ValueError("start needs a time zone; pass an aware datetime")
    if not speed > 0:
        raise ValueError("speed must be above zero; 1 is real time, 20 is twenty times faster")
    return ((start + timedelta(seconds=post.offset_s / speed), post) for post in posts())


def gold_rows() -> Iterator[dict[str, Any]]:
    """The exercise as a labelled corpus, one plain dict a post, its labels beside its text."""
    for post in posts():
        gold = post.gold
        yield {
            "id": post.id,
            "text": post.text,
            "lang": post.lang,
            "category": gold.category,
            "emergency": gold.emergency,
            "priority": gold.priority,
            "needs": list(gold.needs),
            "place": _place_row(gold.place),
            "repost_of": post.repost_of,
        }


def _place_row(place: Place | None) -> dict[str, Any] | None:
    return {name: getattr(place, name) for name in Place.__slots__} if place else None


def distinct_text(text: str) -> str:
    """The bare words of a post, without case, accents, marks, links and handles; a Han character is a word."""
    bare = re.sub(r"^RT @\w+: |https?://\S+|@\w+", " ", text)
    return " ".join(_WORD.findall(fold(bare)))


def near_duplicates(every: Iterable[ExercisePost], *, threshold: float = 0.75) -> int:
    """Return the number of posts that share at least `threshold` of their words (Jaccard) with an earlier post."""
    seen: dict[frozenset[str], None] = {}
    count = 0
    for post in every:
        words = frozenset(distinct_text(post.text).split())
        if words in seen or any(_jaccard(words, other) >= threshold for other in seen):
            count += 1
        seen[words] = None
    return count


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0
