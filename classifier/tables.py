"""Reading of tables: CSV, TSV and NDJSON, optionally gzipped, line by line with bounded memory."""

import csv
import gzip
import io
import sys
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from classifier import bounded_json

FORMATS = ("csv", "tsv", "ndjson")
SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "tsv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "ndjson",
}
LINE_LIMIT = 1_000_000  # characters of a line, of a multi-line row, and so of a cell
COLUMN_LIMIT = 2_000
VALUE_LIMIT = 5_000  # of a row of NDJSON
SKIP_LIMIT = 20_000_000  # characters of one line that are read to find its end
MAX_TEXT = 10_000


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


def read_rows(path: str, *, form: str | None = None) -> Iterator[tuple[int, dict[str, Any] | BadRow]]:
    """Yield (line number, row) of a file. A row that can't be read is yielded as a BadRow.

    Arguments:
        path: a file, or `-` for standard input.
        form: csv, tsv or ndjson; default: by the file's suffix, ignoring `.gz`.

    Raises:
        UnusableInput: the file can't be opened or is not of that format at all.
    """
    form = form or _format_of(path)
    with _open(path) as stream:
        yield from (_json_rows(stream) if form == "ndjson" else _table_rows(stream, "\t" if form == "tsv" else ","))


def require_column(row: Mapping[str, Any], column: str) -> None:
    """Raise UnusableInput, naming the existing columns, if `row` (a file's first) lacks `column`."""
    if column not in row:
        raise UnusableInput(f"There is no column {column!r}; the file has: {', '.join(map(str, row))[:500]}")


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


def _format_of(path: str) -> str:
    if path == "-":
        return "ndjson"
    suffixes = [suffix for suffix in Path(path).suffixes if suffix != ".gz"]
    form = SUFFIXES.get(suffixes[-1].lower()) if suffixes else None
    if form is None:
        raise UnusableInput(
            f"{Path(path).name}: the format is not clear from the name; say --format {'|'.join(FORMATS)}"
        )
    return form


def _open(path: str) -> IO[str]:
    if path == "-":
        return io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", errors="replace", newline="")
    try:
        if Path(path).suffix == ".gz":
            return gzip.open(path, "rt", encoding="utf-8-sig", errors="replace", newline="")
        return open(path, encoding="utf-8-sig", errors="replace", newline="")
    except OSError as error:
        raise UnusableInput(f"{path}: {error.strerror or error}") from error


def _table_rows(stream: IO[str], delimiter: str) -> Iterator[tuple[int, dict[str, Any] | BadRow]]:
    csv.field_size_limit(LINE_LIMIT)
    lines = _TableLines(stream)
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        header = next(reader, None)
        if not header:
            raise UnusableInput("The file is empty. It needs a header row and at least one row below it.")
        if len(header) > COLUMN_LIMIT:
            raise UnusableInput(f"The file has {len(header):,} columns; the limit is {COLUMN_LIMIT:,}.")
        for cells in reader:
            lines.row_length = 0
            if not cells:
                continue
            if len(cells) != len(header):
                yield (
                    reader.line_num,
                    BadRow(reader.line_num, f"{len(cells)} cells where the header has {len(header)}"),
                )
                continue
            yield reader.line_num, dict(zip(header, cells, strict=True))
    except (OSError, EOFError, zlib.error, csv.Error) as error:
        raise UnusableInput(f"The file cannot be read beyond line {reader.line_num}: {error}") from error


class _TableLines:
    """The lines of a table for its reader. Limits the length of rows, since a quoted cell may span several lines."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream, self.row_length = stream, 0

    def __iter__(self) -> Iterator[str]:
        while line := self._stream.readline(LINE_LIMIT + 1):
            self.row_length += len(line)
            if self.row_length > LINE_LIMIT:
                raise csv.Error(f"a row has more than {LINE_LIMIT:,} characters; is a quotation mark missing?")
            yield line.replace("\0", "")


def _json_rows(stream: IO[str]) -> Iterator[tuple[int, dict[str, Any] | BadRow]]:
    line = 0
    try:
        while content := stream.readline(LINE_LIMIT + 1):
            line += 1
            if len(content) > LINE_LIMIT:
                _skip_line(stream, content, line)
                yield line, BadRow(line, f"the line has more than {LINE_LIMIT:,} characters")
            elif content.strip():
                yield line, _json_row(line, content)
    except (OSError, EOFError, zlib.error) as error:
        raise UnusableInput(f"The file cannot be read beyond line {line}: {error}") from error


def _skip_line(stream: IO[str], content: str, line: int) -> None:
    skipped = 0
    while content and not content.endswith(("\n", "\r")):
        content = stream.readline(LINE_LIMIT)
        skipped += len(content)
        if skipped > SKIP_LIMIT:
            raise UnusableInput(f"The file cannot be read beyond line {line}, which does not end.")


def _json_row(line: int, content: str) -> dict[str, Any] | BadRow:
    try:
        row = bounded_json.loads(content.encode(errors="replace"), most_values=VALUE_LIMIT)
    except (ValueError, RecursionError) as error:
        return BadRow(line, f"not JSON: {str(error)[:100]}")
    return row if isinstance(row, dict) else BadRow(line, "not a JSON object")
