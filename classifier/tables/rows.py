"""Rows of files, their repairs and their columns."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from classifier.tables.limits import GREATEST_ID, LEAST_ID

MAX_TEXT = 10_000
NAMES_SHOWN = 500  # characters of a file's column names in a message
SEPARATORS = str.maketrans("", "", " _-\t\n")


def counted(count: int, noun: str) -> str:
    """A number with its noun in the singular or plural, such as `1,200 cells`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def invalid_bytes(count: int, encoding: str, replacement: str) -> str:
    """The sentence about bytes that were replaced because they are invalid in the encoding."""
    verb = "is invalid in" if count == 1 else "are invalid in"
    return f"{counted(count, 'byte')} {verb} {encoding} and shown as {replacement}."


class UnusableInput(Exception):
    """The input can't be read at all, for example because the file is missing or has no text column. The message says what to do."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that could not be read: its line number, counted from 1, and the reason."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Repair:
    """A change to a row that made it readable.

    Arguments:
        line: of the row, counted from 1.
        kind: the kind of the repair, such as `text_cut` or `id_rounded`.
        detail: a sentence for people.
        lossy: whether information of the file is lost.
    """

    line: int
    kind: str
    detail: str
    lossy: bool = False

    def __str__(self) -> str:
        return f"line {self.line}: {self.detail}"


class Row(dict[str, Any]):
    """A row of a file: column → value, and its repairs."""

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
        raise UnusableInput(f"There is no column {column!r}. The file has: {', '.join(map(str, row))[:NAMES_SHOWN]}.")
    return found


def text_problem(line: int, row: Mapping[str, Any], column: str) -> BadRow | None:
    """The problem with the row's text, or None."""
    if column not in row:
        return BadRow(line, f"There is no column {column!r}.")
    text = "" if row[column] is None else str(row[column])
    if not text.strip():
        return BadRow(line, "The text is empty.")
    if len(text) > MAX_TEXT:
        return BadRow(line, f"The text has {len(text):,} characters; the limit is {MAX_TEXT:,}.")
    return None


def id_problem(line: int, row: Mapping[str, Any], column: str) -> BadRow | None:
    """The problem with the row's id, or None. JSON may hold what is no id: 17 is one, 17.0, true and lists aren't."""
    value = row.get(column)
    if value is None or isinstance(value, str):
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        return BadRow(line, "The ID must be a text or a whole number.")
    if not LEAST_ID <= value <= GREATEST_ID:
        return BadRow(line, "A number of more than 64 bits can't be an ID. Write it as a text.")
    return None


def _folded(name: str) -> str:
    return name.strip().casefold()


def _joined(name: str) -> str:
    return _folded(name).translate(SEPARATORS)
