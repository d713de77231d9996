"""Workbooks: read back by another library, cells typed, nothing runs, memory bounded, what was shortened is counted."""

import io
import tempfile
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import python_calamine

from responder import workbooks
from responder.workbooks import Column
from tests.responder.test_spreadsheets import TEXTS


def read(content: bytes) -> dict[str, list[list[Any]]]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def made(columns: list[Column], rows: Any, **more: Any) -> dict[str, list[list[Any]]]:
    return read(b"".join(workbooks.pieces(columns, rows, sheet="rows", **more)))


def test_cells_keep_their_values_and_types() -> None:
    at = datetime(2023, 2, 6, 1, 17, 35, tzinfo=timezone(timedelta(hours=3)))
    columns = [
        Column("id", kind="id"),
        Column("n"),
        Column("ok"),
        Column("at", kind="time"),
        Column("text", kind="text"),
    ]
    rows = [
        [1622000111222333444, 1622000111222333444, True, at, "0012"],
        ["1622000111222333445", 0.25, False, datetime(1, 1, 1, tzinfo=UTC), "1e5"],
        [7, float("inf"), None, None, ""],
    ]
    sheets = made(columns, rows, about=[("Event", "River flood")])
    assert sheets["rows"] == [
        ["id", "n", "ok", "at", "text"],
        ["1622000111222333444", "1622000111222333444", True, datetime(2023, 2, 5, 22, 17, 35), "0012"],
        ["1622000111222333445", 0.25, False, "", "1e5"],
        ["7", "inf", "", "", ""],
    ]
    assert sheets["About"][:2] == [["Event", "River flood"], ["Rows", "3"]]


def test_tags_are_a_second_head_where_a_column_has_one() -> None:
    columns = [Column("id", "#meta+id"), Column("text", "#description+text")]
    content = b"".join(workbooks.pieces(columns, [["a", "b"]], sheet="rows"))
    assert read(content)["rows"] == [["id", "text"], ["#meta+id", "#description+text"], ["a", "b"]]
    page = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    assert 'ySplit="2"' in page and '<autoFilter ref="A2:B3"' in page


def test_texts_stay_as_they_are_and_none_is_a_formula_or_a_link() -> None:
    texts = [
        *TEXTS,
        "https://example.org/a",
        "internal:Sheet1!A1",
        "_x0041_",
        "{=1+1}",
        "<r>rich</r>",
        "<r><t>a</t></r><c/></r>",
    ]
    content = b"".join(workbooks.pieces([Column("text")], [[text] for text in texts], sheet="rows"))
    files = zipfile.ZipFile(io.BytesIO(content))
    page = files.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page and "<f " not in page and "hyperlink" not in page
    assert page.count('t="inlineStr"') == len(texts) + 1
    found = [row[0] for row in read(content)["rows"][1:]]
    assert [text.replace("\r\n", "\n").replace("\r", "\n") for text in found] == [
        text.replace("\r\n", "\n").replace("\r", "\n") for text in texts
    ]


def test_what_xml_cannot_hold_is_replaced_and_what_is_too_long_is_cut_and_counted() -> None:
    rows = [["a\x00b\x1b\ud83d\ufffe"], ["x" * 40_000], ["🌊" * 20_000], ["🌊" * 16_383]]
    sheets = made([Column("text")], rows)
    found = [row[0] for row in sheets["rows"][1:]]
    assert found[0] == "a\ufffdb\ufffd\ufffd\ufffd" and found[1] == "x" * 32_767
    assert found[2] == "🌊" * 16_383 == found[3]
    assert sheets["About"][-1][1].startswith("2 ")


def test_memory_does_not_grow_with_the_rows_and_nothing_is_left_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    peaks = []
    for number in (200, 4_000):
        tracemalloc.start()
        size = sum(map(len, workbooks.pieces([Column("text")] * 3, _rows(number), sheet="rows")))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert size > number
    assert peaks[1] < peaks[0] + 500_000  # the rows of the larger one are 12 MB
    pieces = workbooks.pieces([Column("text")], [["a"]], sheet="rows")
    next(pieces)
    assert list(tmp_path.iterdir())
    pieces.close()
    assert list(tmp_path.iterdir()) == []


def _rows(number: int) -> Iterator[list[str]]:
    for n in range(number):
        yield [f"{n} " + "x" * 1_000] * 3
