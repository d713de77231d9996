"""The picture of a report's map: outlines of countries that the product ships, and coarse positions of incidents.

Drawn on the server from Natural Earth's outlines, as SVG for pages and PDFs and as PNG for word processors; no tile server
is asked. Positions come rounded to tenths of a degree, as incidents are shared outside.
"""

import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from django.contrib.staticfiles import finders
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifier.places.gazetteer import in_box

WIDTH, HEIGHT = 960, 560  # of the picture, in its own units
MARGIN = 0.12  # of the span, around what is shown
LEAST_SPAN, WIDEST = 0.8, 340.0  # degrees
MIDDLE_BELOW, FINE_BELOW = 60.0, 8.0  # degrees of width from which outlines are drawn more finely
MOST_TOWNS, MOST_LATITUDE = 14, 84.0
NAME = 28  # characters of a place's name
STEP = 0.8  # units; nearer points of an outline are left out
COLOURS = {1: "#b3121d", 2: "#16202a", 3: "#43505c", 4: "#5a6672"}  # as in tokens.css, light
WATER, LAND, BORDER, INK, HALO, WHITE = "#d5e0e8", "#f5f3ee", "#a9b2b9", "#3e4a55", "#f5f3ee", "#ffffff"
Box = tuple[float, float, float, float]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Mark:
    """Incidents at one coarse position, in the picture's units."""

    x: float
    y: float
    count: int
    severity: int
    unanswered: int
    name: str = ""

    @property
    def radius(self) -> float:
        return 11 + 4 * math.log2(self.count)


@dataclass(frozen=True, slots=True)
class Label:
    """A name beside a point; a town has a dot, the place of a mark has none."""

    x: float
    y: float
    text: str
    is_town: bool = True


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn: rings of land, towns, marks, and a scale of some kilometres."""

    land: list[list[Point]]
    towns: list[Label]
    marks: list[Mark]
    scale_km: int
    scale_width: float
    missing: int = 0  # incidents without a place
    colours: Mapping[int, str] = field(default_factory=lambda: COLOURS)

    @property
    def words(self) -> str:
        """What the picture shows, for people who can't see it."""
        count = sum(mark.count for mark in self.marks)
        unanswered = sum(mark.unanswered for mark in self.marks)
        said = ngettext("Map with %(n)d incident", "Map with %(n)d incidents", count) % {"n": count}
        return said + ". " + _("Unanswered: %(n)d. Without a place, so not on the map: %(missing)d.") % {
            "n": unanswered, "missing": self.missing,
        }  # fmt: skip


def draw(facts: Mapping[str, Any]) -> Picture:
    """The picture of a report's facts."""
    rows = [row for row in facts.get("incidents", ()) if row["status"] != "resolved"]
    placed = [row for row in rows if row.get("position")]
    box = _box(facts.get("map", {}).get("bbox"), [row["position"] for row in placed])
    frame = _Frame(box)
    marks = _marks(placed, frame)
    km, width = frame.scale()
    return Picture(_land(frame), _towns(frame, marks), marks, km, width, len(rows) - len(placed))


def svg(picture: Picture) -> str:
    """The picture as SVG, without styles, so that every page may hold it."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="sit-map" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label={quoteattr(picture.words)} font-family="Inter var, DejaVu Sans, sans-serif" font-size="14">',
        f'<rect class="map-water" width="{WIDTH}" height="{HEIGHT}" fill="{WATER}"/>',
    ]
    path = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring) + "Z" for ring in picture.land)
    if path:
        parts.append(
            f'<path class="map-land" d="{path}" fill="{LAND}" stroke="{BORDER}" stroke-width="1" fill-rule="evenodd"/>'
        )
    for town in picture.towns:
        if town.is_town:
            parts.append(f'<circle class="map-town" cx="{town.x:.1f}" cy="{town.y:.1f}" r="2.5" fill="{INK}"/>')
        weight = 400 if town.is_town else 600
        parts.append(
            f'<text class="map-label" x="{town.x + 6:.1f}" y="{town.y + 5:.1f}" fill="{INK}"'
            f' font-weight="{weight}">{escape(town.text)}</text>'
        )
    for mark in picture.marks:
        parts += _svg_mark(mark, picture.colours[mark.severity])
    parts += _svg_scale(picture)
    return "".join([*parts, "</svg>"])


def png(picture: Picture, *, factor: int = 2) -> bytes:
    """The picture as PNG, `factor` pixels to a unit."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (WIDTH * factor, HEIGHT * factor), WATER)
    pen, font = ImageDraw.Draw(image), _font(14 * factor)
    for ring in picture.land:
        points = [(x * factor, y * factor) for x, y in ring]
        pen.polygon(points, fill=LAND, outline=BORDER)
    for town in picture.towns:
        if town.is_town:
            _dot(pen, town.x, town.y, 2.5, factor, fill=INK)
        pen.text(((town.x + 6) * factor, town.y * factor), town.text, fill=INK, font=font, anchor="lm")
    for mark in picture.marks:
        if mark.unanswered:
            _dot(pen, mark.x, mark.y, mark.radius + 5, factor, outline=COLOURS[1], width=2 * factor)
        _dot(pen, mark.x, mark.y, mark.radius, factor, fill=picture.colours[mark.severity], outline=WHITE, width=factor)
        pen.text((mark.x * factor, mark.y * factor), str(mark.count), fill=WHITE, font=font, anchor="mm")
    y = (HEIGHT - 18) * factor
    pen.line([(20 * factor, y), ((20 + picture.scale_width) * factor, y)], fill=INK, width=2 * factor)
    pen.text((20 * factor, y - 14 * factor), f"{picture.scale_km} km", fill=INK, font=font, anchor="lm")
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _font(size: int) -> Any:
    """A font of the machine with many letters, or Pillow's own."""
    from PIL import ImageFont

    for name in ("NotoSans-Regular.ttf", "DejaVuSans.ttf", "LiberationSans-Regular.ttf"):
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


