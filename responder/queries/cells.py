"""Posts of an event counted by cells of about 10 km, in one query: for what asks how much comes from an area.

A cell is 2^12 units of the grid (`mercator`): 9.8 km at the equator, less towards the poles. Smaller ones would say where
somebody is.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q

from responder import database
from responder.models import Event
from responder.models.post import URGENT_UNANSWERED
from responder.queries import mercator, posts

SHIFT = 12
MOST_CELLS = 5_000
EQUATOR_KM = 40_075.0
Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cell:
    """Posts of one cell: `recent` ones, `earlier` ones, and all critical or high ones to which nobody is going."""

    recent: int
    earlier: int
    urgent: int


Cells = dict[Key, Cell]


def count(event: Event, *, since: datetime, recent: datetime, until: datetime) -> Cells:
    """Counts of the classified posts of an event from `since` to `until`, by cell; the 5,000 with the most posts."""
    rows = posts.classified().filter(event=event, created_at__gte=since, created_at__lte=until, grid_x__isnull=False)
    cells = rows.annotate(
        cell_x=F("grid_x").bitrightshift(SHIFT), cell_y=F("grid_y").bitrightshift(SHIFT)
    ).order_by().values("cell_x", "cell_y")  # fmt: skip
    counted = cells.annotate(
        total=Count("id"),
        recent=Count("id", filter=Q(created_at__gte=recent)),
        urgent=Count("id", filter=URGENT_UNANSWERED),
    ).order_by("-total")
    with database.room_to_count():
        found = list(counted[:MOST_CELLS])
    return {
        (row["cell_x"], row["cell_y"]): Cell(row["recent"], row["total"] - row["recent"], row["urgent"])
        for row in found
    }


def key(latitude: float, longitude: float) -> Key:
    """The cell in which a point lies."""
    x, y = mercator.project(latitude, longitude)
    return x >> SHIFT, y >> SHIFT


def centre(cell: Key) -> tuple[float, float]:
    """(latitude, longitude) of the middle of a cell."""
    half = 1 << (SHIFT - 1)
    return mercator.unproject((cell[0] << SHIFT) + half, (cell[1] << SHIFT) + half)


def around(latitude: float, longitude: float, km: float) -> Iterator[Key]:
    """The cell of a point, and those whose middle lies within `km` of it."""
    here = key(latitude, longitude)
    yield here
    side = EQUATOR_KM / (1 << (mercator.BITS - SHIFT)) * max(0.05, math.cos(math.radians(latitude)))
    steps = min(50, math.ceil(km / side))
    for dx in range(-steps, steps + 1):
        for dy in range(-steps, steps + 1):
            if (dx or dy) and math.hypot(dx, dy) * side <= km:
                yield here[0] + dx, here[1] + dy


def total(cells: Cells, keys: Iterable[Key]) -> Cell:
    """The sum of some cells."""
    found = [cells[one] for one in keys if one in cells]
    return Cell(sum(one.recent for one in found), sum(one.earlier for one in found), sum(one.urgent for one in found))
