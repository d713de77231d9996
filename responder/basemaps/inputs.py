"""Reads the features of GeoJSON, newline-delimited GeoJSON and GeoPackage files, in WGS 84 degrees."""

import json
import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from django.utils.translation import gettext as _

from responder.errors import Invalid

GEOJSON, LINES, GEOPACKAGE = (".geojson", ".json"), (".geojsonl", ".ndjson", ".jsonl"), (".gpkg",)
SQLITE = b"SQLite format 3\x00"
DEGREES, WEB_MERCATOR = 4326, 3857
ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}  # bytes, by the kind that the flags name
EARTH_RADIUS = 6_378_137.0  # metres, of the web's Mercator projection


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: where the file has it, what it is, and its geometry as GeoJSON."""

    layer: str
    properties: dict[str, Any]
    geometry: dict[str, Any]


def read(text: str) -> Iterator[Feature]:
    """The features of an input with a geometry. Raises Invalid, OSError.

    Arguments:
        text: path of a file, or `LAYER=PATH` for a file whose name is not the layer's.
    """
    layer, _equals, name = text.rpartition("=")
    path = Path(name)
    suffix = path.suffix.lower()
    if suffix in GEOPACKAGE:
        yield from _geopackage(path, layer)
    elif suffix in LINES:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield from _features(_json(line, f"{path}:{number}"), layer or path.stem)
    elif suffix in GEOJSON:
        yield from _features(_json(path.read_text(encoding="utf-8"), str(path)), layer or path.stem)
    else:
        raise Invalid(_("%(file)s: GeoJSON (.geojson, .geojsonl) and GeoPackage (.gpkg) can be read.") % {"file": path})


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(_("%(file)s is not GeoJSON: %(why)s") % {"file": where, "why": str(error)[:200]}) from error


def _features(found: Any, layer: str) -> Iterator[Feature]:
    kind = found.get("type") if isinstance(found, dict) else None
    if kind == "FeatureCollection" and isinstance(found.get("features"), list):
        for one in found["features"]:
            yield from _features(one, layer)
    elif kind == "Feature":
        geometry, properties = found.get("geometry"), found.get("properties")
        if isinstance(geometry, dict) and geometry.get("type"):
            yield Feature(layer, properties if isinstance(properties, dict) else {}, geometry)
    elif kind:
        yield Feature(layer, {}, found)
    else:
        raise Invalid(_("A file holds something that is not GeoJSON."))


def _geopackage(path: Path, layer: str) -> Iterator[Feature]:
    with path.open("rb") as file:
        if file.read(len(SQLITE)) != SQLITE:
            raise Invalid(_("%(file)s is not a GeoPackage.") % {"file": path})
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            database.row_factory = sqlite3.Row
            tables = database.execute(
                "SELECT g.table_name, g.column_name, g.srs_id FROM gpkg_geometry_columns g"
                " JOIN gpkg_contents c ON c.table_name = g.table_name WHERE c.data_type = 'features'"
            ).fetchall()
            for table, column, reference in tables:
                if reference not in (DEGREES, WEB_MERCATOR):
                    raise Invalid(
                        _(
                            "%(file)s: the table %(table)s has the coordinate system %(found)d. Convert it to WGS 84 (EPSG:4326)."
                        )
                        % {"file": path, "table": table, "found": reference}
                    )
                yield from _table(database, str(table), str(column), reference == WEB_MERCATOR, layer or str(table))
    except sqlite3.Error as error:
        raise Invalid(_("%(file)s can't be read: %(why)s") % {"file": path, "why": error}) from error


def _table(database: sqlite3.Connection, table: str, column: str, is_mercator: bool, layer: str) -> Iterator[Feature]:
    quoted = '"' + table.replace('"', '""') + '"'
    for row in database.execute(f"SELECT * FROM {quoted}"):  # noqa: S608  a name of the file's own, quoted
        shape = _shape(row[column]) if isinstance(row[column], bytes) else None
        if shape is None or shape.is_empty:
            continue
        if is_mercator:
            shape = shapely.transform(shape, _degrees)
        properties = {name: row[name] for name in row.keys() if name != column}  # noqa: SIM118  of a Row, not a dict
        yield Feature(layer, properties, json.loads(shapely.to_geojson(shapely.force_2d(shape))))


def _shape(blob: bytes) -> Any:
    """The geometry in GeoPackage's binary form; None for one that can't be read."""
    if blob[:2] != b"GP" or len(blob) < 8:
        return None
    envelope = ENVELOPES.get((blob[3] >> 1) & 7)
    return None if envelope is None else shapely.from_wkb(blob[8 + envelope :], on_invalid="ignore")


def _degrees(points: Any) -> Any:
    import numpy

    longitudes = numpy.degrees(points[:, 0] / EARTH_RADIUS)
    latitudes = numpy.degrees(2 * numpy.arctan(numpy.exp(points[:, 1] / EARTH_RADIUS)) - math.pi / 2)
    return numpy.column_stack((longitudes, latitudes))
