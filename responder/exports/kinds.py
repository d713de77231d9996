"""The formats: how each begins, writes one row, separates and ends."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from xml.sax.saxutils import escape, quoteattr

from responder import spreadsheets, workbooks
from responder.exports import sheets
from responder.exports.tables import Row, Table, Value
from responder.privacy import policy

ILLEGAL_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Kind:
    """An export format.

    Arguments:
        ending, content_type: of the file.
        begin: what stands before the rows; takes the file's title.
        write: some rows. between, end: what stands between rows and after them.
        bom: what stands before everything where a person opens the file with Excel.
        pack: turns the content so far into the file, for formats that aren't text.
        most_rows: of a file; None: as many as an export holds.
    """

    ending: str
    content_type: str
    begin: Callable[[str, Table], str]
    write: Callable[[Sequence[Row], Table], str]
    between: str = ""
    end: str = ""
    bom: str = ""
    pack: Callable[[Iterable[bytes], Table, sheets.About], Iterator[bytes]] | None = None
    most_rows: int | None = None


def _lines(rows: Iterable[Iterable[Value]]) -> str:
    out, safe = io.StringIO(), spreadsheets.safe
    csv.writer(out).writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def _line(cells: list[Value]) -> str:
    return _lines([cells])


def _csv_rows(rows: Sequence[Row], _table: Table) -> str:
    return _lines(
        [("true" if value else "false") if isinstance(value, bool) else value for value in row.values()] for row in rows
    )


def _csv_head(_title: str, table: Table) -> str:
    return _line([column.name for column in table.columns])


def _hxl_head(title: str, table: Table) -> str:
    return _csv_head(title, table) + _line([column.tag for column in table.columns])


def _geojson_head(title: str, _table: Table) -> str:
    return f'{{"type": "FeatureCollection", "title": {json.dumps(title)}, "features": ['


def _geojson_features(rows: Sequence[Row], table: Table) -> str:
    return ",\n".join(_geojson_feature(row, table) for row in rows)


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


def _kml_placemarks(rows: Sequence[Row], table: Table) -> str:
    return "".join(_kml_placemark(row, table) for row in rows)


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


CSV = "text/csv; charset=utf-8"


def _workbook(ending: str, *, tagged: bool) -> Kind:
    return Kind(
        ending, workbooks.CONTENT_TYPE, lambda _title, _table: "", sheets.write, pack=partial(sheets.pack, tagged=tagged),
        most_rows=workbooks.MOST_ROWS,
    )  # fmt: skip


KINDS = {
    "csv": Kind("csv", CSV, _csv_head, _csv_rows, bom=spreadsheets.BOM),
    "xlsx": _workbook("xlsx", tagged=False),
    "hxl": Kind("hxl.csv", CSV, _hxl_head, _csv_rows, bom=spreadsheets.BOM),
    "hxl-xlsx": _workbook("hxl.xlsx", tagged=True),
    "geojson": Kind("geojson", "application/geo+json", _geojson_head, _geojson_features, ",\n", "]}\n"),
    "kml": Kind("kml", "application/vnd.google-earth.kml+xml", _kml_head, _kml_placemarks, end="</Document></kml>\n"),
}
INCIDENT_KINDS = KINDS | {
    "5w": Kind("5w.csv", CSV, _hxl_head, _csv_rows, bom=spreadsheets.BOM),
    "5w-xlsx": _workbook("5w.xlsx", tagged=True),
}
