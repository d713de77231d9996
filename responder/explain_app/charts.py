"""Charts and the map, drawn in the page from data that is in the page: no tile, no font, no script comes from elsewhere."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import altair as alt
import pandas as pd

WIDTH, HEIGHT = 700, 380
PACKAGE = Path(__file__).resolve().parents[1]
STATIC = PACKAGE / "static" if (PACKAGE / "static").is_dir() else PACKAGE.parent / "static"  # in a wheel, in a checkout
ROOM = 4.0  # degrees around the places found
ACCENT, AGAINST = "#1a5fb4", "#c2410c"


@lru_cache(maxsize=1)
def countries() -> list[dict[str, Any]]:
    """The vendored base map (Natural Earth) as GeoJSON."""
    shapes = json.loads((STATIC / "vendor/world/world.json").read_text())
    return [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [_ring(ring, one["step"]) for ring in rings]},
        }
        for one in shapes
        for rings in one["polygons"]
    ]


def _ring(steps: list[int], step: int) -> list[list[float]]:
    x = y = 0
    points = []
    for dx, dy in zip(steps[::2], steps[1::2], strict=True):
        x, y = x + dx, y + dy
        points.append([x / step, y / step])
    return [*points, points[0]]


def place_map(table: pd.DataFrame) -> alt.LayerChart | None:
    """Where the texts say it happens; None where no place was found."""
    placed = table.dropna(subset=["latitude", "longitude"])
    if placed.empty:
        return None
    counted = placed.groupby(["place", "latitude", "longitude"], as_index=False).size()
    west, east = counted.longitude.min() - ROOM, counted.longitude.max() + ROOM
    south, north = counted.latitude.min() - ROOM, counted.latitude.max() + ROOM
    scale = min(WIDTH / (east - west), HEIGHT / (north - south))
    middle = [WIDTH / 2 - scale * (east + west) / 2, HEIGHT / 2 + scale * (south + north) / 2]
    flat = {"type": "identity", "reflectY": True, "scale": scale, "translate": middle}
    land = alt.Chart(alt.Data(values=countries())).mark_geoshape(
        fill="#d9dde3", stroke="#8a94a3", clip=True, aria=False
    )
    dots = (
        alt.Chart(counted)
        .mark_circle(color=ACCENT, opacity=0.8, stroke="white", clip=True)
        .encode(
            longitude="longitude:Q", latitude="latitude:Q",
            size=alt.Size("size:Q", title="Texts", scale=alt.Scale(range=[60, 900])),
            tooltip=["place:N", alt.Tooltip("size:Q", title="Texts")],
        )
    )  # fmt: skip
    drawn = alt.layer(land, dots).project(**flat).properties(width=WIDTH, height=HEIGHT)
    return cast(alt.LayerChart, drawn)


def categories(table: pd.DataFrame) -> alt.Chart:
    """Return the number of texts in each category."""
    counted = table.groupby("category", as_index=False).size()
    return (
        alt.Chart(counted)
        .mark_bar(color=ACCENT)
        .encode(
            x=alt.X("size:Q", title="Texts"),
            y=alt.Y("category:N", sort="-x", title=None, axis=alt.Axis(labelLimit=320)),
        )
        .properties(width=WIDTH - 300)
    )


def confidence(table: pd.DataFrame) -> alt.Chart:
    """How sure the model is, in tenths."""
    return (
        alt.Chart(table[["probability"]])
        .mark_bar(color=ACCENT)
        .encode(
            x=alt.X("probability:Q", bin=alt.Bin(step=0.1, extent=[0, 1]), title="Probability of the category"),
            y=alt.Y("count():Q", title="Texts"),
        )
        .properties(width=WIDTH - 300, height=220)
    )


def contributions(words: pd.DataFrame) -> alt.Chart:
    """What each word adds to the answer, in the text's order."""
    return (
        alt.Chart(words)
        .mark_bar()
        .encode(
            x=alt.X("contribution:Q", title="Adds to the answer"),
            y=alt.Y("word:N", sort=None, title=None, axis=alt.Axis(labelLimit=160)),
            color=alt.condition("datum.contribution >= 0", alt.value(ACCENT), alt.value(AGAINST)),
            tooltip=["word:N", alt.Tooltip("contribution:Q", format="+.3f")],
        )
        .properties(width=WIDTH - 200, height=alt.Step(18))
    )


def slices(both: pd.DataFrame) -> alt.Chart:
    """Shares of the categories in two slices, beside each other."""
    return (
        alt.Chart(both)
        .mark_bar()
        .encode(
            x=alt.X("share:Q", title="Share of the slice", axis=alt.Axis(format="%")),
            y=alt.Y("category:N", title=None, axis=alt.Axis(labelLimit=320)),
            yOffset="slice:N",
            color=alt.Color("slice:N", scale=alt.Scale(range=[ACCENT, AGAINST]), title=None),
        )
        .properties(width=WIDTH - 300)
    )
