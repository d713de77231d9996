"""The volume over time as bars of a drawing: numbers in, rectangles out. Nothing here asks the database."""

from dataclasses import dataclass
from typing import Any

from classifier import categories

WIDTH, HEIGHT = 600, 60


@dataclass(frozen=True, slots=True)
class Bar:
    group: str
    x: float
    y: float
    width: float
    height: float


def bars(timeline: dict[str, Any]) -> list[Bar]:
    """Stacked bars, one for each bucket and group, as high as the fullest bucket allows."""
    buckets = timeline["buckets"]
    highest = max((sum(bucket["groups"].values()) for bucket in buckets), default=0)
    if not highest:
        return []
    width = WIDTH / len(buckets)
    drawn = []
    for number, bucket in enumerate(buckets):
        floor = float(HEIGHT)
        for group in categories.GROUPS:
            height = HEIGHT * bucket["groups"].get(group, 0) / highest
            if height:
                floor -= height
                drawn.append(
                    Bar(group, round(number * width, 2), round(floor, 2), round(width - 1, 2), round(height, 2))
                )
    return drawn


def table(timeline: dict[str, Any]) -> list[dict[str, Any]]:
    """The same as rows: start and total; empty buckets are left out."""
    rows = ({"start": bucket["start"], "total": sum(bucket["groups"].values())} for bucket in timeline["buckets"])
    return [row for row in rows if row["total"]]
