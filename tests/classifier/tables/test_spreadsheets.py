"""Workbooks: cells as people see them, and no workbook that takes more than its limits."""

import datetime
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import xlsxwriter

from classifier.tables import Row, UnusableInput, open_table, read_rows, sheet_process, spreadsheets

ODS_CONTENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet><table:table table:name="Posts">
<table:table-row>{0}</table:table-row><table:table-row>{1}</table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>"""
ODS_CELL = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'


def workbook(path: Path, **sheets: list[list[Any]]) -> str:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for position, cell in enumerate(row):
                    if cell is not None:
                        sheet.write(number, position, cell)
    return str(path)


def ods(path: Path, *rows: tuple[str, ...]) -> str:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr("content.xml", ODS_CONTENT.format(*("".join(map(ODS_CELL.format, row)) for row in rows)))
    return str(path)


def test_cells_are_texts_as_people_see_them(tmp_path: Path) -> None:
    moment = datetime.datetime(2023, 2, 6, 3, 17, 12)
    path = workbook(
        tmp_path / "a.xlsx",
        Posts=[["id", "text", "at", "n", "ok"], [17, "No water", moment, 1.5, True], [], [1622438871234567001, "x", None, 0.1, False]],
    )  # fmt: skip
    assert list(read_rows(path)) == [
        (2, {"id": "17", "text": "No water", "at": "2023-02-06T03:17:12", "n": "1.5", "ok": "true"}),
        (4, {"id": "1.62243887123457E+18", "text": "x", "at": "", "n": "0.1", "ok": "false"}),
    ]


def test_titles_tags_and_other_sheets_are_passed_over_and_told(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        **{"Read me": [["How to use this file"]], "Data": [["Survey 2023"], [], [None, "id ", "Text"], [None, "#meta+id", "#description"], [None, 1, "a"]], "Codes": [["x", "y"], [1, 2]]},
    )  # fmt: skip
    with open_table(path) as table:
        assert list(table.rows()) == [(5, {"id": "1", "Text": "a"})]
        reading = table.reading
    assert (reading.form, reading.header, reading.skipped) == ("xlsx", ("id", "Text"), 2)
    assert reading.hxl == {"id": "#meta+id", "Text": "#description"}
    assert "“Read me”, “Codes”" in reading.notes[0] and "Survey 2023" in reading.notes[1]


def test_a_cell_beside_the_columns_is_told(tmp_path: Path) -> None:
    rows = [["id", "text"], *([number, "a"] for number in range(150)), [150, "b", "to check"]]
    *_, (_, last) = read_rows(workbook(tmp_path / "a.xlsx", Posts=rows))
    assert isinstance(last, Row) and last == {"id": "150", "text": "b"}
    assert [(one.line, one.kind, one.lossy) for one in last.repairs] == [(152, "cells_extra", True)]


def test_a_workbook_of_open_document_is_read(tmp_path: Path) -> None:
    path = ods(tmp_path / "a.ods", ("id", "text"), ("1", "Pas d’eau à l’école"))
    with open_table(path) as table:
        assert table.reading.form == "ods" and list(table.rows()) == [(2, {"id": "1", "text": "Pas d’eau à l’école"})]


def test_the_content_decides_whatever_the_name_says(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.csv", Posts=[["id", "text"], [1, "a"]])
    assert list(read_rows(path, form="csv")) == [(2, {"id": "1", "text": "a"})]


def test_thousands_of_rows_are_read_and_reading_may_stop_early(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx", Posts=[["id", "text"], *([number, f"post {number}"] for number in range(5_000))]
    )
    assert [row["id"] for _, row in read_rows(path) if isinstance(row, Row)] == [str(number) for number in range(5_000)]
    with open_table(path) as table:
        assert next(table.rows())[1] == {"id": "0", "text": "post 0"}


def test_a_workbook_of_billions_of_cells_is_refused(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "text")
        sheet.write(1_048_575, 16_383, "x")
    with pytest.raises(UnusableInput, match="too large"):
        list(read_rows(str(tmp_path / "a.xlsx")))


def test_a_workbook_that_unpacks_to_more_than_allowed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path / "a.xlsx", Posts=[["id", "text"], *([number, "a"] for number in range(100))])
    monkeypatch.setattr(spreadsheets, "UNPACKED", 1_000)
    with pytest.raises(UnusableInput, match="too large"):
        list(read_rows(path))


@pytest.mark.parametrize("cut", [300, 2_000])
def test_a_damaged_workbook_is_refused(tmp_path: Path, cut: int) -> None:
    path = Path(workbook(tmp_path / "a.xlsx", Posts=[["id", "text"], [1, "a"]]))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(UnusableInput, match="not a valid"):
        list(read_rows(str(path)))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook")
    with pytest.raises(UnusableInput, match="not a valid"):
        list(read_rows(str(path)))


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="empty"):
        list(read_rows(workbook(tmp_path / "a.xlsx", Posts=[])))


def test_a_workbook_that_names_one_sheet_ten_thousand_times_is_parsed_a_few_times() -> None:
    parsed = []

    class Workbook:
        sheets_metadata = [SimpleNamespace(name=str(n), typ="WorkSheet", visible="Visible") for n in range(10_000)]

        def get_sheet_by_name(self, name: str) -> Any:
            parsed.append(name)
            return SimpleNamespace(iter_rows=lambda: iter(()))

    assert sheet_process._sheet(Workbook()) == ("", [])
    assert len(parsed) == sheet_process.MOST_SHEETS
