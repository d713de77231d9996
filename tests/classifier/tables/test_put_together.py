"""Files that were put together from several, archives that break off, and features of GeoJSON."""

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from classifier.tables import BadRow, UnusableInput, open_table

ROWS = [{"id": str(number), "text": f"No water in street {number * 7919}"} for number in range(5_000)]
CONTENT = "id,text\n" + "".join(f"{row['id']},{row['text']}\n" for row in ROWS)


def read(path: Path) -> list[tuple[int, Any]]:
    with open_table(str(path)) as table:
        return list(table.rows())


@pytest.mark.parametrize("again", ["id,text", "\ufeffid,text", " id , text "])
def test_a_header_that_stands_there_again_is_no_row(tmp_path: Path, again: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"id,text\n1,Bridge out\n{again}\n2,No water\n")
    assert read(path) == [
        (2, {"id": "1", "text": "Bridge out"}), (3, BadRow(3, "The header is repeated here.")),
        (4, {"id": "2", "text": "No water"}),
    ]  # fmt: skip


def test_a_byte_order_mark_within_a_file_is_not_a_part_of_an_id(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,text\n1,Bridge out\n\ufeff2,No water\n")
    assert [row["id"] for _line, row in read(path)] == ["1", "2"]


def test_a_text_like_the_only_column_is_a_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text\nWater\ntext\n")
    assert [row["text"] for _line, row in read(path)] == ["Water", "text"]


@pytest.mark.parametrize("cut", [9, 4_000, 12_000])
def test_an_archive_that_breaks_off_gives_what_stands_before(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(CONTENT.encode())[:-cut])
    *rows, cut_row, (line, last) = read(path)
    assert isinstance(last, BadRow) and "damaged here" in last.reason and line == cut_row[0] + 1
    assert [row for _line, row in rows] == ROWS[: len(rows)] and 1_000 < len(rows) < len(ROWS)


def test_a_damaged_zip_archive_tells_its_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.csv", CONTENT)
    path.write_bytes(path.read_bytes().replace(b"street 7919\n", b"street 7910\n"))
    assert [row.reason[:27] for _line, row in read(path) if isinstance(row, BadRow)] == ["The archive is damaged here"]


def test_an_archive_that_holds_nothing_readable_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(CONTENT.encode())[:8])
    with pytest.raises(UnusableInput, match="cannot be read"):
        read(path)


@pytest.mark.parametrize("lines", [True, False])
def test_the_columns_of_a_feature_are_its_properties(tmp_path: Path, lines: bool) -> None:
    point = {"type": "Point", "coordinates": [34.84, -19.84]}
    features = [
        {"type": "Feature", "id": "f1", "geometry": point, "properties": {"text": "Bridge out"}},
        {"type": "Feature", "geometry": None, "properties": {"id": "p2", "text": "No water"}},
    ]
    path = tmp_path / "a.geojson"
    collection = {"type": "FeatureCollection", "features": features}
    path.write_text("\n".join(map(json.dumps, features)) if lines else json.dumps(collection, indent=1))
    assert [row for _line, row in read(path)] == [
        {"id": "f1", "geometry": point, "text": "Bridge out"}, {"id": "p2", "text": "No water"},
    ]  # fmt: skip
