"""Rows of files: CSV, TSV and NDJSON, each also gzipped, read line by line with bounded memory."""

import csv
import gzip
import io
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

FORMATS = ("csv", "tsv", "ndjson")
SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "tsv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "ndjson",
}
FIELD_LIMIT = 1_000_000
MAX_TEXT = 10_000


class UnusableInput(Exception):
    """The whole input is of no use: no such file, no text column, not a text file. The message says what to do."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that could not be read: its line number, counted from 1, and why."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


def read_rows(path: str, *, form: str | None = None) -> Iterator[tuple[int, dict[str, Any] | BadRow]]:
    """Yield (line number, row) of a file; a row that cannot be read comes as a BadRow.

    Arguments:
        path: a file, or `-` for standard input.
        form: csv, tsv or ndjson; default: by the file's suffix, `.gz` ignored.

    Raises:
        UnusableInput: the file cannot be opened or is not of that format at all.
    """
    form = form or _format_of(path)
    with _open(path) as stream:
        yield from (_json_rows(stream) if form == "ndjson" else _table_rows(stream, "\t" if form == "tsv" else ","))


def require_column(row: Mapping[str, Any], column: str) -> None:
    """Raise UnusableInput, naming the columns there are, where `row` (a file's first) lacks `column`."""
    if column not in row:
        raise UnusableInput(f"There is no column {column!r}; the file has: {', '.join(map(str, row))[:500]}")


def text_problem(line: int, row: Mapping[str, Any], column: str) -> BadRow | None:
    """What is wrong with the row's text, or None."""
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
    csv.field_size_limit(FIELD_LIMIT)
    reader = csv.reader((line.replace("\0", "") for line in stream), delimiter=delimiter)
    try:
        header = next(reader, None)
        if not header:
            raise UnusableInput("The file is empty: it needs a line of column names and rows below it.")
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                yield (
                    reader.line_num,
                    BadRow(reader.line_num, f"{len(cells)} cells where the header has {len(header)}"),
                )
                continue
            yield reader.line_num, dict(zip(header, cells, strict=True))
    except (OSError, EOFError, csv.Error) as error:
        raise UnusableInput(f"The file cannot be read beyond line {reader.line_num}: {error}") from error


def _json_rows(stream: IO[str]) -> Iterator[tuple[int, dict[str, Any] | BadRow]]:
    line = 0
    try:
        for line, content in enumerate(stream, start=1):
            if content.strip():
                yield line, _json_row(line, content)
    except (OSError, EOFError) as error:
        raise UnusableInput(f"The file cannot be read beyond line {line}: {error}") from error


def _json_row(line: int, content: str) -> dict[str, Any] | BadRow:
    try:
        row = json.loads(content)
    except (ValueError, RecursionError) as error:
        return BadRow(line, f"not JSON: {str(error)[:100]}")
    return row if isinstance(row, dict) else BadRow(line, "not a JSON object")
