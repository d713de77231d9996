"""Rows of CSV and its relatives, line by line."""

import re
from collections.abc import Sequence
from typing import Any

from classifier.tables import delimiters, headers
from classifier.tables.headers import Header
from classifier.tables.limits import LINE_LIMIT, SAMPLE_LINES
from classifier.tables.lines import Lines
from classifier.tables.profiles import Profile
from classifier.tables.quotes import QuotedCells, readings, split
from classifier.tables.reading import Rows
from classifier.tables.rows import BadRow, Repair, Row, UnusableInput

LETTER = re.compile(r"[^\W\d_]")
SPACED = re.compile(r'[,;|\t] +"')
UNSPACED = re.compile(r'[,;|\t]"')
CODE_LENGTH = 40
DAMAGED = "The header contains invalid bytes."
FORMULA = re.compile(r'="(\d+)"')  # how Excel is kept from rounding an id
QUOTE = "A quotation mark that does not close was read as a character."


class Delimited:
    """A table of lines.

    Attributes:
        delimiter: between cells.
        header: the columns.
        skipped: number of lines before the header.
        notes: sentences about the header.
    """

    def __init__(self, lines: Lines, *, default: str, delimiter: str | None = None) -> None:
        self._lines = lines
        sample = lines.peek()
        stated = delimiters.stated_in(sample[0]) if sample else ""
        if stated:
            lines.next()
            sample = sample[1:]
        self.delimiter = delimiter or stated or delimiters.find(sample, default)
        spaced = any(map(SPACED.search, sample)) and not any(map(UNSPACED.search, sample))
        self._quoted = QuotedCells(lines, self.delimiter, spaced=spaced)
        records, ends = self._sample()
        self.header = headers.find(records)
        self.skipped = ends[self.header.before - 1] if self.header.before else int(bool(stated))
        self._start = ends[self.header.records - 1]
        damaged = any(repair.lossy and repair.line <= self._start for repair in lines.repairs)
        self.notes = self.header.notes + ((DAMAGED,) if damaged else ())
        self._profile = Profile(records[self.header.records :], len(self.header.names), self.delimiter)

    def rows(self) -> Rows:
        """Yield (line, row) of each row that is not empty."""
        lines, delimiter, names, text = self._lines, self.delimiter, self.header.names, self.header.text
        width, unnamed = len(names), self.header.unnamed
        while lines.number < self._start:
            lines.next()
        lines.take_repairs()
        next_line, new, update = lines.next, Row.__new__, dict.update
        while line := next_line():
            if '"' in line or len(line) > LINE_LIMIT:
                first = lines.number
                cells, plain = self._cells(line)
            else:
                cells, plain = line.rstrip("\r\n").split(delimiter), False
                first = lines.number
            if len(cells) == width and not plain and not lines.repairs and not unnamed and cells[0]:
                row: Any = new(Row)
                update(row, zip(names, cells))  # noqa: B905 - strict costs a tenth, and the lengths are equal
                row.repairs = ()
                yield lines.number, row
            elif any(cells) and not all(map(str.isspace, filter(None, cells))):
                yield lines.number, self._mended(first, line, cells, plain, text)
            else:
                lines.take_repairs()

    def _sample(self) -> tuple[list[list[str]], list[int]]:
        """The first records, and the line with which each ends. They are read again as rows."""
        lines, records, ends, taken = self._lines, list[list[str]](), list[int](), list[str]()
        while len(records) < SAMPLE_LINES // 2 and len(taken) < SAMPLE_LINES and (line := lines.next()):
            if len(line) > LINE_LIMIT:
                if not records:
                    raise UnusableInput(f"The header cannot be read: a row has more than {LINE_LIMIT:,} characters.")
                lines.push_back([line])
                break
            cells, record_lines = self._quoted.read(line)
            if cells is None:
                lines.push_back(record_lines[1:])
                cells, record_lines = split(line, self.delimiter), [line]
            records.append(cells)
            ends.append(lines.number)
            taken += record_lines
        lines.push_back(taken)
        return records, ends

    def _cells(self, line: str) -> tuple[list[str], bool]:
        """The cells of the record that begins with `line`, and whether its quotation marks were read as characters."""
        if len(line) > LINE_LIMIT:
            return [line], True
        cells, taken = self._quoted.read(line)
        if cells is not None and (len(taken) == 1 or not self._has_swallowed(cells, taken)):
            return (
                [found[1] if (found := FORMULA.fullmatch(cell)) else cell for cell in cells] if '="' in line else cells
            ), False
        self._lines.push_back(taken[1:])
        return self._plain(line), True

    def _has_swallowed(self, cells: Sequence[str], taken: Sequence[str]) -> bool:
        width = len(self.header.names)
        fits = len(cells) == width or not any(cells[width:])
        if not fits and len(split(taken[0], self.delimiter)) == width:
            return True
        return self._profile.has_swallowed(taken)

    def _plain(self, line: str) -> list[str]:
        width = len(self.header.names)
        found = list(readings(line, self.delimiter))
        return next((cells for cells in found if len(cells) == width), found[0])

    def _mended(self, line: int, content: str, cells: list[str], plain: bool, text: int | None) -> Row | BadRow:
        number, repairs = self._lines.number, list(self._lines.take_repairs())
        if len(content) > LINE_LIMIT:
            return BadRow(number, f"a row has more than {LINE_LIMIT:,} characters")
        if plain:
            repairs.append(Repair(number, "quote", QUOTE))
        return fitted(number, cells, self.header, repairs, delimiter=self.delimiter, loose=plain or '"' not in content)


