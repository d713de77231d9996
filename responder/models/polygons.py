"""Areas on the map: GeoJSON polygons with one ring, of a bounded number of points, within the world.

A polygon is checked twice. `polygon` judges what a person drew or pasted, with shapely. `PolygonField` checks the form of
what it reads from the database, so that an invalid row breaks no page.
"""

import json
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

MOST_POINTS = 200  # of a ring, without the repeated first one; rows of posts carry their event's area along
DECIMALS = 5  # of a degree: about a metre
TEXT_LIMIT = 40_000  # characters of a polygon as text
CORNERS = ("west", "south", "east", "north")
Bounds = tuple[float, float, float, float]
Polygon = dict[str, Any]


def polygon(given: Any) -> Polygon:
    """Return the checked GeoJSON polygon of a GeoJSON Polygon, or of a Feature with one. Raises ValidationError.

    Its coordinates are rounded to DECIMALS, without heights, and its ring runs counterclockwise, as RFC 7946 asks.
    """
    if isinstance(given, dict) and given.get("type") == "Feature":
        given = given.get("geometry")
    if not isinstance(given, dict) or given.get("type") != "Polygon":
        raise ValidationError(_("Draw one area, or paste one GeoJSON polygon."))
    rings = given.get("coordinates")
    if not isinstance(rings, list) or not rings or not isinstance(rings[0], list):
        raise ValidationError(_("Draw one area, or paste one GeoJSON polygon."))
    if len(rings) > 1:
        raise ValidationError(_("An area can't have holes. Draw its outline only."))
    return {"type": "Polygon", "coordinates": [_valid_ring(_points(rings[0]))]}


def parse(text: str) -> Polygon:
    """Return the checked polygon of a GeoJSON text. Raises ValidationError."""
    if len(text) > TEXT_LIMIT:
        raise ValidationError(_too_many_points())
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise ValidationError(_("This is not valid GeoJSON.")) from None
    return polygon(given)


def rectangle(west: float, south: float, east: float, north: float) -> Polygon:
    """Return the polygon of a rectangle whose corners were checked by `check_corners`."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def bounds(area: Polygon) -> Bounds:
    """Return (west, south, east, north) of a polygon, in degrees."""
    (ring,) = area["coordinates"]
    longitudes, latitudes = [point[0] for point in ring], [point[1] for point in ring]
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def text(area: Polygon) -> str:
    """Return the GeoJSON text of a polygon, on one line."""
    return json.dumps(area, separators=(",", ":"))


def number(value: float) -> str:
    """Return degrees as a person writes them, rounded to DECIMALS: 32, -19.84."""
    return f"{round(value, DECIMALS) + 0.0:.{DECIMALS}f}".rstrip("0").rstrip(".")


def corner_errors(corners: Sequence[float | None]) -> dict[str, str]:
    """Return what is wrong with (west, south, east, north), by the corner's name; empty if nothing is.

    Arguments:
        corners: in degrees; all None for no area.
    """
    given = dict(zip(CORNERS, corners, strict=True))
    if all(value is None for value in given.values()):
        return {}
    errors = {name: _("Enter all four numbers, or none.") for name, value in given.items() if value is None}
    for name, value in given.items():
        most = 180 if name in ("west", "east") else 90
        if value is not None and not -most <= value <= most:
            errors[name] = _("Enter a number from −%(most)d to %(most)d.") % {"most": most}
    if errors:
        return errors
    west, south, east, north = (given[name] or 0.0 for name in CORNERS)
    if not west < east:
        errors["east"] = _("East must be greater than west. An area can't cross the 180° meridian.")
    if not south < north:
        errors["north"] = _("North must be greater than south.")
    return errors


def _points(ring: list[Any]) -> list[list[float]]:
    if len(ring) > MOST_POINTS + 1:
        raise ValidationError(_too_many_points())
    points = [_point(point) for point in ring]
    if points and points[0] != points[-1]:
        points.append(points[0])
    if len(points) > MOST_POINTS + 1:
        raise ValidationError(_too_many_points())
    return [point for number, point in enumerate(points) if not number or point != points[number - 1]]


def _point(point: Any) -> list[float]:
    if not _is_position(point):
        raise ValidationError(_("Each point needs a longitude from −180 to 180 and a latitude from −90 to 90."))
    return [round(float(point[0]), DECIMALS) + 0.0, round(float(point[1]), DECIMALS) + 0.0]


def _valid_ring(points: list[list[float]]) -> list[list[float]]:
    """Return the ring counterclockwise. Raises ValidationError if it crosses itself, or encloses nothing."""
    from shapely import geometry  # takes numpy along, which commands start without

    if len(points) < 4:
        raise ValidationError(_("An area needs at least three points."))
    drawn = geometry.Polygon(points)
    if not drawn.is_valid:
        raise ValidationError(_("The outline crosses or touches itself. Draw an outline without crossing lines."))
    if not drawn.area:
        raise ValidationError(_("The points lie on one line. Draw an outline that encloses an area."))
    return points if drawn.exterior.is_ccw else points[::-1]


def _too_many_points() -> str:
    return _("An area can have at most %(most)d points. Simplify its outline.") % {"most": MOST_POINTS}


def _is_position(point: Any) -> bool:
    return (
        isinstance(point, list)
        and 2 <= len(point) <= 3
        and all(isinstance(value, int | float) and not isinstance(value, bool) for value in point)
        and -180 <= point[0] <= 180
        and -90 <= point[1] <= 90
    )


def is_sound(value: Any) -> bool:
    """Whether a stored value has the form of a polygon that `polygon` returned."""
    if not isinstance(value, dict) or value.get("type") != "Polygon":
        return False
    rings = value.get("coordinates")
    if not isinstance(rings, list) or len(rings) != 1 or not isinstance(rings[0], list):
        return False
    return 4 <= len(rings[0]) <= MOST_POINTS + 1 and all(map(_is_position, rings[0]))


class PolygonField(models.JSONField):
    """A GeoJSON polygon. Values that are none are read as None, and refused when a form or `clean` checks them."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Polygon | None:
        found = super().from_db_value(value, expression, connection)
        return found if is_sound(found) else None

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        """Return the checked polygon. Raises ValidationError."""
        value = super().clean(value, model_instance)
        return value if value in self.empty_values else polygon(value)

    def deconstruct(self) -> Any:
        """The deconstruction of a JSONField: the column is the same."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs
