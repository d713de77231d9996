"""Describes how a file is read, for previews and reports."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from classifier.tables.rows import BadRow, Row

Rows = Iterator[tuple[int, Row | BadRow]]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read.

    Arguments:
        form: csv (with any delimiter but a tab), tsv, ndjson, json, xlsx, xls or ods.
        encoding: such as "utf-8" or "windows-1256"; empty for spreadsheets.
        encoding_source: "BOM", "valid UTF-8", "mostly valid UTF-8", "guessed" or "stated"; empty for spreadsheets.
        delimiter: between cells; empty for JSON and spreadsheets.
        header: names of the columns; none for JSON.
        hxl: column → HXL tag, such as "#loc+name", where the file has a row of tags.
        skipped: number of lines before the header.
        notes: sentences about what was guessed or skipped.
    """

    form: str
    encoding: str = ""
    encoding_source: str = ""
    delimiter: str = ""
    header: tuple[str, ...] = ()
    hxl: Mapping[str, str] = field(default_factory=dict)
    skipped: int = 0
    notes: tuple[str, ...] = ()


class Table:
    """The rows of an open file.

    `reading` says how the file is understood; it is complete when the table is open.
    """

    def __init__(self, reading: Reading, rows: Rows) -> None:
        self.reading = reading
        self._rows = rows

    def rows(self) -> Rows:
        """Yield (line number, row), once. A row that can't be read is yielded as a BadRow.

        Raises UnusableInput where the file can't be read any further.
        """
        return self._rows
