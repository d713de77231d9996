"""Checks the geometry of features. Outlines that cross themselves are repaired; what can't be is named and refused."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from responder.map_layers.features import MOST_NAMED, MOST_VERTICES, Feature, Unreadable

DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
LEAST = {"LineString": 2, "MultiLineString": 2, "Polygon": 3, "MultiPolygon": 3}  # points of a line or a ring
MOST_PARTS = 5_000  # geometries of one collection
KM_PER_DEGREE = 111.2


@dataclass(slots=True)
class Shape:
    """A feature with its checked geometry, of shapely."""

    feature: Feature
    geometry: Any


@dataclass(slots=True)
class _Budget:
    vertices: int = 0


class _Bad(Exception):
    """Why a geometry can't be used, in words."""


def checked(features: Iterable[Feature], *, areas: bool) -> tuple[list[Shape], list[str]]:
    """(shapes, notes about what was repaired or left out).

    Arguments:
        areas: whether only polygons are of use.

    Raises Unreadable, which names the features that can't be used.
    """
    found: list[Shape] = []
    bad: list[tuple[Feature, str]] = []
    repaired: list[Feature] = []
    empty: list[Feature] = []
    budget = _Budget()
    for feature in features:
        try:
            geometry, was_repaired = _geometry(feature.geometry, budget, areas=areas)
        except _Bad as error:
            bad.append((feature, str(error)))
            continue
        if geometry is None:
            empty.append(feature)
            continue
        if was_repaired:
            repaired.append(feature)
        found.append(Shape(feature, geometry))
    if bad:
        raise Unreadable(_bad_words(bad))
    if not found:
        raise Unreadable(_("No feature of the file has a shape."))
    return found, [*_repaired(repaired), *_left_out(empty)]


def half_extent_km(geometry: Any) -> float:
    """Half of the diagonal of a geometry's bounds, in kilometres."""
    west, south, east, north = geometry.bounds
    width = (east - west) * math.cos(math.radians((south + north) / 2))
    return math.hypot(width, north - south) * KM_PER_DEGREE / 2


def _geometry(given: Any, budget: _Budget, *, areas: bool) -> tuple[Any, bool]:
    """(geometry or None if there is none, whether it was repaired). Raises _Bad, Unreadable."""
    from shapely import geometry as shapely_geometry  # takes numpy along, which commands start without
    from shapely import make_valid

    parts = [part for part in _parts(given, budget) if part is not None]
    if not parts:
        return None, False
    if areas and any(part["type"] not in ("Polygon", "MultiPolygon") for part in parts):
        raise _Bad(_("it is a point or a line, not an area"))
    try:
        shapes = [shapely_geometry.shape(part) for part in parts]
    except Exception as error:  # whatever shapely says to what the checks above let pass
        raise _Bad(_("its shape can't be read")) from error
    repaired = False
    for number, shape in enumerate(shapes):
        if not shape.is_valid:
            shapes[number], repaired = _polygonal(make_valid(shape), shape), True
    whole = shapes[0] if len(shapes) == 1 else _collected(shapes)
    return whole, repaired


def _polygonal(valid: Any, before: Any) -> Any:
    """What is left of a repaired polygon: its areas, without the lines and points that the repair leaves."""
    from shapely import MultiPolygon, get_parts

    if before.geom_type not in ("Polygon", "MultiPolygon"):
        return valid
    areas = [part for part in get_parts([valid]) if part.geom_type == "Polygon" and part.area]
    nested = [part for one in get_parts([valid]) if one.geom_type == "MultiPolygon" for part in get_parts(one)]
    areas += [part for part in nested if part.area]
    if not areas:
        raise _Bad(_("its points lie on one line, so it encloses nothing"))
    return areas[0] if len(areas) == 1 else MultiPolygon(areas)


def _collected(shapes: list[Any]) -> Any:
    from shapely import GeometryCollection, MultiPolygon, get_parts, union_all

    if all(shape.geom_type in ("Polygon", "MultiPolygon") for shape in shapes):
        polygons = [part for shape in shapes for part in get_parts([shape])]
        flat = [one for part in polygons for one in get_parts(part)]
        together = MultiPolygon(flat)
        return together if together.is_valid else union_all(flat)
    return GeometryCollection(shapes)


