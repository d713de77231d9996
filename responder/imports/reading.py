"""Reads a file of posts in batches."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import chain
from zoneinfo import ZoneInfo

from classifier import tables
from classifier.tables import BadRow, Row, UnusableInput
from responder.feeds.raw_post import RawPost
from responder.feeds.shapes import understand
from responder.feeds.shapes.reading import Reader, sample
from responder.feeds.shapes.times import Times

PASSED_AT_ONCE = 10_000  # rows skipped between two calls of `passing`
COLUMNS = 200  # columns to choose from
Item = RawPost | BadRow


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """The options that a person chose for reading a file. Empty options are detected from the file.

    Arguments:
        form: one of `tables.FORMATS`.
        encoding: a codec's name.
        mapping: field → column.
        zone: IANA time zone for times without one; empty: UTC, and each such time counts as a repair.
        day_first: whether 3/4 is the 3rd of April.
    """

    form: str = ""
    encoding: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    zone: str = ""
    day_first: bool | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Posts and bad rows in order.

    Arguments:
        start: number of rows before this batch.
        rows: number of rows in this batch.
        items: the posts and bad rows; at least one for each row.
        line: line number of the last row.
    """

    start: int
    rows: int
    items: list[Item]
    line: int


class UnclearColumns(UnusableInput):
    """It is unclear which column contains the text, or a chosen column is missing.

    Arguments:
        columns: the columns of the file.
    """

    def __init__(self, message: str, columns: Sequence[str]) -> None:
        super().__init__(message)
        self.columns = tuple(columns)


class PostFile:
    """An open file of posts. Close it, or use it in a `with` block.

    Its first rows determine how all are read, so the result is the same when it is opened again.

    Arguments:
        path: a file, or `-` for standard input.
        options: how to read it.

    Raises UnusableInput.
    """

    def __init__(self, path: str, options: ReadingOptions) -> None:
        with ExitStack() as opened:
            self._table = opened.enter_context(
                tables.open_table(path, form=options.form or None, encoding=options.encoding or None)
            )
            self._rows = self._table.rows()
            self._first = list(sample(self._rows))
            self.reading = self._table.reading
            good = [row for _line, row in self._first if not isinstance(row, BadRow)]
            if not good:
                raise UnusableInput(_no_rows(self._first))
            self.columns = _columns(good)
            zone = ZoneInfo(options.zone) if options.zone else None
            try:
                self._reader = Reader(
                    good, options.mapping, self.reading.hxl, Times(zone=zone, day_first=options.day_first)
                )
                self.understanding = understand(
                    self.reading, self._first, options.mapping, zone=zone, day_first=options.day_first
                )
            except UnusableInput as error:
                raise UnclearColumns(str(error), self.columns) from error
            self._opened = opened.pop_all()

    def __enter__(self) -> "PostFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._opened.close()

    def batches(self, most: int, *, skip: int = 0, passing: Callable[[], object] = bool) -> Iterator[Batch]:
        """Yield the posts in batches of about `most`, each ending with a row of the file. Call it once.

        Arguments:
            skip: number of rows to skip.
            passing: called regularly while rows are skipped.
        """
        start, last, items = skip, 0, list[Item]()
        number = 0
        for number, (line, row) in enumerate(chain(self._first, self._rows), start=1):
            if number <= skip:
                if number % PASSED_AT_ONCE == 0:
                    passing()
                continue
            items += self._items(line, row)
            last = line
            if len(items) >= most:  # a row may contain many posts, and is never split
                yield Batch(start, number - start, items, last)
                start, items = number, []
        if items:
            yield Batch(start, number - start, items, last)

    def _items(self, line: int, row: Row | BadRow) -> Iterator[Item]:
        if isinstance(row, BadRow):
            yield row
            return
        for item in self._reader.posts(line, row):
            if row.repairs and isinstance(item, RawPost):
                yield replace(item, repairs=(*row.repairs, *item.repairs))
            else:
                yield item


def _columns(rows: Sequence[Row]) -> list[str]:
    """The names of the rows' columns or keys, in order."""
    return list(dict.fromkeys(str(name) for row in rows[:COLUMNS] for name in row))[:COLUMNS]


def _no_rows(rows: Sequence[tuple[int, Row | BadRow]]) -> str:
    if not rows:
        return "The file has no rows."
    return f"None of the first {len(rows)} rows could be read. The first error: {rows[0][1]}"
