"""Excel workbooks (XLSX) of one table and a sheet "About", written row by row with bounded memory.

A workbook is a ZIP whose parts refer to each other, so its first byte is known when the last row is written: rows go to a
temporary folder, and the finished file is sent from there.
"""

import math
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A sheet has room for 1,048,576 rows. Ours end earlier: 100,000 posts take about 20 s, and proxies wait 60 s for the first byte.
MOST_ROWS = 100_000
MOST_UNITS = 32_767  # UTF-16 code units of a cell
MOST_DIGITS = 15  # Excel rounds longer numbers
BLOCK = 64 * 1024
ILLEGAL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML
TIME_FORMAT = "yyyy-mm-dd hh:mm:ss"
FIRST_YEAR, LAST_YEAR = 1900, 9999  # of Excel's calendar
WIDTHS = {"text": 60, "time": 20, "id": 22, "value": 14}
Cell = str | int | float | bool | datetime | None
Kind = Literal["value", "id", "text", "time"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet.

    Arguments:
        name, tag: its heads; the second row is left out if no column has a tag.
        kind: `id` cells are always text, `text` columns are wide, `time` cells are dates in UTC.
    """

    name: str
    tag: str = ""
    kind: Kind = "value"


def pieces(
    columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, sheet: str, about: Sequence[tuple[str, str]] = ()
) -> Iterator[bytes]:
    """The file's content. All rows are read before the first piece.

    Arguments:
        sheet: name of the sheet with the rows; the second one is "About".
        about: label and value of each line of "About". The numbers of rows and of shortened cells are added.
    """
    with tempfile.TemporaryDirectory(prefix="responder-xlsx-") as folder:
        path = Path(folder) / "file.xlsx"
        _Book(path).write(columns, rows, sheet=sheet, about=about)
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                yield block


class _Book:
    def __init__(self, path: Path) -> None:
        from xlsxwriter import Workbook
        from xlsxwriter.worksheet import Worksheet

        class Sheet(Worksheet):
            def _xml_rich_inline_string(self, string: str, attributes: Any) -> None:
                # The library takes `<r>…</r>` for markup of its own and writes it as it is: a post could break the file.
                self._xml_inline_string(string, True, attributes)

        # Whatever a text looks like, it is a text: no formula, no link, no number.
        self._book = Workbook(str(path), {
            "constant_memory": True, "tmpdir": str(path.parent), "strings_to_formulas": False, "strings_to_urls": False,
            "strings_to_numbers": False,
        })  # fmt: skip
        self._class = Sheet
        self._bold = self._book.add_format({"bold": True})
        self._time = self._book.add_format({"num_format": TIME_FORMAT})
        self._shortened = 0

    def write(
        self, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, sheet: str, about: Sequence[tuple[str, str]]
    ) -> None:
        page, notes = self._book.add_worksheet(sheet, self._class), self._book.add_worksheet("About", self._class)
        heads = [[column.name for column in columns]]
        if any(column.tag for column in columns):
            heads.append([column.tag for column in columns])
        for number, column in enumerate(columns):
            page.set_column(number, number, WIDTHS[column.kind])
        for number, head in enumerate(heads):
            for place, text in enumerate(head):
                page.write_string(number, place, text, self._bold)
        page.freeze_panes(len(heads), 0)
        page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        last = len(heads) - 1
        for row in rows:
            last += 1
            for place, (column, cell) in enumerate(zip(columns, row, strict=True)):
                self._cell(page, last, place, column, cell)
        page.autofilter(len(heads) - 1, 0, last, len(columns) - 1)
        self._notes(notes, [*about, ("Rows", str(last - len(heads) + 1)), ("Shortened cells", self._shortened_note())])
        self._book.close()

    def _cell(self, page: Any, row: int, place: int, column: Column, cell: Cell) -> None:
        if cell is None or cell == "":
            return
        if isinstance(cell, datetime):
            if FIRST_YEAR <= cell.year < LAST_YEAR:
                page.write_datetime(row, place, cell.astimezone(UTC).replace(tzinfo=None), self._time)
        elif isinstance(cell, bool):
            page.write_boolean(row, place, cell)
        elif isinstance(cell, str) or column.kind == "id" or _is_rounded(cell):
            page.write_string(row, place, self._text(str(cell)))
        else:
            page.write_number(row, place, cell)

    def _text(self, text: str) -> str:
        text = ILLEGAL.sub("\ufffd", text)
        if len(text) > MOST_UNITS // 2 and len(units := text.encode("utf-16-le")) > MOST_UNITS * 2:
            self._shortened += 1
            return units[: MOST_UNITS * 2].decode("utf-16-le", "ignore")
        return text

    def _shortened_note(self) -> str:
        return f"{self._shortened} (a cell of Excel holds at most {MOST_UNITS:,} characters)"

    def _notes(self, page: Any, lines: Sequence[tuple[str, str]]) -> None:
        page.set_column(0, 0, WIDTHS["id"])
        page.set_column(1, 1, WIDTHS["text"])
        for number, (label, value) in enumerate(lines):
            page.write_string(number, 0, label, self._bold)
            page.write_string(number, 1, self._text(value))


def _is_rounded(number: float) -> bool:
    return len(str(abs(number))) > MOST_DIGITS if isinstance(number, int) else not math.isfinite(number)