class _Frame:
    """Projects degrees into the picture: Web Mercator, around a box."""

    def __init__(self, box: Box) -> None:
        west, south, east, north = box
        left, right, top, bottom = math.radians(west), math.radians(east), _mercator(north), _mercator(south)
        self.factor = min(WIDTH / (right - left), HEIGHT / (top - bottom))
        self.x0 = (left + right) / 2 - WIDTH / self.factor / 2
        self.y0 = (top + bottom) / 2 + HEIGHT / self.factor / 2

    def point(self, latitude: float, longitude: float) -> Point:
        return (math.radians(longitude) - self.x0) * self.factor, (self.y0 - _mercator(latitude)) * self.factor

    @property
    def box(self) -> Box:
        """What the picture shows, in degrees."""
        west, east = math.degrees(self.x0), math.degrees(self.x0 + WIDTH / self.factor)
        return max(west, -180.0), _latitude(self.y0 - HEIGHT / self.factor), min(east, 180.0), _latitude(self.y0)

    def scale(self) -> tuple[int, float]:
        """(kilometres, units) of the scale bar: a round number, about a fifth of the width."""
        middle = math.radians((self.box[1] + self.box[3]) / 2)
        km_a_unit = 6371 * math.cos(middle) / self.factor
        most = WIDTH / 5 * km_a_unit
        power = 10 ** math.floor(math.log10(max(most, 1)))
        km = next((step * power for step in (5, 2, 1) if step * power <= most), 1)
        return int(km), km / km_a_unit


def _box(event: Sequence[float] | None, positions: Sequence[Sequence[float]]) -> Box:
    """The box of the incidents, or of the event where there are none; the event's where it is not much wider."""
    if not positions:
        west, south, east, north = event or (-160.0, -55.0, 170.0, 70.0)
    else:
        latitudes, longitudes = zip(*positions, strict=True)
        west, south, east, north = min(longitudes), min(latitudes), max(longitudes), max(latitudes)
        if event and event[2] - event[0] <= 12 and all(_within(event, *position) for position in positions):
            west, south, east, north = event
    wide, high = max(east - west, LEAST_SPAN) * (1 + 2 * MARGIN), max(north - south, LEAST_SPAN) * (1 + 2 * MARGIN)
    x, y, wide = (west + east) / 2, (south + north) / 2, min(wide, WIDEST)
    return x - wide / 2, max(y - high / 2, -MOST_LATITUDE), x + wide / 2, min(y + high / 2, MOST_LATITUDE)


def _within(box: Sequence[float], latitude: float, longitude: float) -> bool:
    return box[0] <= longitude <= box[2] and box[1] <= latitude <= box[3]


def _marks(rows: Iterable[Mapping[str, Any]], frame: _Frame) -> list[Mark]:
    """One mark a position, the least urgent first, so that the worst lies on top."""
    groups: dict[Point, list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["position"][0], row["position"][1]), []).append(row)
    found = []
    for (latitude, longitude), same in groups.items():
        worst = min(min(max(int(row["severity"]), 1), 4) for row in same)
        unanswered = sum(bool(row["unanswered"]) for row in same)
        name = next((str(row["place"]) for row in same if row.get("place")), "")[:NAME]
        found.append(Mark(*frame.point(latitude, longitude), len(same), worst, unanswered, name))
    return sorted(found, key=lambda mark: (-mark.severity, mark.x, mark.y))


def _towns(frame: _Frame, marks: Sequence[Mark]) -> list[Label]:
    """The places of marks, the worst first, and the largest towns, as far as their names cover no mark and no other name."""
    found: list[Label] = []
    for mark in reversed(marks):
        label = Label(mark.x + mark.radius + 4, mark.y, mark.name, is_town=False)
        if mark.name and _has_room(label, found, [other for other in marks if other is not mark]):
            found.append(label)
    named = {label.text for label in found}
    for town in in_box(*frame.box, MOST_TOWNS * 3):
        x, y = frame.point(town.latitude, town.longitude)
        label = Label(x, y, town.name)
        if town.name not in named and len(found) < MOST_TOWNS + len(named) and _has_room(label, found, marks):
            found.append(label)
    return found


