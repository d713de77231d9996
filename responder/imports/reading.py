"""A file of posts, read batch by batch: what was found out about it, and where a batch ends."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from classifier import tables
from classifier.tables import BadRow, UnusableInput
from responder.feeds.connectors import files
from responder.feeds.raw_post import RawPost

PASSED_AT_ONCE = 10_000  # rows
LOOKED_AT = 100  # rows from which the columns are understood
Item = RawPost | BadRow


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How a file is to be read, as far as a person says. What is empty is found out from the file.

    Arguments:
        form: one of `tables.FORMATS`.
        encoding: a codec's name.
        mapping: field → column.
        zone: of times that state none, as an IANA name.
        day_first: whether 3/4 is the 3rd of April.
    """

    form: str = ""
    encoding: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    zone: str = "UTC"
    day_first: bool | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is read."""

    form: str
    encoding: str = ""
    encoding_source: str = ""
    delimiter: str = ""
    hxl: Mapping[str, str] = field(default_factory=dict)
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Posts and bad rows in order.

    Arguments:
        start: rows of the file before this batch.
        rows: of the file in this batch, from which its items were read.
        line: of the last row that was read.
    """

    start: int
    rows: int
    items: list[Item]
    line: int


class UnclearColumns(UnusableInput):
    """No column can be taken for the text, or a chosen column is missing.

    Arguments:
        columns: that the file has.
    """

    def __init__(self, message: str, columns: Sequence[str]) -> None:
        super().__init__(message)
        self.columns = tuple(columns)


class PostFile:
    """An open file of posts. Close it, or use it in a `with` block.

    Arguments:
        path: of the file, or `-` for standard input.
        options: how it is to be read.

    Raises UnusableInput.
    """

    def __init__(self, path: str, options: ReadingOptions) -> None:
        self.options = options
        self._rows = tables.read_rows(path, form=options.form or None)
        self._first = list(islice(self._rows, LOOKED_AT))
        first = next((row for _line, row in self._first if not isinstance(row, BadRow)), None)
        if first is None:
            raise UnusableInput(_no_rows(self._first))
        self.columns = [str(name) for name in first]
        try:
            self.mapping = files.columns_of(first, options.mapping)
        except UnusableInput as error:
            raise UnclearColumns(str(error), self.columns) from error
        self.reading = Reading(form=options.form or "csv", encoding="utf-8")
        self.shape, self.notes = "", list[str]()
        self._pulled = self._line = 0

    def __enter__(self) -> "PostFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._rows.close()  # type: ignore[attr-defined]

    def batches(self, most: int, *, skip: int = 0, passing: Callable[[], None] = bool) -> Iterator[Batch]:
        """Yield the posts in batches of about `most`, each ending with a row of the file. Call it once.

        Arguments:
            skip: rows of the file to pass over.
            passing: called now and then meanwhile.
        """
        start, ends, items = skip, skip, list[Item]()
        for item in files.raw_posts(self._counted(skip, passing), self.mapping):
            if len(items) >= most and self._pulled > ends:  # a row may hold many posts, and is never divided
                yield Batch(start, self._pulled - 1 - start, items, self._line)
                start, items = self._pulled - 1, []
            ends = self._pulled
            items.append(item)
        if items:
            yield Batch(start, self._pulled - start, items, self._line)

    def _counted(self, skip: int, passing: Callable[[], None]) -> Iterator[tuple[int, dict[str, Any] | BadRow]]:
        for row in chain(self._first, self._rows):
            self._pulled, self._line = self._pulled + 1, row[0]
            if self._pulled > skip:
                yield row
            elif self._pulled % PASSED_AT_ONCE == 0:
                passing()


def _no_rows(rows: list[tuple[int, Any]]) -> str:
    if not rows:
        return "The file has no rows."
    return f"None of the first {len(rows)} rows could be read. The first error: {rows[0][1]}"