def _parts(given: Any, budget: _Budget, depth: int = 0) -> Iterable[dict[str, Any] | None]:
    """The geometries of one, with plain pairs of numbers. Raises _Bad."""
    if given is None:
        return
    kind = given.get("type") if isinstance(given, dict) else None
    if kind == "GeometryCollection":
        rows = given.get("geometries")
        if not isinstance(rows, list | tuple) or len(rows) > MOST_PARTS or depth > 3:
            raise _Bad(_("its shape can't be read"))
        for row in rows:
            yield from _parts(row, budget, depth + 1)
        return
    if kind not in DEPTH:
        raise _Bad(_("its shape is of no kind that GeoJSON has"))
    yield _clean(kind, given.get("coordinates"), budget)


def _clean(kind: str, coordinates: Any, budget: _Budget) -> dict[str, Any] | None:
    if not isinstance(coordinates, list | tuple):
        raise _Bad(_("it has no coordinates"))
    if not coordinates:
        return None
    return {"type": kind, "coordinates": _nested(coordinates, DEPTH[kind], LEAST.get(kind, 1), kind, budget)}


def _nested(given: Any, depth: int, least: int, kind: str, budget: _Budget) -> Any:
    if depth == 0:
        budget.vertices += 1
        if budget.vertices > MOST_VERTICES:
            raise Unreadable(
                _(
                    "The shapes have more than %(most)d points. Simplify them, for example with mapshaper.org, or send a part."
                )
                % {"most": MOST_VERTICES}
            )
        return _position(given)
    if not isinstance(given, list | tuple):
        raise _Bad(_("its coordinates are not nested as its kind of shape needs"))
    rows = [_nested(one, depth - 1, least, kind, budget) for one in given]
    if depth == 1 and kind not in ("Point", "MultiPoint"):
        if "Polygon" in kind and rows and rows[0] != rows[-1]:
            rows.append(rows[0])
        if len({tuple(row) for row in rows}) < least:
            raise _Bad(
                _("a ring of it has fewer than three different points")
                if "Polygon" in kind
                else _("a line of it has fewer than two different points")
            )
    if depth == 2 and kind in ("Polygon", "MultiPolygon") and not rows:
        raise _Bad(_("it has no outline"))
    return rows


def _position(given: Any) -> list[float]:
    if not isinstance(given, list | tuple) or len(given) < 2:
        raise _Bad(_("a point of it has no longitude and latitude"))
    x, y = given[0], given[1]
    sound = all(isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one) for one in (x, y))
    if not sound:
        raise _Bad(_("a point of it has no longitude and latitude"))
    if not (-180 <= x <= 180 and -90 <= y <= 90):
        raise _Bad(
            _("a point of it (%(x)s, %(y)s) is not on Earth in degrees; save the layer in WGS 84 (EPSG:4326)")
            % {"x": f"{x:.6g}", "y": f"{y:.6g}"}
        )
    return [float(x), float(y)]


def _bad_words(bad: list[tuple[Feature, str]]) -> str:
    named = "; ".join(
        _("feature %(feature)s: %(reason)s") % {"feature": feature.words, "reason": reason}
        for feature, reason in islice(bad, MOST_NAMED)
    )
    more = len(bad) - MOST_NAMED
    said = _("The file can't be used: %(features)s.") % {"features": named}
    if more > 0:
        said += " " + ngettext("%(n)d more feature has a problem.", "%(n)d more features have a problem.", more) % {
            "n": more
        }
    return said


def _repaired(features: list[Feature]) -> list[str]:
    if not features:
        return []
    return [
        ngettext(
            "The outline of %(n)d feature crossed or touched itself and was repaired: %(features)s.",
            "The outlines of %(n)d features crossed or touched themselves and were repaired: %(features)s.", len(features),
        ) % {"n": len(features), "features": _listed(features)}
    ]  # fmt: skip


def _left_out(features: list[Feature]) -> list[str]:
    if not features:
        return []
    return [
        ngettext(
            "%(n)d feature without a shape was left out: %(features)s.",
            "%(n)d features without a shape were left out: %(features)s.", len(features),
        ) % {"n": len(features), "features": _listed(features)}
    ]  # fmt: skip


def _listed(features: list[Feature]) -> str:
    return ", ".join(feature.words for feature in features[:MOST_NAMED]) + (" …" if len(features) > MOST_NAMED else "")
