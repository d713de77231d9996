"""Reads GeoJSON (RFC 7946): a FeatureCollection, a Feature or a geometry, in degrees of longitude and latitude."""

import json
from typing import Any

from django.utils.translation import gettext as _

from responder.map_layers.features import MOST_FEATURES, Feature, Reading, Unreadable, bounded

GEOMETRIES = (
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection",
)  # fmt: skip
DEGREES = ("CRS84", "4326", "WGS84", "WGS 84")  # in the name of a reference system, as files before RFC 7946 state it


def read(content: bytes) -> Reading:
    """The features of a GeoJSON file. Raises Unreadable."""
    given = _parsed(content)
    kind = given.get("type") if isinstance(given, dict) else None
    if kind == "Topology":
        raise Unreadable(_("This is TopoJSON. Export the layer as GeoJSON."))
    if kind == "FeatureCollection":
        rows = given.get("features")
    elif kind == "Feature" or kind in GEOMETRIES:
        rows = [given]
    else:
        raise Unreadable(_("This is JSON, but not GeoJSON: it has no features."))
    if not isinstance(rows, list) or not rows:
        raise Unreadable(_("The file has no features."))
    if len(rows) > MOST_FEATURES:
        raise too_many(len(rows))
    _check_system(given)
    return Reading("GeoJSON", [_feature(number, row) for number, row in enumerate(rows, 1)])


def too_many(count: int) -> Unreadable:
    """The error for a file with more features than are read."""
    return Unreadable(
        _("The file has %(count)d features; a layer can have %(most)d. Send a part of them.")
        % {"count": count, "most": MOST_FEATURES}
    )


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unreadable(_("The file is not in UTF-8, which GeoJSON has to be.")) from error
    except RecursionError as error:
        raise Unreadable(_("The file is nested too deeply to be GeoJSON.")) from error
    except json.JSONDecodeError as error:
        raise Unreadable(
            _("The file is not valid JSON: line %(line)d, column %(column)d.")
            % {"line": error.lineno, "column": error.colno}
        ) from error
    except ValueError as error:  # a number with more digits than Python reads
        raise Unreadable(_("The file is not valid JSON.")) from error


def _check_system(given: Any) -> None:
    system = given.get("crs")
    if not isinstance(system, dict):
        return
    properties = system.get("properties")
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if name and not any(known in name.upper() for known in DEGREES):
        raise wrong_system(name)


def wrong_system(name: str) -> Unreadable:
    """The error for coordinates that are not degrees of WGS 84."""
    return Unreadable(
        _(
            "The coordinates are in another reference system (%(name)s). Save the layer in WGS 84 (EPSG:4326) and send it again."
        )
        % {"name": name[:60]}
    )


def _feature(number: int, row: Any) -> Feature:
    if not isinstance(row, dict):
        return Feature(number, {}, None)
    if row.get("type") in GEOMETRIES:
        return Feature(number, {}, row)
    geometry = row.get("geometry")
    properties = bounded(row.get("properties"))
    return Feature(number, properties, geometry if isinstance(geometry, dict) else None)
