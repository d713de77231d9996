"""Marks on the map, merged so that none overlap and at most a few hundred are drawn."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from responder.queries import mercator

LIMIT = 300
RADIUS_PX, RADIUS_GROWTH_PX, RADIUS_LIMIT_PX = 11.0, 2.1, 30.0
GAP_PX = 10.0  # rings of severity stand 4 pixels off the disc, on both sides


@dataclass(frozen=True, slots=True)
class Mark:
    """Posts drawn as one mark: sums and bounds in grid units, counts, and what names it.

    Arguments:
        place: what names it: a place of its most severe posts, or the name that all its posts share.
        named_by: critical, high and all posts of the part that gave the name.
        post_id: one of its posts; the only one where `count` is 1.
    """

    count: int
    sum_x: float
    sum_y: float
    west: float
    east: float
    north: float
    south: float
    groups: Counter[str]
    critical: int
    unanswered: int
    high: int
    place: str
    post_id: int
    named_by: tuple[int, int, int]

    @property
    def x(self) -> float:
        return self.sum_x / self.count + 0.5

    @property
    def y(self) -> float:
        return self.sum_y / self.count + 0.5

    def joined(self, other: "Mark") -> "Mark":
        """Return one mark for the posts of both, named by the part with the most severe posts."""
        worst = max(self, other, key=lambda mark: mark.named_by)
        return Mark(
            count=self.count + other.count,
            sum_x=self.sum_x + other.sum_x,
            sum_y=self.sum_y + other.sum_y,
            west=min(self.west, other.west),
            east=max(self.east, other.east),
            north=min(self.north, other.north),
            south=max(self.south, other.south),
            groups=self.groups + other.groups,
            critical=self.critical + other.critical,
            unanswered=self.unanswered + other.unanswered,
            high=self.high + other.high,
            place=worst.place,
            post_id=min(self.post_id, other.post_id),
            named_by=worst.named_by,
        )


def radius_px(count: int) -> float:
    """Radius of a mark's disc in pixels."""
    return min(RADIUS_LIMIT_PX, RADIUS_PX + RADIUS_GROWTH_PX * math.sqrt(count))


def merge(marks: Iterable[Mark], *, zoom: int, limit: int = LIMIT) -> list[Mark]:
    """`marks` merged until none overlap at `zoom` and at most `limit` remain, largest first.

    A view far larger than a screen may still hold too many: then they merge as at lower zooms.
    """
    merged = _without_overlap(marks, zoom)
    while len(merged) > limit:
        zoom -= 1
        merged = _without_overlap(merged, zoom)
    return sorted(merged, key=lambda mark: (-mark.count, mark.post_id))


def _without_overlap(marks: Iterable[Mark], zoom: int) -> list[Mark]:
    unit = mercator.units_per_pixel(zoom)
    field = _Field(2 * RADIUS_LIMIT_PX * unit + GAP_PX * unit)
    for mark in sorted(marks, key=lambda mark: (-mark.count, mark.post_id)):
        while (near := field.pop_overlapping(mark, unit)) is not None:
            mark = mark.joined(near)  # noqa: PLW2901
        field.add(mark)
    return [mark for cell in field.cells.values() for mark in cell]


class _Field:
    """Marks that do not overlap, found by squares as wide as the farthest that two marks can touch."""

    def __init__(self, width: float) -> None:
        self.width = width
        self.cells: dict[tuple[int, int], list[Mark]] = {}

    def add(self, mark: Mark) -> None:
        self.cells.setdefault(self._cell(mark), []).append(mark)

    def pop_overlapping(self, mark: Mark, unit: float) -> Mark | None:
        column, row = self._cell(mark)
        for cell in ((column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1)):
            for near in self.cells.get(cell, ()):
                reach = (radius_px(mark.count) + radius_px(near.count) + GAP_PX) * unit
                if math.hypot(mark.x - near.x, mark.y - near.y) < reach:
                    self.cells[cell].remove(near)
                    return near
        return None

    def _cell(self, mark: Mark) -> tuple[int, int]:
        return math.floor(mark.x / self.width), math.floor(mark.y / self.width)
