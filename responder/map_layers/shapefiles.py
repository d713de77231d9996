"""Reads a shapefile: three or more files of one name in a zip archive, in degrees of longitude and latitude."""

import io
from typing import Any

from django.utils.translation import gettext as _

from responder.map_layers.archives import Archive
from responder.map_layers.features import MOST_FEATURES, Feature, Reading, Unreadable, bounded
from responder.map_layers.geojson import too_many, wrong_system

LATIN = "cp1252"  # of tables that state no encoding and are not UTF-8
LOOKED_AT = 1_000_000  # bytes


def read(archive: Archive, name: str) -> Reading:
    """The features of the shapefile `name` of an archive. Raises Unreadable."""
    import shapefile  # only who adds a layer needs it

    if (table := archive.beside(name, ".dbf")) is None:
        raise Unreadable(_("The archive lacks the file %(name)s.") % {"name": name[:-4][:80] + ".dbf"})
    _check_system(archive, name)
    shapes, rows = archive.read(name), archive.read(table)
    try:
        with shapefile.Reader(
            shp=io.BytesIO(shapes),
            dbf=io.BytesIO(rows),
            encoding=_encoding(archive, name, rows),
            encodingErrors="replace",
        ) as reader:
            if reader.numRecords is not None and reader.numRecords > MOST_FEATURES:
                raise too_many(reader.numRecords)
            return Reading(
                "shapefile", [_feature(number, one) for number, one in enumerate(reader.iterShapeRecords(), 1)]
            )
    except Unreadable:
        raise
    except Exception as error:  # a damaged file makes the reader raise whatever its bytes lead to
        raise Unreadable(
            _("The shapefile is damaged or of a kind that can't be read. Export it again, or as GeoJSON.")
        ) from error


def _feature(number: int, one: Any) -> Feature:
    if number > MOST_FEATURES:
        raise too_many(number)
    properties = {
        key: value if isinstance(value, int | float) else str(value or "")
        for key, value in one.record.as_dict().items()
    }
    geometry = None if one.shape.shapeType == 0 else dict(one.shape.__geo_interface__)
    return Feature(number, bounded({key: value for key, value in properties.items() if value != ""}), geometry)


def _encoding(archive: Archive, name: str, rows: bytes) -> str:
    if stated := archive.beside(name, ".cpg"):
        label = archive.read(stated)[:40].decode("ascii", "ignore").strip()
        label = f"cp{label}" if label.isdecimal() else label
        try:
            "".encode(label or "utf-8")
        except LookupError:
            label = ""
        if label:
            return label
    return "utf-8" if _is_utf8(rows) else LATIN


def _is_utf8(table: bytes) -> bool:
    """Whether the texts of a .dbf table are UTF-8: a few characters may be cut at the end of their column."""
    start = int.from_bytes(table[8:10], "little")
    text = table[start : start + LOOKED_AT].decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    return wrong <= sum(ord(one) > 127 for one in text) - wrong


def _check_system(archive: Archive, name: str) -> None:
    """Raise Unreadable where the .prj file says that the coordinates are metres; without one, the numbers tell."""
    if stated := archive.beside(name, ".prj"):
        text = archive.read(stated)[:2_000].decode("utf-8", "replace").strip()
        if text and not text.upper().startswith(("GEOGCS", "GEOGCRS", "GEODCRS")):
            label = text.split('"')[1] if text.count('"') > 1 else text
            raise wrong_system(label)
