"""Converts rows in any known format to posts. Reads the first rows ahead, to learn from them."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import Any

from classifier.tables import BadRow, Reading, require_column
from responder.feeds.raw_post import RawPost
from responder.feeds.shapes import annotations, fediverse, guessing, identity, table, twitter_v1, twitter_v2
from responder.feeds.shapes.columns import Columns, find, key
from responder.feeds.shapes.draft import Draft, Row
from responder.feeds.shapes.finishing import finished
from responder.feeds.shapes.times import Times

SAMPLE_ROWS = 2_000  # rows that decide on the date order, rounded IDs and the text column
SAMPLE_CHARACTERS = 8_000_000
SHAPES = 256  # cached sets of columns
FAMILIES = (twitter_v2, twitter_v1, fediverse, annotations)
# Errors from rows with values of unexpected types.
MALFORMED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
Rows = Iterable[tuple[int, Any]]


class Reader:
    """Reads the rows of one file.

    Arguments:
        sample: the first rows, from which it learns.
        mapping: field → column, as chosen by a person.
        tags: column → HXL tag.
        times: parses the file's times.

    Raises UnusableInput if the file lacks a mapped column, or if no column contains the text.
    """

    def __init__(
        self, sample: Sequence[Row], mapping: Mapping[str, str], tags: Mapping[str, str], times: Times
    ) -> None:
        self.mapping, self.tags, self.times = _existing(sample, mapping), tags, times
        self.guessed: str | None = None
        self.shapes: dict[str, None] = {}
        self._columns: dict[tuple[str, ...], Columns] = {}
        self._find_text(sample)
        drafts = [draft for row in sample for draft in self.drafts(row)]
        for draft in drafts:
            times.learn(draft.created_at)
        self.ids_rounded = identity.are_rounded(draft.id for draft in drafts)

    def posts(self, line: int, row: Row) -> Iterator[RawPost | BadRow]:
        """Yield the posts of a row, or BadRows with the reason; at least one item."""
        for draft in self.drafts(row):
            try:
                yield finished(line, draft, self.times, ids_rounded=self.ids_rounded)
            except MALFORMED as error:
                yield BadRow(line, f"The row has an unexpected structure ({type(error).__name__}).")

    def drafts(self, row: Row) -> list[Draft]:
        """Return the drafts of a row; never empty."""
        try:
            return self._family(row) or [table.draft(row, self.columns(row))]
        except MALFORMED as error:
            return [Draft(refused=f"The row has an unexpected structure ({type(error).__name__}).")]

    def columns(self, row: Row) -> Columns:
        """Return the columns of a flat row."""
        names = tuple(row)
        if names not in self._columns:
            found = find(names, self.mapping, self.tags)
            if "text" not in found.fields and self.guessed in row:
                found = Columns(found.shape, dict(found.fields) | {"text": str(self.guessed)}, found.in_utc)
            if len(self._columns) >= SHAPES:
                self._columns.clear()
            self._columns[names] = found
        return self._columns[names]

    def is_structured(self, row: Row) -> bool:
        """Whether a row has a structured format, which needs no column mapping."""
        try:
            return self._family(row) is not None
        except MALFORMED:
            return True

    def _family(self, row: Row) -> list[Draft] | None:
        if "text" in self.mapping:
            return None
        for family in FAMILIES:
            if drafts := family.drafts(row):
                self.shapes[family.NAME] = None
                return [table.override(draft, row, self.mapping) for draft in drafts] if self.mapping else drafts
        return None

    def _find_text(self, sample: Sequence[Row]) -> None:
        """Guess the text column if no row of the sample has a column with a usual name."""
        others = [row for row in sample if not self.is_structured(row)]
        if not others or len(others) < len(sample) or any("text" in self.columns(row).fields for row in others):
            return
        taken = {column for row in others for field, column in self.columns(row).fields.items() if field != "title"}
        self.guessed = guessing.text_column(others, taken)
        self._columns.clear()


def raw_posts(
    rows: Rows,
    mapping: Mapping[str, str],
    *,
    reading: Reading | None = None,
    zone: tzinfo | None = None,
    day_first: bool | None = None,
) -> Iterator[RawPost | BadRow]:
    """Convert rows to posts. Rows without a usable text become BadRows. Yields at least one item for each row.

    Arguments:
        rows: as `read_rows` or a Table yields them.
        mapping: field → column, for columns with unusual names.
        reading: how the file was opened.
        zone: time zone for times without one; None: UTC, and each such row counts as repaired.
        day_first: whether the day comes before the month in dates like 02/06/2023; None: detected from the dates.

    Raises UnusableInput if the file lacks a mapped column, or if no column contains the text.
    """
    remaining = iter(rows)
    first = list(sample(remaining))
    good = [row for _, row in first if not isinstance(row, BadRow)]
    tags = reading.hxl if reading is not None else {}
    reader = Reader(good, mapping, tags, Times(zone=zone, day_first=day_first))
    for line, row in itertools.chain(first, remaining):
        repairs = getattr(row, "repairs", ())
        if isinstance(row, BadRow):
            yield row
        elif repairs:
            yield from (_with_repairs(found, repairs) for found in reader.posts(line, row))
        else:
            yield from reader.posts(line, row)


def sample(rows: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    """Yield the first rows, limited by number and total size."""
    characters = 0
    for line, row in itertools.islice(rows, SAMPLE_ROWS):
        yield line, row
        characters += _size(row)
        if characters > SAMPLE_CHARACTERS:
            return


def _size(row: Any) -> int:
    """Return the approximate number of characters in a row, including nested values."""
    waiting, size = [row], 0
    while waiting:
        value = waiting.pop()
        size += len(value) if isinstance(value, str) else 10
        waiting += value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return size


def _with_repairs(found: RawPost | BadRow, repairs: tuple[Any, ...]) -> RawPost | BadRow:
    return found if isinstance(found, BadRow) else replace(found, repairs=(*repairs, *found.repairs))


def _existing(rows: Sequence[Row], mapping: Mapping[str, str]) -> dict[str, str]:
    """Return the mapping with the column names as in the file. Raises UnusableInput if a column is missing."""
    found = {}
    for field, column in mapping.items():
        named = next((one for row in rows for one in row if key(str(one)) == key(column)), None)
        if any(table.has(row, column) for row in rows):
            found[field] = column
        elif named is not None:
            found[field] = named
        elif rows:
            require_column(rows[0], column)
    return found
