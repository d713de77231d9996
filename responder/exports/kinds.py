"""The formats: how each begins, writes one post, separates and ends."""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from responder import policy, spreadsheets
from responder.exports.columns import COLUMNS, Value

Row = Mapping[str, Value]
ILLEGAL_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Kind:
    """Arguments:
    ending, content_type: of the file.
    begin: what stands before the posts; takes the file's title.
    write: one post. between, end: what stands between posts and after them.
    """

    ending: str
    content_type: str
    begin: Callable[[str], str]
    write: Callable[[Row], str]
    between: str = ""
    end: str = ""


def _line(cells: list[Value]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([spreadsheets.safe(cell) for cell in cells])
    return out.getvalue()


def _csv_row(row: Row) -> str:
    return _line([str(value).lower() if isinstance(value, bool) else value for value in row.values()])


def _csv_head(_title: str) -> str:
    return _line([column.name for column in COLUMNS])


def _hxl_head(title: str) -> str:
    return _csv_head(title) + _line([column.tag for column in COLUMNS])


def _geojson_head(title: str) -> str:
    return f'{{"type": "FeatureCollection", "title": {json.dumps(title)}, "features": ['


def _geojson_feature(row: Row) -> str:
    latitude, longitude = row["latitude"], row["longitude"]
    geometry = None if latitude is None else {"type": "Point", "coordinates": [longitude, latitude]}
    properties = {name: value for name, value in row.items() if name not in ("latitude", "longitude")}
    return json.dumps({"type": "Feature", "id": row["id"], "geometry": geometry, "properties": properties})


def _kml_head(title: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f"<name>{_xml(title)}</name>\n"
    )


def _kml_placemark(row: Row) -> str:
    marked = f"EXERCISE: {row['category']}" if row["data_status"] == policy.EXERCISE else str(row["category"])
    data = "".join(
        f"<Data name={quoteattr(name)}><value>{_xml(value)}</value></Data>"
        for name, value in row.items()
        if value is not None
    )
    latitude, longitude = row["latitude"], row["longitude"]
    where = "" if latitude is None else f"<Point><coordinates>{longitude},{latitude}</coordinates></Point>"
    return (
        f'<Placemark id="post-{row["id"]}"><name>{_xml(marked)}</name><description>{_xml(row["text"] or "")}</description>'
        f"<TimeStamp><when>{_xml(row['created_at'])}</when></TimeStamp><ExtendedData>{data}</ExtendedData>{where}</Placemark>\n"
    )


def _xml(value: Value) -> str:
    return escape(ILLEGAL_IN_XML.sub("\ufffd", str(value)))


KINDS = {
    "csv": Kind("csv", "text/csv; charset=utf-8", _csv_head, _csv_row),
    "hxl": Kind("hxl.csv", "text/csv; charset=utf-8", _hxl_head, _csv_row),
    "geojson": Kind("geojson", "application/geo+json", _geojson_head, _geojson_feature, ",\n", "]}\n"),
    "kml": Kind("kml", "application/vnd.google-earth.kml+xml", _kml_head, _kml_placemark, end="</Document></kml>\n"),
}
