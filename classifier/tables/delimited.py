"""Reads CSV and similar formats, line by line."""

import re
from collections.abc import Sequence
from typing import Any

from classifier.tables import delimiters, headers
from classifier.tables.fitting import fitted
from classifier.tables.limits import LINE_LIMIT, SAMPLE_LINES
from classifier.tables.lines import Lines
from classifier.tables.profiles import Profile
from classifier.tables.quotes import QuotedCells, readings, split
from classifier.tables.reading import Rows
from classifier.tables.rows import BadRow, Repair, Row, UnusableInput

SPACED = re.compile(r'[,;|\t] +"')
UNSPACED = re.compile(r'[,;|\t]"')
WRAPPED = "Each line is enclosed in quotation marks, which were removed."
DAMAGED = "The header contains invalid bytes."
FORMULA = re.compile(r'="(\d+)"')  # prevents Excel from rounding an ID
BOM, AGAIN = "\ufeff", "The header is repeated here."
QUOTE = "A quotation mark without a closing one was read as a character."


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
        wrapped = delimiters.are_wrapped(sample)
        if wrapped:
            lines.unwrap()
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
        self.notes = self.header.notes + (DAMAGED,) * damaged + (WRAPPED,) * wrapped
        self._profile = Profile(records[self.header.records :], len(self.header.names), self.delimiter)

    def rows(self) -> Rows:
        """Yield (line number, row) for each row that is not empty."""
        lines, delimiter, names = self._lines, self.delimiter, self.header.names
        width, unnamed = len(names), self.header.unnamed
        while lines.number < self._start:
            lines.next()
        lines.take_repairs()
        next_line, new, update, first = lines.next, Row.__new__, dict.update, names[0]
        while line := next_line():
            if '"' in line or len(line) > LINE_LIMIT:
                cells, plain = self._cells(line)
            else:
                cells, plain = line.rstrip("\r\n").split(delimiter), False
            if cells[0][:1] == BOM:  # concatenated files
                cells[0] = cells[0].lstrip(BOM)
            if cells[0].strip() == first and self._is_header(cells):
                lines.take_repairs()
                yield lines.number, BadRow(lines.number, AGAIN)
            elif len(cells) == width and not plain and not lines.repairs and not unnamed and cells[0]:
                row: Any = new(Row)
                update(row, zip(names, cells))  # noqa: B905 - strict costs a tenth, and the lengths are equal
                row.repairs = ()
                yield lines.number, row
            elif any(cells) and not all(map(str.isspace, filter(None, cells))):
                yield lines.number, self._mended(line, cells, plain)
            else:
                lines.take_repairs()

    def _is_header(self, cells: Sequence[str]) -> bool:
        return len(cells) > 1 and tuple(map(str.strip, cells)) == self.header.names

    def _sample(self) -> tuple[list[list[str]], list[int]]:
        """Return the first records, and the number of the last line of each. They will be read again as rows."""
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
        """Return the cells of the record that begins with `line`, and whether its quotation marks were read as characters."""
        if len(line) > LINE_LIMIT:
            return [line], True
        cells, taken = self._quoted.read(line)
        if cells is not None and (len(taken) == 1 or not self._has_swallowed(cells, taken)):
            return (list(map(_plain_id, cells)) if '="' in line else cells), False
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

    def _mended(self, content: str, cells: list[str], plain: bool) -> Row | BadRow:
        number, repairs = self._lines.number, list(self._lines.take_repairs())
        if len(content) > LINE_LIMIT:
            return BadRow(number, f"The row has more than {LINE_LIMIT:,} characters.")
        if plain:
            repairs.append(Repair(number, "quote", QUOTE))
        return fitted(number, cells, self.header, repairs, delimiter=self.delimiter, loose=plain or '"' not in content)


def _plain_id(cell: str) -> str:
    found = FORMULA.fullmatch(cell)
    return found[1] if found else cell
