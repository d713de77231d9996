"""A rectangle of the world as part of the filter: `area=west,south,east,north` in degrees.

Its edges lie on tenths of a degree, about 11 km: whoever asks for ever smaller areas learns no more of where somebody
is than a public link tells.
"""

import math

from django.db.models import Q

from responder.queries import mercator

STEP = 10  # edges to a degree
Area = tuple[float, float, float, float]


def parse(text: str) -> Area | None:
    """The area, widened to tenths of a degree; None if `text` is not an area. `west` may exceed `east`."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        return None
    if not (abs(west) <= 180 and abs(east) <= 180 and -90 <= south < north <= 90):  # also where one is not a number
        return None
    left, bottom, right, top = _down(west), _down(south), _up(east), _up(north)
    if west > east and left <= right:  # all around the world
        left, right = -180.0, 180.0
    return None if left == right or bottom == top else (left, bottom, right, top)


def write(area: Area) -> str:
    """The area as a query string carries it."""
    return ",".join(f"{edge:g}" for edge in area)


def condition(area: Area) -> Q:
    """The condition on posts to lie in the area; the index `post_grid` serves it."""
    left, right, top, bottom = _edges(area)
    across = Q(grid_x__gte=left) | Q(grid_x__lte=right) if left > right else Q(grid_x__range=(left, right))
    return across & Q(grid_y__range=(top, bottom))


def holds(area: Area, grid_x: int | None, grid_y: int | None) -> bool:
    """Whether a grid position lies in the area."""
    if grid_x is None or grid_y is None:
        return False
    left, right, top, bottom = _edges(area)
    across = grid_x >= left or grid_x <= right if left > right else left <= grid_x <= right
    return across and top <= grid_y <= bottom


def _edges(area: Area) -> tuple[int, int, int, int]:
    west, south, east, north = area
    left, top = mercator.project(north, west)
    right, bottom = mercator.project(south, east)
    return left, right, top, bottom


def _down(edge: float) -> float:
    return math.floor(round(edge * STEP, 6)) / STEP


def _up(edge: float) -> float:
    return math.ceil(round(edge * STEP, 6)) / STEP
