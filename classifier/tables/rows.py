"""Rows of files, what was repaired in them, and their columns."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

MAX_TEXT = 10_000
NAMES_SHOWN = 500  # characters of a file's column names in a message
SEPARATORS = str.maketrans("", "", " _-\t\n")


class UnusableInput(Exception):
    """The input can't be read at all: no such file, no text column, not a text file. The message says what to do."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that could not be read: its line number, counted from 1, and the reason."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Repair:
    """What was changed in a row so that it could be read.

    Arguments:
        line: of the row, counted from 1.
        kind: a short name, equal for all repairs of one kind, such as `text_cut` or `id_rounded`.
        detail: a sentence for people.
        lossy: whether something that the file says is not in the row any more.
    """

    line: int
    kind: str
    detail: str
    lossy: bool = False

    def __str__(self) -> str:
        return f"line {self.line}: {self.detail}"


class Row(dict[str, Any]):
    """A row of a file: column → value, and how it was repaired."""

    __slots__ = ("repairs",)

    def __init__(self, *cells: Any, repairs: tuple[Repair, ...] = (), **named: Any) -> None:
        super().__init__(*cells, **named)
        self.repairs = repairs


def column_named(columns: Collection[str], wanted: str) -> str | None:
    """Return the column that `wanted` means, or None.

    An exact match comes first, then one that ignores case, then one that also ignores spaces, underscores and hyphens.

    Arguments:
        columns: a row, or the names of a header.
    """
    if wanted in columns:
        return wanted
    names = [name for name in columns if isinstance(name, str)]
    for form in (_folded, _joined):
        if (key := form(wanted)) and (found := next((name for name in names if form(name) == key), None)):
            return found
    return None


def require_column(row: Mapping[str, Any], column: str) -> str:
    """Return the column of `row` (a file's first) that `column` means.

    Raises UnusableInput, naming the existing columns, if there is none.
    """
    if (found := column_named(row, column)) is None:
        raise UnusableInput(f"There is no column {column!r}; the file has: {', '.join(map(str, row))[:NAMES_SHOWN]}")
    return found


def text_problem(line: int, row: Mapping[str, Any], column: str) -> BadRow | None:
    """The problem with the row's text, or None."""
    if column not in row:
        return BadRow(line, f"there is no {column!r}")
    text = "" if row[column] is None else str(row[column])
    if not text.strip():
        return BadRow(line, "the text is empty")
    if len(text) > MAX_TEXT:
        return BadRow(line, f"the text has {len(text):,} characters; the limit is {MAX_TEXT:,}")
    return None


def _folded(name: str) -> str:
    return name.strip().casefold()


def _joined(name: str) -> str:
    return _folded(name).translate(SEPARATORS)
