"""How many posts of a filter lie in each area of a layer.

Counting never asks for each post in which area it lies:
1. One grouped query counts the posts by square of the grid and by how exactly they are placed. It reads the index
   `post_counted` alone. Squares are those of the grid (2.4 m at the equator); where there are more than MOST_POSITIONS of
   them, larger ones are taken.
2. Each square that this process has not met before is looked up once among the areas, whose index stays in memory.

A post counts in an area only if its place is no wider than the area: a post that names a province says nothing about the
district that lies in the province's middle.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.cache import caches
from django.db.models import Count, F, IntegerField, Q
from django.db.models.functions import Ceil, Coalesce
from django.utils.translation import get_language

from classifier import clock
from responder import database
from responder.models import Event, MapLayer
from responder.models.post import UNANSWERED
from responder.queries import mercator, posts
from responder.queries.filters import Filter

MOST_POSITIONS = 40_000
SHIFTS = (0, 7, 11)  # bits: squares of 2.4 m, 300 m and 5 km at the equator
REMEMBERED = 200_000  # positions of a layer
LAYERS_IN_MEMORY = 4
KEPT_S = 10  # an answer is the same for all who ask with the same filter
LEAST_KM = 1.0  # a post in an area that is smaller than this counts if it is placed within it
Key = tuple[int, int, int]
MEASURES = {
    "posts": Count("id"),
    "unanswered": Count("id", filter=UNANSWERED),
    "people": Count("id", filter=Q(group="people")),
}


@dataclass(frozen=True, slots=True)
class Counts:
    """The posts of a filter by area.

    Arguments:
        areas: number of an area → (posts, unanswered ones, posts about people); areas without posts are not in it.
        outside: posts placed in no area.
        rough: posts whose place is wider than the area in which its middle lies.
        unplaced: posts on no map.
        square_m: width of the squares that were counted by, at the equator, where they were coarse; else 0.
    """

    areas: dict[int, tuple[int, int, int]]
    outside: int
    rough: int
    unplaced: int
    square_m: int
    as_of: str


def counts(layer: MapLayer, post_filter: Filter, event: Event | None) -> Counts:
    """Count the posts of a filter in the areas of a layer; an answer may be KEPT_S seconds old."""
    seen = post_filter.visible_events
    reader = "all" if seen is None else ",".join(map(str, sorted(seen)))
    key = f"areas:{layer.pk}:{layer.version}:{layer.sha256[:16]}:{event.pk if event else 0}:{get_language()}:{hash((post_filter.querystring(), reader))}"
    found: Counts | None = caches["process"].get(key)
    if found is None:
        found = _counted(layer, post_filter, event)
        caches["process"].set(key, found, KEPT_S)
    return found


def _counted(layer: MapLayer, post_filter: Filter, event: Event | None) -> Counts:
    as_of = clock.now().isoformat()
    rows, shift = _rows(post_filter, event)
    placed = [row for row in rows if row["cell_x"] is not None]
    index = index_of(layer)
    index.locate(((row["cell_x"], row["cell_y"]) for row in placed), shift)
    areas: dict[int, list[int]] = {}
    outside = rough = 0
    for row in placed:
        at = index.at((shift, row["cell_x"], row["cell_y"]))
        if at < 0:
            outside += row["posts"]
        elif row["wide"] > max(index.km[at], LEAST_KM):
            rough += row["posts"]
        else:
            sums = areas.setdefault(index.numbers[at], [0, 0, 0])
            for place, name in enumerate(MEASURES):
                sums[place] += row[name]
    return Counts(
        areas={number: (sums[0], sums[1], sums[2]) for number, sums in areas.items()},
        outside=outside,
        rough=rough,
        unplaced=sum(row["posts"] for row in rows if row["cell_x"] is None),
        square_m=round(2.39 * 2**shift) if shift else 0,
        as_of=as_of,
    )


def _rows(post_filter: Filter, event: Event | None) -> tuple[list[dict[str, Any]], int]:
    """(counts by square and by width of the place in kilometres, the number of bits that squares are shifted by)."""
    matching: Any = posts.matching(post_filter, event)  # its annotations have dynamic names
    found: list[dict[str, Any]] = []
    for shift in SHIFTS:
        grouped = (
            matching.annotate(
                cell_x=F("grid_x").bitrightshift(shift), cell_y=F("grid_y").bitrightshift(shift),
                wide=Ceil(Coalesce("radius_km", 0.0), output_field=IntegerField()),
            )
            .order_by()
            .values("cell_x", "cell_y", "wide")
            .annotate(**MEASURES)
        )  # fmt: skip
        is_last = shift == SHIFTS[-1]
        with database.room_to_count():
            found = list(grouped if is_last else grouped[: MOST_POSITIONS + 1])
        if len(found) <= MOST_POSITIONS or is_last:
            break
    return found, shift


class AreaIndex:
    """The areas of one layer, and in which of them positions lie that were asked for before."""

    def __init__(self, rows: Iterable[tuple[int, float, Any]]) -> None:
        import shapely

        rows = list(rows)
        self.numbers = [number for number, _km, _shape in rows]
        self.km = [km or 0.0 for _number, km, _shape in rows]
        self._shapes = shapely.from_wkb([bytes(shape) for _number, _km, shape in rows]) if rows else []
        self._known: dict[Key, int] = {}

    def at(self, key: Key) -> int:
        """The place in `numbers` of the area that holds a located square; -1 for none."""
        return self._known.get(key, -1)

    def locate(self, cells: Iterable[tuple[int, int]], shift: int) -> None:
        """Find out in which areas these squares lie, unless that is known. On a shared border, the first area counts."""
        import shapely

        if len(self._known) > REMEMBERED:
            self._known = {}
        known = self._known
        new = list({(shift, x, y) for x, y in cells if (shift, x, y) not in known})
        if not new or not len(self._shapes):
            return
        half = (1 << shift) / 2
        degrees = [mercator.unproject((x << shift) + half, (y << shift) + half) for _shift, x, y in new]
        points = shapely.points([(longitude, latitude) for latitude, longitude in degrees])
        # Shapely prepares what it asks with, so the areas ask for points, not the points for areas.
        pairs = shapely.STRtree(points).query(self._shapes, predicate="intersects")
        located: dict[int, int] = {}
        for area, point in sorted(zip(*pairs.tolist(), strict=True), reverse=True):
            located[point] = area
        for number, key in enumerate(new):
            known[key] = located.get(number, -1)


_indexes: OrderedDict[tuple[int, str, str], AreaIndex] = OrderedDict()
_lock = threading.Lock()


def index_of(layer: MapLayer) -> AreaIndex:
    """The areas of a layer; of the last LAYERS_IN_MEMORY layers they stay in memory."""
    key = (layer.pk, layer.sha256, layer.added_at.isoformat())
    with _lock:
        if key in _indexes:
            _indexes.move_to_end(key)
            return _indexes[key]
    made = AreaIndex(layer.areas.order_by("number").values_list("number", "km", "shape"))
    with _lock:
        _indexes[key] = made
        while len(_indexes) > LAYERS_IN_MEMORY:
            _indexes.popitem(last=False)
    return made