def _has_room(label: Label, others: Sequence[Label], marks: Sequence[Mark]) -> bool:
    width = 8.0 * len(label.text) + 10
    if not (label.x > 8 and label.x + width < WIDTH and 12 < label.y < HEIGHT - 40):
        return False
    if any(
        abs(label.y - other.y) < 18 and label.x < other.x + 8 * len(other.text) + 14 and other.x < label.x + width
        for other in others
    ):
        return False
    return not any(
        mark.x - mark.radius - 6 < label.x + width and label.x - 4 < mark.x + mark.radius + 6
        and abs(label.y - mark.y) < mark.radius + 12
        for mark in marks
    )  # fmt: skip


def _land(frame: _Frame) -> list[list[Point]]:
    """Rings of the countries in view, clipped to it."""
    import shapely  # takes numpy along, which most processes do without

    west, south, east, north = frame.box
    span, found = east - west, list[list[Point]]()
    for polygons in _countries(frame.box, span):
        for rings in polygons:
            shape = shapely.clip_by_rect(shapely.Polygon(rings[0], rings[1:]), west - 1, south - 1, east + 1, north + 1)
            for part in shapely.get_parts(shape):
                if part.geom_type == "Polygon" and not part.is_empty:
                    for ring in (part.exterior, *part.interiors):
                        found.append(_thinned([frame.point(y, x) for x, y in ring.coords]))
    return [ring for ring in found if len(ring) > 2]


def _thinned(points: Sequence[Point]) -> list[Point]:
    kept: list[Point] = []
    for x, y in points:
        if not kept or abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= STEP:
            kept.append((x, y))
    return kept


def _countries(box: Box, span: float) -> Iterable[list[list[list[Point]]]]:
    if span >= MIDDLE_BELOW:
        for country in json.loads(_file("world.json").read_text()):
            yield _polygons(country)
        return
    folder = "fine" if span < FINE_BELOW else "middle"
    for country in json.loads(_file("index.json").read_text()):
        touches = any(
            west <= box[2] and east >= box[0] and south <= box[3] and north >= box[1]
            for west, south, east, north in country["boxes"]
        )
        if touches:
            yield _country(folder, country["key"])


@lru_cache(maxsize=16)
def _country(folder: str, key: str) -> list[list[list[Point]]]:
    return _polygons(json.loads(_file(f"{folder}/{key}.json").read_text()))


def _polygons(country: Mapping[str, Any]) -> list[list[list[Point]]]:
    """Polygons of rings of (longitude, latitude). A stored ring is its first point, then steps, in parts of a degree."""
    return [[_ring(steps, country["step"]) for steps in rings] for rings in country["polygons"]]


def _ring(steps: Sequence[int], step: int) -> list[Point]:
    x, y, found = 0, 0, []
    for number in range(0, len(steps), 2):
        x, y = x + steps[number], y + steps[number + 1]
        found.append((x / step, y / step))
    return found if len(found) > 3 else [*found, *found[:1], *found[:1]]


def _file(name: str) -> Path:
    return Path(str(finders.find(f"vendor/world/{name}")))


def _mercator(latitude: float) -> float:
    return math.asinh(math.tan(math.radians(max(min(latitude, MOST_LATITUDE), -MOST_LATITUDE))))


def _latitude(y: float) -> float:
    return math.degrees(math.atan(math.sinh(y)))


def _svg_mark(mark: Mark, colour: str) -> list[str]:
    at = f'cx="{mark.x:.1f}" cy="{mark.y:.1f}"'
    ring = f'<circle {at} r="{mark.radius + 5:.1f}" fill="none" stroke="{COLOURS[1]}" stroke-width="2.5"/>'
    return [
        ring if mark.unanswered else "",
        f'<circle {at} r="{mark.radius:.1f}" fill="{colour}" stroke="{WHITE}" stroke-width="1.5"/>',
        f'<text x="{mark.x:.1f}" y="{mark.y + 5:.1f}" text-anchor="middle" fill="{WHITE}" font-weight="600">{mark.count}</text>',
    ]


def _svg_scale(picture: Picture) -> list[str]:
    y, right = HEIGHT - 18, 20 + picture.scale_width
    return [
        f'<path class="map-scale" d="M20 {y - 5}V{y}H{right:.1f}V{y - 5}" fill="none" stroke="{INK}" stroke-width="2"/>',
        f'<text class="map-label" x="24" y="{y - 8}" fill="{INK}">{picture.scale_km} km</text>',
    ]


def _dot(pen: Any, x: float, y: float, radius: float, factor: int, **style: Any) -> None:
    pen.ellipse([(x - radius) * factor, (y - radius) * factor, (x + radius) * factor, (y + radius) * factor], **style)
