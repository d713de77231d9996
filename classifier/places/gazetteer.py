"""The gazetteer: a read-only SQLite file, which uses no memory and opens immediately.

The light distribution holds it compressed, a third of its size, and unpacks it into memory (19 MB) on first use.
"""

import lzma
import sqlite3
import threading
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("gazetteer.sqlite")
PACKED = FILE.with_name("gazetteer.sqlite.xz")
# Scripts that write no spaces: Thai to Burmese, Khmer, Kana and Han.
UNSPACED = (("\u0e00", "\u10a0"), ("\u1780", "\u1800"), ("\u3040", "\ua000"))
CHUNK = 400  # parameters in one statement
TYPES = ("country", "state", "county", "city", "town")  # the file holds their positions
OWN, OTHER, CODE = 0, 1, 2
BEGINNINGS = 200  # places whose names begin alike, that are read for one query
LARGE_PLACE = 100_000  # people
LAST = "\U0010ffff"  # sorts after every character of a name
_local = threading.local()
_unpacking = threading.Lock()


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


def beginning(folded: str, countries: Collection[str] = ()) -> list[Entry]:
    """At most 200 places of which a name begins with `folded`: those of `countries` first, then by people.

    A place that several names find is returned once, by the one that says most about it.
    """
    marks = ",".join("?" * len(countries))
    query = (
        "SELECT p.id, p.name, p.type, p.country, p.admin1, p.latitude / 1e4, p.longitude / 1e4, p.population,"  # noqa: S608
        " p.radius_km, min(n.rank) FROM name n JOIN place p ON p.id = n.place"
        f" WHERE n.folded >= ? AND n.folded < ? AND n.rank < ? GROUP BY p.id ORDER BY p.country IN ({marks}) DESC,"
        " p.population DESC, p.id LIMIT ?"
    )
    rows = _connection().execute(query, [folded, folded + LAST, CODE, *countries, BEGINNINGS])
    return [Entry(number, name, TYPES[kind], *columns) for number, name, kind, *columns in rows]


def in_box(west: float, south: float, east: float, north: float, limit: int) -> list[Entry]:
    """The largest towns in a rectangle, in degrees; `west` above `east` means across the antimeridian. Some 20 ms."""
    across = "OR" if west > east else "AND"
    query = (
        "SELECT id, name, type, country, admin1, latitude / 1e4, longitude / 1e4, population, radius_km FROM place"  # noqa: S608
        f" WHERE latitude BETWEEN ? AND ? AND (longitude >= ? {across} longitude <= ?) AND type >= ?"
        " ORDER BY population DESC, id LIMIT ?"
    )
    edges = [round(edge * 10_000) for edge in (south, north, west, east)]
    rows = _connection().execute(query, [*edges, TYPES.index("city"), limit])
    return [Entry(number, name, TYPES[kind], *columns) for number, name, kind, *columns in rows]


def entry(number: int) -> Entry | None:
    """The place with this id; None if there is none. Another release of the file may number its places anew."""
    query = (
        "SELECT id, name, type, country, admin1, latitude / 1e4, longitude / 1e4, population, radius_km"
        " FROM place WHERE id = ?"
    )
    row = _connection().execute(query, [number]).fetchone()
    return Entry(row[0], row[1], TYPES[row[2]], *row[3:]) if row else None


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


@lru_cache(maxsize=8)
def names_of(countries: tuple[str, ...]) -> tuple[str, ...]:
    """Folded names of places in `countries`, to compare misspellings with; without any, of the largest places on earth.

    The first call for some countries reads all names, which takes some 0.2 s.
    """
    marks = ",".join("?" * len(countries))
    where = f"p.country IN ({marks})" if countries else "p.population >= ? AND n.rank = 0"
    query = f"SELECT DISTINCT n.folded FROM place p JOIN name n ON n.place = p.id WHERE {where} AND n.rank < 2"  # noqa: S608
    found = _connection().execute(query, countries or [LARGE_PLACE])
    return tuple(name for (name,) in found if len(name) >= 4)


@lru_cache(maxsize=1)
def _area_names() -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Names of the countries by their code, and of the states by country and code."""
    rows = _connection().execute("SELECT type, country, admin1, name FROM place WHERE type <= 1 ORDER BY population")
    countries, states = {}, {}
    for kind, country, admin1, name in rows:
        if TYPES[kind] == "country":
            countries[country] = name
        elif admin1:
            states[country, admin1] = name
    return countries, states


def country_name(country: str) -> str:
    """The English name of a country, by its ISO code; the code where it is unknown."""
    return _area_names()[0].get(country, country)


def state_name(country: str, admin1: str) -> str:
    """The name of a state or province, by the codes that `Entry` has; empty where it is unknown."""
    return _area_names()[1].get((country, admin1), "")


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
        if FILE.exists():
            _local.connection = sqlite3.connect(f"{FILE.as_uri()}?mode=ro&immutable=1", uri=True)
        else:
            with _unpacking:
                _local.connection = _unpacked()
    return _local.connection


@lru_cache(maxsize=1)
def _unpacked() -> sqlite3.Connection:
    """A connection to the file in memory, which all threads share: SQLite serialises their queries."""
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.deserialize(lzma.decompress(PACKED.read_bytes()))
    return connection


@lru_cache(maxsize=32)
def bounds(countries: tuple[str, ...]) -> tuple[float, float, float, float] | None:
    """(west, south, east, north) in degrees of the cities and towns of these countries; None without any."""
    found = (
        _connection()
        .execute(
            "SELECT min(longitude) / 1e4, min(latitude) / 1e4, max(longitude) / 1e4, max(latitude) / 1e4 FROM place"  # noqa: S608
            f" WHERE type >= ? AND country IN ({','.join('?' * len(countries))})",
            [TYPES.index("city"), *countries],
        )
        .fetchone()
    )
    return None if found[0] is None else found


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
