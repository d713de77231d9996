"""Reading of tables: CSV, TSV and NDJSON, optionally gzipped, line by line with bounded memory."""

import csv
import gzip
import io
import itertools
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from classifier import bounded_json
from classifier.tables.reading import Reading, Rows, Table
from classifier.tables.rows import BadRow, Row, UnusableInput

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


def read_rows(path: str, *, form: str | None = None) -> Rows:
    """Yield (line number, row) of a file. A row that can't be read is yielded as a BadRow.

    Arguments:
        path: a file, or `-` for standard input.
        form: csv, tsv or ndjson; default: by the file's suffix, ignoring `.gz`.

    Raises:
        UnusableInput: the file can't be opened or is not of that format at all.
    """
    with open_table(path, form=form) as table:
        yield from table.rows()


@contextmanager
def open_table(
    path: str, *, form: str | None = None, encoding: str | None = None, delimiter: str | None = None
) -> Iterator[Table]:
    """Open a file, find out how to read it, and give its rows.

    Arguments:
        path: a file, or `-` for standard input.
        form: csv, tsv or ndjson; default: by the file's suffix and content.
        encoding: of the text; default: found from the content.
        delimiter: between cells; default: found from the content.

    Raises UnusableInput.
    """
    form = form or _format_of(path)
    between = "" if form == "ndjson" else delimiter or ("\t" if form == "tsv" else ",")
    with _open(path) as stream:
        rows = _json_rows(stream) if form == "ndjson" else _table_rows(stream, between)
        first = next(rows, None)
        header = tuple(first[1]) if first and isinstance(first[1], Row) and form != "ndjson" else ()
        reading = Reading(form=form, encoding="utf-8", encoding_source="valid UTF-8", delimiter=between, header=header)
        yield Table(reading, itertools.chain(filter(None, [first]), rows))


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


def _table_rows(stream: IO[str], delimiter: str) -> Rows:
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
            yield reader.line_num, Row(zip(header, cells, strict=True))
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


def _json_rows(stream: IO[str]) -> Rows:
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


def _json_row(line: int, content: str) -> Row | BadRow:
    try:
        row = bounded_json.loads(content.encode(errors="replace"), most_values=VALUE_LIMIT)
    except (ValueError, RecursionError) as error:
        return BadRow(line, f"not JSON: {str(error)[:100]}")
    return Row(row) if isinstance(row, dict) else BadRow(line, "not a JSON object")
