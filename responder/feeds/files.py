"""Posts from files: CSV, TSV, NDJSON, each also gzipped, with a mapping of columns.

The public research sets import as they are: their usual column names are known here.
"""

import csv
import gzip
import hashlib
import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from responder.feeds.base import MAX_ID, MAX_TEXT, BadRow, RawPost, UnusableInput

KNOWN_NAMES: dict[str, tuple[str, ...]] = {
    "text": ("text", "tweet_text", "message", "content", "body"),
    "id": ("id", "tweet_id", "source_id", "post_id"),
    "created_at": ("created_at", "timestamp", "time", "date"),
    "lang": ("lang", "language"),
    "author": ("author", "author_handle", "user", "screen_name", "username"),
}
FORMATS = ("csv", "tsv", "ndjson")
SUFFIXES = {".csv": "csv", ".tsv": "tsv", ".txt": "tsv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "ndjson"}
FIELD_LIMIT = 1_000_000


def parse_mapping(text: str) -> dict[str, str]:
    """`text=tweet,id=key` as a dictionary; UnusableInput names what is wrong."""
    mapping = {}
    for pair in filter(None, text.split(",")):
        field, _, column = pair.partition("=")
        if field.strip() not in KNOWN_NAMES or not column.strip():
            raise UnusableInput(f"--map {pair!r}: write FIELD=COLUMN with FIELD one of {', '.join(KNOWN_NAMES)}")
        mapping[field.strip()] = column.strip()
    return mapping


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


def raw_posts(rows: Iterable[tuple[int, dict[str, Any] | BadRow]], mapping: Mapping[str, str]) -> Iterator[RawPost | BadRow]:
    """Turn rows into posts; rows without usable text come as BadRows.

    Arguments:
        rows: as `read_rows` yields them.
        mapping: field → column, for columns whose names are not the known ones.
    """
    columns: dict[str, str] | None = None
    for line, row in rows:
        if isinstance(row, BadRow):
            yield row
            continue
        columns = columns or columns_of(row, mapping)
        yield _raw_post(line, row, columns)


def columns_of(row: Mapping[str, Any], mapping: Mapping[str, str]) -> dict[str, str]:
    """Field → column for this file; UnusableInput where a mapped column or the text is missing."""
    for column in mapping.values():
        if column not in row:
            raise UnusableInput(f"There is no column {column!r}; the file has: {', '.join(map(str, row))[:500]}")
    found = {field: name for field, names in KNOWN_NAMES.items() for name in reversed(names) if name in row}
    columns = found | dict(mapping)
    if "text" not in columns:
        raise UnusableInput(
            f"No column holds the text; the file has: {', '.join(map(str, row))[:500]}. Name it with --map text=COLUMN."
        )
    return columns


def _format_of(path: str) -> str:
    if path == "-":
        return "ndjson"
    suffixes = [suffix for suffix in Path(path).suffixes if suffix != ".gz"]
    form = SUFFIXES.get(suffixes[-1].lower()) if suffixes else None
    if form is None:
        raise UnusableInput(f"{Path(path).name}: the format is not clear from the name; say --format {'|'.join(FORMATS)}")
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
                yield reader.line_num, BadRow(reader.line_num, f"{len(cells)} cells where the header has {len(header)}")
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


def _raw_post(line: int, row: Mapping[str, Any], columns: Mapping[str, str]) -> RawPost | BadRow:
    text = cell(row, columns, "text")
    if not text.strip():
        return BadRow(line, "the text is empty")
    if len(text) > MAX_TEXT:
        return BadRow(line, f"the text has {len(text):,} characters; the limit is {MAX_TEXT:,}")
    try:
        created_at = parse_time(cell(row, columns, "created_at"))
    except ValueError as error:
        return BadRow(line, str(error))
    return RawPost(
        source_id=(cell(row, columns, "id") or _content_id(text))[:MAX_ID],
        text=text,
        created_at=created_at,
        lang=cell(row, columns, "lang")[:12],
        author_handle=cell(row, columns, "author")[:255],
    )


def cell(row: Mapping[str, Any], columns: Mapping[str, str], field: str) -> str:
    """The field's value as text that a database can store; empty where the row has none."""
    value = row.get(columns.get(field, ""), "")
    text = "" if value is None else str(value)
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def parse_time(text: str) -> datetime | None:
    """ISO 8601 or Unix seconds as an aware datetime; None for an empty text; ValueError otherwise."""
    if not text:
        return None
    try:
        moment = datetime.fromtimestamp(float(text), UTC) if _is_number(text) else datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"created_at {text[:40]!r} is neither ISO 8601 nor Unix seconds") from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _content_id(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
