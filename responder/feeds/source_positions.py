"""Where sources say that a post was sent from: columns of files, GeoJSON, and X's geotags and boxes of places.

A position that cannot be one is left out, never guessed: out of range, not a number, 0, 0, or as large as a country.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from classifier.places.find import distance_km
from classifier.places.positions import is_possible, precision_km
from responder.feeds.raw_post import SourcePosition

LARGEST_KM = 200.0  # of an area: a larger one says no more than the country
LONGEST = 2_000  # characters of a value that is read as JSON
PAIR = re.compile(r"\s*(-?\d{1,3}\.\d{1,15})[ ,;]+(-?\d{1,3}\.\d{1,15})(?:[ ,;]+-?\d{1,5}(?:\.\d{0,15})?){0,2}\s*")
WKT = re.compile(r"\s*POINT\s*\(\s*(-?\d{1,3}(?:\.\d{1,15})?)[ ,]+(-?\d{1,3}(?:\.\d{1,15})?)\s*\)\s*", re.IGNORECASE)


def from_columns(latitude: object, longitude: object) -> SourcePosition | None:
    """The position of two columns, also with a decimal comma."""
    return _point(_degrees(latitude), _degrees(longitude))


def from_pair(value: object) -> SourcePosition | None:
    """The position of a survey's point, latitude first: `36.2 36.1 0 0`, `36.2, 36.1` or `[36.2, 36.1]`."""
    if isinstance(value, str) and (found := PAIR.fullmatch(value)):
        return from_columns(found[1], found[2])
    value = _parsed(value)
    return from_columns(value[0], value[1]) if _is_pair(value) else None


def from_row(row: Mapping[str, Any]) -> SourcePosition | None:
    """The position of a row of a file, as data sets name it: `coordinates`, `geometry`, `geo`, else the box of `place`."""
    return next((found for found in _of_row(row) if found), None)


def from_x(data: Mapping[str, Any], places: Mapping[str, Any]) -> SourcePosition | None:
    """The position of a post of X's API v2: its point, else the box of its place.

    Arguments:
        data: the post.
        places: id → place, of the frame's `includes`.
    """
    geo = _object(data.get("geo"))
    place_id = geo.get("place_id")
    place = _object(places.get(place_id) if isinstance(place_id, str) else None)
    return from_geojson(geo.get("coordinates")) or _box(_object(place.get("geo")).get("bbox"))


def from_geojson(value: object) -> SourcePosition | None:
    """The position of a GeoJSON point, `[longitude, latitude]`, or of a text that holds one, or a WKT point."""
    value = _parsed(value)
    if isinstance(value, str):
        found = WKT.fullmatch(value)
        return _point(float(found[2]), float(found[1])) if found else None
    if isinstance(value, Mapping):
        value = value.get("coordinates") if value.get("type", "Point") == "Point" else None
    return _point(_degrees(value[1]), _degrees(value[0])) if _is_pair(value) else None


def _of_row(row: Mapping[str, Any]) -> Iterator[SourcePosition | None]:
    yield from_geojson(row.get("coordinates"))
    yield from_geojson(row.get("geometry"))
    yield from_geojson(row.get("geo.coordinates.coordinates"))  # twarc's tables
    geo = _object(_parsed(row.get("geo")))
    if _is_pair(geo.get("coordinates")):  # X's API v1.1: latitude first, here alone
        yield from_columns(*geo["coordinates"])
    yield from_geojson(geo.get("coordinates"))
    yield from_columns(geo.get("lat", geo.get("latitude")), geo.get("lon", geo.get("lng", geo.get("longitude"))))
    yield _box(_object(geo.get("geo")).get("bbox"))
    yield _box(_parsed(row.get("geo.geo.bbox")))
    place = _object(_parsed(row.get("place")))
    yield _box(_object(place.get("geo")).get("bbox"))
    yield _polygon(_object(place.get("bounding_box")).get("coordinates"))


def _polygon(rings: object) -> SourcePosition | None:
    """The middle of a polygon's first ring, `[[[longitude, latitude], …]]`."""
    ring = rings[0] if isinstance(rings, list) and rings else None
    if not isinstance(ring, list) or not 1 <= len(ring) <= LONGEST or not all(map(_is_pair, ring)):
        return None
    corners = [(_degrees(one[0]), _degrees(one[1])) for one in ring]
    longitudes = [longitude for longitude, _ in corners if longitude is not None]
    latitudes = [latitude for _, latitude in corners if latitude is not None]
    if len(longitudes) < len(corners) or len(latitudes) < len(corners):
        return None
    return _box([min(longitudes), min(latitudes), max(longitudes), max(latitudes)])


def _box(box: object) -> SourcePosition | None:
    """The middle of a box, `[west, south, east, north]`; west of the date line may be a larger number than east."""
    if not isinstance(box, list) or len(box) != 4:
        return None
    degrees = [found for found in map(_degrees, box) if found is not None]
    if len(degrees) < 4:
        return None
    west, south, east, north = degrees
    if not all(map(is_possible, (south, north), (west, east))) or south > north:
        return None
    middle = (west + east) / 2 if west <= east else (west + east + 360) / 2
    longitude = middle - 360 if middle > 180 else middle
    radius_km = distance_km((south, west), (north, east)) / 2
    point = _point((south + north) / 2, longitude)
    if point is None or radius_km > LARGEST_KM:
        return None
    return SourcePosition(
        round(point.latitude, 6), round(point.longitude, 6), round(max(radius_km, point.radius_km), 3)
    )


def _point(latitude: float | None, longitude: float | None) -> SourcePosition | None:
    if latitude is None or longitude is None or not is_possible(latitude, longitude):
        return None
    return SourcePosition(latitude, longitude, precision_km(latitude, longitude))


def _degrees(value: object) -> float | None:
    """A number, or a text that is one; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value.strip().replace(",", ".") if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _is_pair(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list) and len(value) in (2, 3)  # a third number is the height


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _parsed(value: object) -> object:
    """What a cell holds that is JSON, else the value itself."""
    if isinstance(value, str) and value[:1] in "[{" and len(value) <= LONGEST:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value
