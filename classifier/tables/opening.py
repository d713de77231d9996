"""Opens a file: detects its format and yields its rows."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import IO

from classifier.tables import encodings, json_rows, kinds, sources, spreadsheets
from classifier.tables.delimited import Delimited
from classifier.tables.encodings import ERRORS, Encoding
from classifier.tables.json_values import Readable
from classifier.tables.limits import LINE_LIMIT, PAGE_LIMIT
from classifier.tables.lines import Lines
from classifier.tables.reading import Reading, Rows, Table
from classifier.tables.rows import BadRow, Row, UnusableInput
from classifier.tables.sources import READ_ERRORS, Source

FORMATS = ("csv", "tsv", "ndjson", "json", "xlsx", "ods")
SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".txt": "tsv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".geojson": "json",
    ".js": "json",
    ".xlsx": "xlsx",
    ".ods": "ods",
    ".xls": "xls",
}
TABULAR, JSON = ("csv", "tsv"), ("ndjson", "json")
DELIMITERS = {"tsv": "\t"}


def read_rows(path: str, *, form: str | None = None) -> Iterator[tuple[int, Row | BadRow]]:
    """Yield (line number, row) of a file. A row that can't be read is yielded as a BadRow.

    Arguments:
        path: a file, or `-` for standard input.
        form: one of FORMATS; default: by the file's suffix and content.

    Raises UnusableInput where the file can't be opened or holds no table.
    """
    with open_table(path, form=form) as table:
        yield from table.rows()


def is_packed(path: str) -> bool:
    """Whether a file is an archive, and so of no known size. Workbooks aren't: they have limits of their own."""
    try:
        return bool(sources.find(path).packing)
    except UnusableInput:
        return False  # whoever opens it learns why


@contextmanager
def open_table(
    path: str, *, form: str | None = None, encoding: str | None = None, delimiter: str | None = None
) -> Iterator[Table]:
    """Open a file, detect its format, and yield its rows.

    Arguments:
        path: a file, or `-` for standard input.
        form: one of FORMATS; default: by the file's suffix. Unambiguous content takes precedence.
        encoding: of a text file; default: detected from the content.
        delimiter: one character between cells; default: detected from the content.

    Raises UnusableInput.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n\0'):
        raise UnusableInput(f"The delimiter must be one character, such as ; or a tab: {delimiter[:20]!r}.")
    source = sources.find(path)
    if source.workbook:
        with spreadsheets.open_table(source) as table:
            yield table
        return
    form = _form(source, form)
    found = encodings.find(source, encoding)
    with _text(source, found) as stream:
        lines = Lines(stream, found.name, limit=PAGE_LIMIT if form in JSON else LINE_LIMIT)
        try:
            sample = lines.peek()
            kinds.refuse_binary(source.name, "".join(sample))
            if form in JSON or json_rows.looks_like_json("".join(sample)):
                reading, rows = _json(source, found, lines, sample, form)
            else:
                reading, rows = _delimited(found, lines, DELIMITERS.get(form, ","), delimiter)
        except (*READ_ERRORS, UnicodeError) as error:
            raise _broken(source, lines.number, error) from error
        yield Table(reading, _guarded(source, lines, rows))


def _json(source: Source, encoding: Encoding, lines: Lines, sample: list[str], form: str) -> tuple[Reading, Rows]:
    shape = json_rows.shape_of(sample)
    is_one_line = shape.whole and not shape.held and sum(map(bool, map(str.strip, sample))) == 1
    if shape.lines:
        rows = json_rows.of_lines(lines)
    else:  # standard input can't be opened again
        again: Callable[[], AbstractContextManager[Readable]]
        again = partial(_text, source, encoding) if source.repeatable else lambda: nullcontext(lines)
        rows = json_rows.of_values(again, shape, encoding.name)
    is_ndjson = shape.lines or (is_one_line and form == "ndjson")
    reading = Reading(
        form="ndjson" if is_ndjson else "json",
        encoding=encoding.name,
        encoding_source=encoding.source,
        notes=encoding.notes,
    )
    return reading, rows


def _delimited(encoding: Encoding, lines: Lines, default: str, delimiter: str | None) -> tuple[Reading, Rows]:
    table = Delimited(lines, default=default, delimiter=delimiter)
    header = table.header
    reading = Reading(
        form="tsv" if table.delimiter == "\t" else "csv",
        encoding=encoding.name,
        encoding_source=encoding.source,
        delimiter=table.delimiter,
        header=header.given,
        hxl=header.tags,
        skipped=table.skipped,
        notes=encoding.notes + table.notes,
    )
    return reading, table.rows()


def _form(source: Source, form: str | None) -> str:
    if form is not None:
        if form not in SUFFIXES.values():
            raise UnusableInput(f"The format {form[:20]!r} is unknown. Use one of: {', '.join(FORMATS)}.")
        if form not in TABULAR + JSON:
            raise UnusableInput(f"{source.name} is not a valid {form} workbook.")
        return form
    if not source.repeatable:
        return "ndjson"
    found = SUFFIXES.get(source.suffix, "csv")  # the content decides
    if found not in TABULAR + JSON:
        raise UnusableInput(
            f"{source.name} is not a valid {found} workbook. If it is a text file, use --format csv or --format ndjson."
        )
    return found


@contextmanager
def _text(source: Source, encoding: Encoding) -> Iterator[IO[str]]:
    newline = _newline(source.start(), encoding)
    with source.open() as stream:
        text = io.TextIOWrapper(stream, encoding=encoding.codec, errors=ERRORS, newline=newline)
        try:
            yield text
        finally:
            text.detach()


def _newline(start: bytes, encoding: Encoding) -> str:
    """How the lines end: where the first one ends with a line feed, a carriage return alone is a character of a cell."""
    first = re.search("\r\n|\n|\r", start.decode(encoding.codec, "ignore"))
    return "\n" if first and first[0] != "\r" else ""


def _guarded(source: Source, lines: Lines, rows: Rows) -> Rows:
    try:
        yield from rows
        if source.damage:
            reason = f"The archive is damaged here ({source.damage[0]}). The rest could not be read."
            yield lines.number + 1, BadRow(lines.number + 1, reason)
    except (*READ_ERRORS, UnicodeError) as error:
        raise _broken(source, lines.number, error) from error


def _broken(source: Source, line: int, error: BaseException) -> UnusableInput:
    where = f"beyond line {line:,}" if line else "at all"
    reason = str(getattr(error, "strerror", None) or error or type(error).__name__)[:200]
    return UnusableInput(f"{source.name} cannot be read {where}: {reason}")