def fitted(
    line: int,
    cells: list[str],
    header: Header,
    repairs: list[Repair],
    *,
    delimiter: str = "",
    loose: bool = False,
    grid: bool = False,
) -> Row | BadRow:
    """The row with exactly the header's columns, repaired where that is unambiguous.

    Arguments:
        repairs: those made already.
        delimiter: with which cells may be joined again.
        loose: whether the cells were not in quotation marks.
        grid: whether the position of each cell is certain, as in a spreadsheet.
    """
    width, count = len(header.names), len(cells)
    for mend in (_without_empty, _cut if grid else _rejoined, _filled_up):
        if len(cells) != width and (found := mend(line, cells, header, delimiter if loose else "")):
            cells, repair = found
            repairs += repair
    if len(cells) != width:
        return BadRow(line, f"{count:,} cells where the header has {width:,}")
    row = Row(zip(header.names, cells, strict=True), repairs=tuple(repairs))
    for name in header.unnamed:
        if not row[name].strip():
            del row[name]
    return row


Mended = tuple[list[str], list[Repair]]


def _without_empty(line: int, cells: list[str], header: Header, _delimiter: str) -> Mended | None:
    width, length = len(header.names), len(cells)
    while length > width and not cells[length - 1].strip():
        length -= 1
    if length == len(cells):
        return None
    if header.trailing:
        return cells[:length], []
    return cells[:length], [Repair(line, "cells_extra", "Empty cells after the last column were dropped.")]


def _cut(line: int, cells: list[str], header: Header, _delimiter: str) -> Mended | None:
    width = len(header.names)
    if len(cells) <= width:
        return None
    detail = f"Beside the named columns stands “{' '.join(cells[width:]).strip()[:60]}”, which was left out."
    return cells[:width], [Repair(line, "cells_extra", detail, lossy=True)]


def _rejoined(line: int, cells: list[str], header: Header, delimiter: str) -> Mended | None:
    """A text in the last column that contains the delimiter without quotation marks.

    The delimiter is certainly the text's where all cells before are short codes, such as ids and dates, and the text
    begins with words.
    """
    last = len(header.names) - 1
    if not delimiter or len(cells) <= last + 1 or header.text != last:
        return None
    before = all(not cell or (len(cell) <= CODE_LENGTH and any(map(str.isdigit, cell))) for cell in cells[:last])
    if not before or not LETTER.search(cells[last]):
        return None
    detail = "The text contains the delimiter without quotation marks; its parts were joined again."
    return [*cells[:last], delimiter.join(cells[last:])], [Repair(line, "delimiter", detail)]


def _filled_up(line: int, cells: list[str], header: Header, _delimiter: str) -> Mended | None:
    """A row without its last cells, which are empty. The text must be there."""
    missing, text = len(header.names) - len(cells), header.text
    if missing <= 0 or text is None or text >= len(cells) or not LETTER.search(cells[text]):
        return None
    detail = "The last cell is missing and was read as empty."
    if missing > 1:
        detail = f"The last {missing:,} cells are missing and were read as empty."
    return cells + [""] * missing, [Repair(line, "cells_missing", detail)]
