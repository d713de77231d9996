"""The gazetteer: a read-only SQLite file, which uses no memory and opens immediately."""

import sqlite3
import threading
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("gazetteer.sqlite")
# Scripts that write no spaces: Thai to Burmese, Khmer, Kana and Han.
UNSPACED = (("\u0e00", "\u10a0"), ("\u1780", "\u1800"), ("\u3040", "\ua000"))
CHUNK = 400  # parameters in one statement
TYPES = ("country", "state", "county", "city", "town")  # the file holds their positions
OWN, OTHER, CODE = 0, 1, 2
_local = threading.local()


@dataclass(frozen=True, slots=True)
class Entry:
    """A place of the gazetteer, as one of its names finds it; degrees, kilometres, people.

    `rank` says what the name is to the place: its own or one in another script (0), another Latin spelling (1), or a
    code (2). A population of 0 was never counted.
    """

    id: int
    name: str
    type: str
    country: str
    admin1: str
    latitude: float
    longitude: float
    population: int
    radius_km: float
    rank: int = OWN


def lookup(names: Collection[str]) -> dict[str, list[Entry]]:
    """Folded name → every place of that name, for those of `names` that exist."""
    found: dict[str, list[Entry]] = {}
    ordered = sorted(names)
    for start in range(0, len(ordered), CHUNK):
        part = ordered[start : start + CHUNK]
        marks = ",".join("?" * len(part))
        query = (
            "SELECT n.folded, p.id, p.name, p.type, p.country, p.admin1, p.latitude / 1e4, p.longitude / 1e4,"  # noqa: S608
            f" p.population, p.radius_km, n.rank FROM name n JOIN place p ON p.id = n.place WHERE n.folded IN ({marks})"
        )
        for folded, number, name, kind, *columns in _connection().execute(query, part):
            found.setdefault(folded, []).append(Entry(number, name, TYPES[kind], *columns))
    return found


def sounding(keys: Collection[str]) -> dict[str, list[Entry]]:
    """Key of a sound (see `sounds`) → places of 10,000 people and states with such a name, by their own name."""
    found: dict[str, list[Entry]] = {}
    for key in sorted(keys):
        query = (
            "SELECT p.id, p.name, p.type, p.country, p.admin1, p.latitude / 1e4, p.longitude / 1e4, p.population,"
            " p.radius_km FROM sound s JOIN place p ON p.id = s.place WHERE s.key = ? ORDER BY p.population DESC LIMIT ?"
        )
        for number, name, kind, *columns in _connection().execute(query, [key, CHUNK]):
            country, admin1, latitude, longitude, population, radius_km = columns
            found.setdefault(key, []).append(
                Entry(number, name, TYPES[kind], country, admin1, latitude, longitude, population, radius_km, OTHER)
            )
    return found


@lru_cache(maxsize=32)
def town_names(country: str) -> tuple[str, ...]:
    """Folded names of at least seven letters in a country, to compare misspellings with."""
    query = (
        "SELECT DISTINCT n.folded FROM place p JOIN name n ON n.place = p.id"
        " WHERE p.country = ? AND p.type >= ? AND n.rank = 0 AND length(n.folded) >= 7"
    )
    return tuple(name for (name,) in _connection().execute(query, [country, TYPES.index("city")]))


@lru_cache(maxsize=1)
def unspaced_starts() -> frozenset[str]:
    """The first two characters of every name in a script without spaces; read once, when such a text first comes.

    A text of such a script has thousands of sequences that could be a name; few begin as one does.
    """
    query = "SELECT DISTINCT substr(folded, 1, 2) FROM name WHERE folded >= ? AND folded < ?"
    return frozenset(start for first, last in UNSPACED for (start,) in _connection().execute(query, [first, last]))


@lru_cache(maxsize=1)
def _continents() -> dict[str, str]:
    return dict(_connection().execute("SELECT code, continent FROM country"))


def continent(country: str) -> str:
    """The continent of a country as GeoNames codes it, like EU; empty for a country that it does not know."""
    return _continents().get(country, "")


def _connection() -> sqlite3.Connection:
    if not hasattr(_local, "connection"):
        _local.connection = sqlite3.connect(f"{FILE.as_uri()}?mode=ro&immutable=1", uri=True)
    return _local.connection


@lru_cache(maxsize=32)
def largest(
    countries: tuple[str, ...], bbox: tuple[float, float, float, float] | None, most: int
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(name, folded names in other scripts) of the largest states, cities and towns of countries, largest first.

    Reads the whole file, which takes a tenth of a second.

    Arguments:
        bbox: west, south, east and north in degrees; None: all of the countries. Without countries: all within it.
    """
    conditions, values = ["type >= 1"], list[object]()
    if countries:
        conditions.append(f"country IN ({','.join('?' * len(countries))})")
        values += countries
    if bbox:
        west, south, east, north = bbox
        across = "OR" if west > east else "AND"  # of the antimeridian
        conditions.append(f"latitude BETWEEN ? AND ? AND (longitude >= ? {across} longitude <= ?)")
        values += [south * 1e4, north * 1e4, west * 1e4, east * 1e4]
    where = " AND ".join(conditions)
    query = f"SELECT id, name FROM place WHERE {where} ORDER BY population DESC LIMIT ?"  # noqa: S608
    places = dict(_connection().execute(query, [*values, most]))
    marks = ",".join("?" * len(places))
    others: dict[int, list[str]] = {}
    for number, folded in _connection().execute(
        f"SELECT place, folded FROM name WHERE place IN ({marks}) AND rank = {OWN}",  # noqa: S608
        list(places),
    ):
        others.setdefault(number, []).append(folded)
    return tuple((name, tuple(sorted(others.get(number, ())))) for number, name in places.items())
