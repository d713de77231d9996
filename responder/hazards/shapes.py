"""Where a hazard is: outlines and circles, bounded in number, in degrees and kilometres.

Stored as {"polygons": [ring, …], "circles": [[longitude, latitude, kilometres], …]}; a ring is a list of [longitude, latitude],
closed. `Shape.read` takes any stored value, so that a malformed row breaks no page.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from classifier.places.distance import distance_km

MOST_POLYGONS, MOST_CIRCLES, MOST_POINTS = 40, 40, 800  # of an alert, the points of all rings together
DECIMALS = 4  # about 10 m
LARGEST_KM = 5_000.0
KM_A_DEGREE = 111.2
Ring = list[tuple[float, float]]
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """Outlines as rings of (longitude, latitude), and circles as (longitude, latitude, radius in kilometres)."""

    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    circles: tuple[tuple[float, float, float], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.polygons or self.circles)

    @classmethod
    def of(cls, polygons: Iterable[Sequence[Any]] = (), circles: Iterable[Sequence[Any]] = ()) -> "Shape":
        """A shape of what a source sent, without what is invalid; rings with too many points are thinned."""
        rings = [ring for given in polygons if (ring := _ring(given))][:MOST_POLYGONS]
        most = max(4, MOST_POINTS // max(1, len(rings)))
        found = [circle for given in circles if (circle := _circle(given))][:MOST_CIRCLES]
        return cls(tuple(tuple(_thinned(ring, most)) for ring in rings), tuple(found))

    @classmethod
    def read(cls, stored: Any) -> "Shape":
        """The shape of a stored value; empty where it is none."""
        value = stored if isinstance(stored, dict) else {}
        polygons, circles = value.get("polygons"), value.get("circles")
        return cls.of(polygons if isinstance(polygons, list) else (), circles if isinstance(circles, list) else ())

    def as_json(self) -> dict[str, Any]:
        """The shape as it is stored and as the map draws it."""
        if not self:
            return {}
        return {
            "polygons": [[list(p) for p in ring] for ring in self.polygons],
            "circles": [list(c) for c in self.circles],
        }

    @property
    def bounds(self) -> Bounds | None:
        """(west, south, east, north) in degrees; None for an empty shape."""
        edges = [(min(x), min(y), max(x), max(y)) for x, y in (zip(*ring, strict=True) for ring in self.polygons)]
        for longitude, latitude, km in self.circles:
            high = km / KM_A_DEGREE
            wide = min(180.0, high / max(0.05, math.cos(math.radians(latitude))))
            edges.append((longitude - wide, latitude - high, longitude + wide, latitude + high))
        if not edges:
            return None
        west, south, east, north = (
            pick(values) for pick, values in zip((min, min, max, max), zip(*edges, strict=True), strict=True)
        )
        return max(-180.0, west), max(-90.0, south), min(180.0, east), min(90.0, north)

    def distance_km(self, latitude: float, longitude: float) -> float:
        """Kilometres from a point to the shape, 0 inside it; infinite for an empty shape."""
        if any(_is_inside(ring, longitude, latitude) for ring in self.polygons):
            return 0.0
        here = (latitude, longitude)
        found = [max(0.0, distance_km(here, (y, x)) - km) for x, y, km in self.circles]
        found += [_to_edge_km(ring, longitude, latitude) for ring in self.polygons]
        return min(found, default=math.inf)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan


def _ring(given: Any) -> Ring:
    """The closed ring of points, empty where it is none."""
    if not isinstance(given, list | tuple):
        return []
    ring: Ring = []
    for point in given:
        if not isinstance(point, list | tuple) or len(point) < 2:
            return []
        x, y = _number(point[0]), _number(point[1])
        if not (-180 <= x <= 180 and -90 <= y <= 90):
            return []
        rounded = (round(x, DECIMALS), round(y, DECIMALS))
        if not ring or ring[-1] != rounded:
            ring.append(rounded)
    if ring and ring[0] != ring[-1]:
        ring.append(ring[0])
    return ring if len(ring) >= 4 else []


def _circle(given: Any) -> tuple[float, float, float] | None:
    if not isinstance(given, list | tuple) or len(given) != 3:
        return None
    x, y, km = map(_number, given)
    if not (-180 <= x <= 180 and -90 <= y <= 90 and 0 <= km <= LARGEST_KM):
        return None
    return round(x, DECIMALS), round(y, DECIMALS), round(km, 2)


def _thinned(ring: Ring, most: int) -> Ring:
    """The ring with at most `most` of its points, evenly chosen, and closed."""
    if len(ring) <= most:
        return ring
    step = math.ceil((len(ring) - 1) / (most - 1))
    return [*ring[:-1:step], ring[0]]


def _is_inside(ring: Sequence[tuple[float, float]], x: float, y: float) -> bool:
    """Whether a point lies within a ring, by the number of edges that a ray crosses."""
    inside = False
    for (x1, y1), (x2, y2) in itertools.pairwise(ring):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def _to_edge_km(ring: Sequence[tuple[float, float]], x: float, y: float) -> float:
    """Kilometres to the nearest edge, on a plane that touches the globe at the point."""
    narrow = math.cos(math.radians(y))
    flat = [((px - x) * KM_A_DEGREE * narrow, (py - y) * KM_A_DEGREE) for px, py in ring]
    return min(_from_origin(a, b) for a, b in itertools.pairwise(flat))


def _from_origin(a: tuple[float, float], b: tuple[float, float]) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    along = 0.0 if not length else max(0.0, min(1.0, -(a[0] * dx + a[1] * dy) / length))
    return math.hypot(a[0] + along * dx, a[1] + along * dy)
