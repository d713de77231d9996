"""What the map draws: posts counted per cell of the grid in SQL, then merged into marks that do not overlap.

One grouped query yields the marks, what lies outside the view and every key figure, so they always add up.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, IntegerField, Max, Min, Q, Sum, When

from classifier.categories import UNMEASURED
from responder import database
from responder.models import Event, Post
from responder.privacy import masking
from responder.queries import figures, mercator, posts
from responder.queries.figures import Figures
from responder.queries.filters import Filter
from responder.queries.marks import Mark, merge
from responder.queries.viewport import Viewport

CELL_PX_BITS = 4  # cells of 16 pixels: narrower than the smallest mark
CELLS_A_SIDE = 128  # whatever view and zoom are asked for
BOUNDS = {
    "sum_x": Sum("grid_x"), "sum_y": Sum("grid_y"), "west": Min("grid_x"), "east": Max("grid_x"),
    "north": Min("grid_y"), "south": Max("grid_y"), "first_place": Min("place_name"),
    "last_place": Max("place_name"), "post_id": Min("id"),
    "critical_place": Min("place_name", filter=figures.CRITICAL & ~Q(place_name="")),
    "high_place": Min("place_name", filter=figures.HIGH & ~Q(place_name="")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Overview:
    """Marks inside the view, counts outside it, and the figures of the whole filter and of each group."""

    marks: list[Mark]
    outside: int
    outside_critical: int
    outside_unanswered: int
    figures: Figures
    groups: dict[str, int]


def overview(post_filter: Filter, event: Event | None, view: Viewport) -> Overview:
    """Count and cluster the posts of a filter for a view, in one query."""
    with database.room_to_count():
        cells = list(_cells(post_filter, event, view))
    rows = [row for row in cells if row["chosen"]]
    inside = [row for row in rows if row["inside"]]
    outside = [row for row in rows if row["placed"] and not row["inside"]]
    return Overview(
        marks=merge(_marks(inside, view), zoom=view.zoom),
        outside=sum(row["count"] for row in outside),
        outside_critical=sum(row["critical"] for row in outside),
        outside_unanswered=sum(row["unanswered"] for row in outside),
        figures=figures.from_rows(rows),
        groups=figures.by_group(cells),
    )


def _cells(post_filter: Filter, event: Event | None, view: Viewport) -> Iterable[Any]:
    """Rows per (chosen, inside, placed, cell, group); cells are None for posts that are not inside."""
    shift, inside = _shift(view), view.condition()
    return (
        figures.counted(post_filter, event, inside=inside, placed=figures.PLACED)
        .annotate(
            cell_x=Case(When(inside, then=F("grid_x").bitrightshift(shift)), output_field=IntegerField()),
            cell_y=Case(When(inside, then=F("grid_y").bitrightshift(shift)), output_field=IntegerField()),
        )
        .order_by()
        .values("chosen", "inside", "placed", "cell_x", "cell_y", "group")
        .annotate(**figures.COUNTS, **BOUNDS)
    )


def _shift(view: Viewport) -> int:
    """The number of bits by which grid units are shifted into cells, from the zoom and the view's size."""
    for_marks = mercator.BITS - mercator.TILE_BITS - view.zoom + CELL_PX_BITS
    extent = max(view.east - view.west, view.south - view.north, 1)
    for_extent = math.ceil(math.log2(extent / CELLS_A_SIDE))
    return max(for_marks, for_extent, 0)


def _marks(rows: Iterable[dict[str, Any]], view: Viewport) -> list[Mark]:
    cells: dict[tuple[int, int], Mark] = {}
    for row in rows:
        key, mark = (row["cell_x"], row["cell_y"]), _mark(row, view)
        cells[key] = cells[key].joined(mark) if key in cells else mark
    return list(cells.values())


def _mark(row: dict[str, Any], view: Viewport) -> Mark:
    """A mark at the position where the view draws it: across the antimeridian, whole worlds are added to x."""
    moved = view.unwrapped(row["west"]) - row["west"]
    return Mark(
        count=row["count"],
        sum_x=row["sum_x"] + moved * row["count"],
        sum_y=row["sum_y"],
        west=row["west"] + moved,
        east=row["east"] + moved,
        north=row["north"],
        south=row["south"],
        groups=Counter({row["group"]: row["count"]}),
        critical=row["critical"],
        unanswered=row["unanswered"],
        high=row["high"],
        place=_place(row),
        post_id=row["post_id"],
        named_by=(row["critical"], row["high"], row["count"]),
    )


def _place(row: dict[str, Any]) -> str:
    """The name for a cell's posts: of a place with critical posts, else with high ones, else the one that all share.

    A name of the largest place would send people to a town that asked for nothing.
    """
    shared = row["first_place"] if row["first_place"] == row["last_place"] else ""
    if row["critical"]:
        return row["critical_place"] or shared
    return (row["high_place"] if row["high"] else "") or shared


def present(marks: list[Mark], view: Viewport) -> list[dict[str, Any]]:
    """Return the marks as JSON for the page. One query fetches the single posts."""
    alone = posts.classified().in_bulk([mark.post_id for mark in marks if mark.count == 1])
    return [_present(mark, alone.get(mark.post_id) if mark.count == 1 else None, view) for mark in marks]


def _present(mark: Mark, post: Post | None, view: Viewport) -> dict[str, Any]:
    latitude, longitude = mercator.unproject(mark.x, mark.y)
    north, west = mercator.unproject(mark.west, mark.north)
    south, east = mercator.unproject(mark.east + 1, mark.south + 1)  # the far edges of their grid squares
    if post and (latitude, longitude) != (shown := masking.point(latitude, longitude, post.radius_km)):
        latitude, longitude = north, west = south, east = shown  # type: ignore[assignment]
    return {
        "id": f"p{mark.post_id}" if mark.count == 1 else f"c{view.zoom}-{mark.post_id}",
        "latitude": round(latitude, 6),
        "longitude": round(longitude, 6),
        "count": mark.count,
        "groups": dict(sorted(mark.groups.items())),
        "critical": mark.critical,
        "unanswered": mark.unanswered,
        "high": mark.high,
        "bbox": [round(value, 6) for value in (west, south, east, north)],
        "post": _single(post) if post else None,
        "place": mark.place,
    }


def _single(post: Post) -> dict[str, Any]:
    return {
        "id": post.pk,
        "category": UNMEASURED if post.group == UNMEASURED else post.category,
        "severity": post.severity,
        "band": post.band,
        "reviewed": post.status != Post.Status.UNREVIEWED,
        "radius_km": post.radius_km,
        "place": post.place_name,
    }
