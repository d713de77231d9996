"""Splits lines with quotation marks into cells, even if they don't follow the rules of CSV."""

import csv
import functools
import re
from collections.abc import Iterator
from contextlib import suppress

from classifier.tables.limits import LINE_LIMIT, ROW_LINES
from classifier.tables.lines import Lines

WHOLE = re.compile(r'"(?:[^"]|"")*+"', re.S)
csv.field_size_limit(LINE_LIMIT)


class _Endless(Exception):
    """A quoted cell is longer than the limit."""


class QuotedCells:
    """The cells of records with quotation marks.

    A record that follows the rules may span lines. In one that doesn't, only the marks of its first line are read as
    characters; the following lines are records of their own.
    """

    def __init__(self, lines: Lines, delimiter: str, *, spaced: bool = False) -> None:
        self._lines, self._delimiter = lines, delimiter
        self._first, self._given, self._size = "", False, 0
        self._taken: list[str] = []
        self._reader = csv.reader(self, delimiter=delimiter, strict=True, skipinitialspace=spaced)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """Return the next line of the record, for the csv module."""
        if self._given:
            line = self._lines.next()
            if not line:
                raise StopIteration
            self._taken.append(line)
        else:
            line, self._given = self._first, True
        self._size += len(line)
        if self._size > LINE_LIMIT or len(self._taken) > ROW_LINES:
            raise _Endless
        return line

    def read(self, first: str) -> tuple[list[str] | None, list[str]]:
        """Return the cells of the record that begins with the line `first`, and its lines.

        The cells are None if a quotation mark is not closed correctly.
        """
        self._first, self._given, self._size, self._taken = first, False, 0, [first]
        try:
            return next(self._reader), self._taken
        except (csv.Error, _Endless, StopIteration):
            return None, self._taken


@functools.cache
def _patterns(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    d = re.escape(delimiter)
    return re.compile(rf'"((?:[^"]|""|"(?!{d}|\Z))*+)"(?={d}|\Z)'), re.compile(rf"[^{d}]*")


def split(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line. A quotation mark without a closing one before a delimiter or the end is a character."""
    line = line.rstrip("\r\n")
    if '"' not in line:
        return line.split(delimiter)
    quoted, plain = _patterns(delimiter)
    cells: list[str] = []
    at, closes = 0, True
    while True:
        found = quoted.match(line, at) if closes and line.startswith('"', at) else None
        if found:
            cells.append(found[1].replace('""', '"'))
        else:
            closes = closes and not line.startswith('"', at)  # no later mark closes either
            found = plain.match(line, at)
            assert found is not None
            cells.append(found[0])
        at = found.end() + 1
        if at > len(line):
            return cells


def _with_rests(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line in which text may follow a closing quotation mark. The marks of such a cell are kept."""
    d = re.escape(delimiter)
    cells = re.findall(rf'(?:^|{d})("(?:[^"]|"")*+"[^{d}]*|[^{d}]*)', line)
    return [cell[1:-1].replace('""', '"') if WHOLE.fullmatch(cell) else cell for cell in cells]


def readings(line: str, delimiter: str) -> Iterator[list[str]]:
    """Return possible splits of a line with misplaced quotation marks, the most probable one first."""
    text = line.rstrip("\r\n")
    if '\\"' in text:
        with suppress(csv.Error, StopIteration):
            yield next(csv.reader([text], delimiter=delimiter, strict=True, escapechar="\\"))
    yield split(text, delimiter)
    yield _with_rests(text, delimiter)
    yield text.split(delimiter)
    with suppress(csv.Error, StopIteration):
        yield next(csv.reader([text], delimiter=delimiter, strict=True, skipinitialspace=True))
