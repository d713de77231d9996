"""The part of the world that a map shows, on the integer grid."""

import math
from dataclasses import dataclass

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from responder.queries import mercator

WIDEST = 720.0  # degrees: two worlds to either side are enough for any panning


@dataclass(frozen=True, slots=True)
class Viewport:
    """West, east edges in grid units (they may lie outside the square), north, south edges, and the zoom.

    A view across the antimeridian has `west` inside the square and `east` beyond it.
    """

    west: float
    north: float
    east: float
    south: float
    zoom: int

    @classmethod
    def world(cls, zoom: int = 0) -> "Viewport":
        """The whole world."""
        return cls(0, 0, mercator.SIZE, mercator.SIZE, zoom)

    @classmethod
    def from_degrees(cls, west: float, south: float, east: float, north: float, zoom: int) -> "Viewport":
        """A viewport from degrees; `west` > `east` crosses the antimeridian, out-of-range values are clamped."""
        west, east = (max(-WIDEST, min(WIDEST, value)) for value in (west, east))
        if east < west:
            east += 360 * math.ceil((west - east) / 360)
        south, north = min(south, north), max(south, north)
        left, top = mercator.project_exactly(north, west)
        right, bottom = mercator.project_exactly(south, east)
        if right - left > mercator.SIZE:
            right = math.nextafter(
                left + mercator.SIZE, left
            )  # a sum that was rounded up must not be wider than the world
        return cls(left, top, right, bottom, max(0, min(mercator.MAX_ZOOM, zoom)))

    @classmethod
    def parse(cls, query: QueryDict) -> tuple["Viewport", list[str]]:
        """(viewport, notices) from `bbox=west,south,east,north` in degrees and `z`; the world without them."""
        notices = []
        bbox = _numbers(query.get("bbox", ""))
        zoom = _numbers(query.get("z", ""))
        if query.get("bbox") and len(bbox) != 4:
            notices.append(_("The map area is not valid. Showing the whole world."))
        if query.get("z") and len(zoom) != 1:
            notices.append(_("The map zoom is not valid."))
        level = int(max(0, min(mercator.MAX_ZOOM, zoom[0]))) if len(zoom) == 1 else 0
        if len(bbox) != 4:
            return cls.world(level), notices
        west, south, east, north = bbox
        return cls.from_degrees(west, south, east, north, level), notices

    def condition(self) -> Q:
        """The condition on posts to lie inside; posts without a place never do."""
        inside_y = Q(grid_y__gte=math.floor(self.north), grid_y__lte=math.floor(self.south))
        if self.east - self.west >= mercator.SIZE:
            return inside_y & Q(grid_x__isnull=False)
        start = math.floor(self.west) % mercator.SIZE
        end = start + math.floor(self.east) - math.floor(self.west)
        if end < mercator.SIZE:
            return inside_y & Q(grid_x__gte=start, grid_x__lte=end)
        return inside_y & (Q(grid_x__gte=start) | Q(grid_x__lte=end - mercator.SIZE))

    def unwrapped(self, x: float) -> float:
        """`x` moved by whole worlds to where this view draws it, so that marks lie east of its west edge."""
        return x + mercator.SIZE * math.ceil((math.floor(self.west) - x) / mercator.SIZE)


def _numbers(text: str) -> list[float]:
    try:
        values = [float(part) for part in text[:200].split(",")]
    except ValueError:
        return []
    return values if all(map(math.isfinite, values)) else []
