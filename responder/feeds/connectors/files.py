"""Posts from files: CSV, TSV, NDJSON, each also gzipped, with a mapping of columns.

The public research sets import as they are: their usual column names are known here.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from classifier.tables import FORMATS, BadRow, UnusableInput, read_rows, require_column, text_problem
from responder.feeds import source_positions
from responder.feeds.connectors.base import MAX_ID
from responder.feeds.raw_post import RawPost

__all__ = ["FORMATS", "columns_of", "parse_mapping", "parse_time", "raw_posts", "read_rows"]

KNOWN_NAMES: dict[str, tuple[str, ...]] = {
    "text": ("text", "tweet_text", "message", "content", "body"),
    "id": ("id", "tweet_id", "source_id", "post_id"),
    "created_at": ("created_at", "timestamp", "time", "date"),
    "lang": ("lang", "language"),
    "latitude": ("latitude", "lat", "geo_lat", "#geo+lat"),
    "longitude": ("longitude", "lon", "lng", "long", "geo_lon", "geo_long", "#geo+lon"),
    "author": ("author", "author_handle", "user", "screen_name", "username"),
}


def parse_mapping(text: str) -> dict[str, str]:
    """The mapping `text=tweet,id=key` as a dictionary; UnusableInput names what is wrong."""
    mapping = {}
    for pair in filter(None, text.split(",")):
        field, _, column = pair.partition("=")
        if field.strip() not in KNOWN_NAMES or not column.strip():
            raise UnusableInput(f"--map {pair!r}: write FIELD=COLUMN with FIELD one of {', '.join(KNOWN_NAMES)}")
        mapping[field.strip()] = column.strip()
    return mapping


def raw_posts(
    rows: Iterable[tuple[int, dict[str, Any] | BadRow]], mapping: Mapping[str, str]
) -> Iterator[RawPost | BadRow]:
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
    """Return the columns to read, by field. `mapping` comes before the known names.

    Raises UnusableInput if the file lacks a mapped column, or has no column with the text.
    """
    for column in mapping.values():
        require_column(row, column)
    found = {field: name for field, names in KNOWN_NAMES.items() for name in reversed(names) if name in row}
    columns = found | dict(mapping)
    if "text" not in columns:
        raise UnusableInput(
            f"No column holds the text; the file has: {', '.join(map(str, row))[:500]}. Name it with --map text=COLUMN."
        )
    return columns


def _raw_post(line: int, row: Mapping[str, Any], columns: Mapping[str, str]) -> RawPost | BadRow:
    problem = text_problem(line, row, columns["text"])
    if problem is not None:
        return problem
    text, source_id = cell(row, columns, "text"), cell(row, columns, "id")
    if len(source_id) > MAX_ID:
        return BadRow(line, f"the id has {len(source_id):,} characters; the limit is {MAX_ID}")
    try:
        created_at = parse_time(cell(row, columns, "created_at"))
    except ValueError as error:
        return BadRow(line, str(error))
    return RawPost(
        source_id=source_id or _content_id(text),
        text=text,
        created_at=created_at,
        lang=cell(row, columns, "lang")[:12],
        author_handle=cell(row, columns, "author")[:255],
        position=source_positions.from_columns(cell(row, columns, "latitude"), cell(row, columns, "longitude"))
        or source_positions.from_row(row),
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
