"""The gazetteer: a read-only SQLite file, so that it costs no memory and opens at once."""

import sqlite3
import threading
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("gazetteer.sqlite")
CHUNK = 400  # parameters in one statement
_local = threading.local()


@dataclass(frozen=True, slots=True)
class Entry:
    """A place of the gazetteer; degrees, kilometres, people."""

    id: int
    name: str
    type: str
    country: str
    admin1: str
    latitude: float
    longitude: float
    population: int
    radius_km: float


def lookup(names: Collection[str]) -> dict[str, list[Entry]]:
    """Folded name → every place of that name, for those of `names` that exist."""
    found: dict[str, list[Entry]] = {}
    ordered = sorted(names)
    for start in range(0, len(ordered), CHUNK):
        part = ordered[start : start + CHUNK]
        marks = ",".join("?" * len(part))
        query = f"SELECT n.folded, p.* FROM name n JOIN place p ON p.id = n.place WHERE n.folded IN ({marks})"  # noqa: S608
        for folded, *columns in _connection().execute(query, part):
            found.setdefault(folded, []).append(Entry(*columns))
    return found


@lru_cache(maxsize=32)
def town_names(country: str) -> tuple[str, ...]:
    """Folded names of at least seven letters in a country, to compare misspellings with."""
    query = (
        "SELECT DISTINCT n.folded FROM place p JOIN name n ON n.place = p.id"
        " WHERE p.country = ? AND p.type IN ('city', 'town') AND length(n.folded) >= 7"
    )
    return tuple(name for (name,) in _connection().execute(query, [country]))


def _connection() -> sqlite3.Connection:
    if not hasattr(_local, "connection"):
        _local.connection = sqlite3.connect(f"{FILE.as_uri()}?mode=ro&immutable=1", uri=True)
    return _local.connection
