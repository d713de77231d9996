"""The formats: how each begins, writes one row, separates and ends."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from responder import spreadsheets
from responder.exports.tables import Row, Table, Value
from responder.privacy import policy

ILLEGAL_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Kind:
    """An export format.

    Arguments:
        ending, content_type: of the file.
        begin: what stands before the rows; takes the file's title.
        write: one row. between, end: what stands between rows and after them.
    """

    ending: str
    content_type: str
    begin: Callable[[str, Table], str]
    write: Callable[[Row, Table], str]
    between: str = ""
    end: str = ""


def _line(cells: list[Value]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([spreadsheets.safe(cell) for cell in cells])
    return out.getvalue()


def _csv_row(row: Row, _table: Table) -> str:
    return _line([str(value).lower() if isinstance(value, bool) else value for value in row.values()])


def _csv_head(_title: str, table: Table) -> str:
    return _line([column.name for column in table.columns])


def _hxl_head(title: str, table: Table) -> str:
    return _csv_head(title, table) + _line([column.tag for column in table.columns])


def _geojson_head(title: str, _table: Table) -> str:
    return f'{{"type": "FeatureCollection", "title": {json.dumps(title)}, "features": ['


def _geojson_feature(row: Row, table: Table) -> str:
    latitude, longitude = row["latitude"], row["longitude"]
    geometry = None if latitude is None else {"type": "Point", "coordinates": [longitude, latitude]}
    properties = {name: value for name, value in row.items() if name not in ("latitude", "longitude")}
    return json.dumps({"type": "Feature", "id": row[table.id], "geometry": geometry, "properties": properties})


def _kml_head(title: str, _table: Table) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f"<name>{_xml(title)}</name>\n"
    )


def _kml_placemark(row: Row, table: Table) -> str:
    marked = f"EXERCISE: {row[table.title]}" if row["data_status"] == policy.EXERCISE else str(row[table.title])
    data = "".join(
        f"<Data name={quoteattr(name)}><value>{_xml(value)}</value></Data>"
        for name, value in row.items()
        if value is not None
    )
    latitude, longitude = row["latitude"], row["longitude"]
    where = "" if latitude is None else f"<Point><coordinates>{longitude},{latitude}</coordinates></Point>"
    return (
        f'<Placemark id="{table.name}-{row[table.id]}"><name>{_xml(marked)}</name><description>{_xml(row[table.text] or "")}</description>'
        f"<TimeStamp><when>{_xml(row[table.time])}</when></TimeStamp><ExtendedData>{data}</ExtendedData>{where}</Placemark>\n"
    )


def _xml(value: Value) -> str:
    return escape(ILLEGAL_IN_XML.sub("\ufffd", str(value)))


KINDS = {
    "csv": Kind("csv", "text/csv; charset=utf-8", _csv_head, _csv_row),
    "hxl": Kind("hxl.csv", "text/csv; charset=utf-8", _hxl_head, _csv_row),
    "geojson": Kind("geojson", "application/geo+json", _geojson_head, _geojson_feature, ",\n", "]}\n"),
    "kml": Kind("kml", "application/vnd.google-earth.kml+xml", _kml_head, _kml_placemark, end="</Document></kml>\n"),
}
INCIDENT_KINDS = KINDS | {"5w": Kind("5w.csv", "text/csv; charset=utf-8", _hxl_head, _csv_row)}
