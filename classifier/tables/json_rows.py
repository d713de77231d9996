"""Reads rows from JSON: one object per line, an array of objects, or an object that contains such an array."""

import itertools
import re
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from classifier import bounded_json
from classifier.tables.encodings import MARK
from classifier.tables.json_values import Endless, Readable, Value, Values
from classifier.tables.limits import LINE_LIMIT, PAGE_LIMIT, PAGE_VALUES, VALUE_LIMIT
from classifier.tables.lines import REPLACEMENT, Lines
from classifier.tables.reading import Rows
from classifier.tables.rows import BadRow, Repair, Row, invalid_bytes

ASSIGNMENT = re.compile(
    r"\s*(?:window\.|var |const |let )?[\w.$]+\s*=\s*(?=\[)"
)  # an X archive: window.YTD.tweets.part0 =
HOLDERS = (
    "features", "posts", "data", "tweets", "statuses", "items", "results", "messages", "records", "rows", "entries",
    "reports", "submissions",
)  # fmt: skip
HOLDER = re.compile(rf'"({"|".join(HOLDERS)})"\s*:\s*\[')
PAGE = re.compile(r'\s*\{\s*"(?:data|includes|meta|errors|statuses|features|type|posts)"\s*:')
AROUND = frozenset(("includes", "meta", "errors"))  # with `data`, they form a page of X's API, which must not be split


@dataclass(frozen=True, slots=True)
class Shape:
    """How the objects are arranged in a text.

    Arguments:
        lines: whether each line holds one.
        start: characters before the first value.
        inside: whether the values are elements of an array.
        whole: whether the first value is an object that may hold all others.
        held: characters before the first of those, or 0.
    """

    lines: bool
    start: int = 0
    inside: bool = False
    whole: bool = False
    held: int = 0


def looks_like_json(text: str) -> bool:
    """Whether a text begins with a JSON object, a list of objects, or a script that assigns one."""
    start = text.lstrip()
    if start.startswith("{"):
        return bool(re.match(r'\{\s*(?:"|\})', start))
    return bool(re.match(r"\[\s*\{", start) or (ASSIGNMENT.match(text) and "{" in text))


def shape_of(sample: list[str]) -> Shape:
    """Return how the objects are arranged in a text, from its first lines."""
    text = "".join(sample)
    if assigned := ASSIGNMENT.match(text):
        return Shape(lines=False, start=assigned.end() + 1, inside=True)
    filled = [line for line in sample if line.strip()]
    start = text[: len(text) - len(text.lstrip())]
    first = text[len(start) : len(start) + 1]
    if first == "[":
        return Shape(lines=len(filled) > 1 and _is_json(filled[0]), start=len(start) + 1, inside=True)
    if first != "{" or (len(filled) > 1 and 2 * sum(map(_is_object, filled)) >= len(filled)):
        return Shape(lines=True)
    holder = HOLDER.search(text)
    return Shape(lines=False, start=len(start), whole=True, held=holder.end() if holder else 0)


def _is_object(line: str) -> bool:
    return line.startswith("{") and line.rstrip().endswith("}") and _is_json(line)


def _is_json(line: str) -> bool:
    try:
        bounded_json.loads(line.encode(errors="replace"), most_values=PAGE_VALUES)
    except (ValueError, RecursionError):
        return False
    return True


def of_lines(lines: Lines) -> Rows:
    """Yield the rows of a text with an object in each line. The limit of `lines` is that of a page of posts."""
    while line := lines.next():
        number, repairs = lines.number, lines.take_repairs()
        if len(line) > LINE_LIMIT and not (len(line) <= PAGE_LIMIT and PAGE.match(line)):
            yield number, BadRow(number, f"The line has more than {LINE_LIMIT:,} characters.")
        elif line.strip():
            yield number, _row(number, line, repairs)


def of_values(open_text: Callable[[], AbstractContextManager[Readable]], shape: Shape, encoding: str) -> Rows:
    """Yield the rows of a text whose objects span lines. `open_text` gives it from its beginning."""
    with open_text() as stream:
        try:
            yield from _of_values(stream, shape, encoding)
            return
        except _TooLong:
            pass
        except Endless:
            if not (shape.whole and shape.held):
                raise
    with open_text() as stream:
        yield from _of_values(stream, Shape(lines=False, start=shape.held, inside=True), encoding)


class _TooLong(Exception):
    """The object that contains all others is too long to be read at once."""


def _of_values(stream: Readable, shape: Shape, encoding: str) -> Rows:
    values = Values(stream, start=shape.start, inside=shape.inside, longest=PAGE_LIMIT if shape.whole else LINE_LIMIT)
    found = iter(values)
    if shape.whole:
        first = next(found, None)
        if first is not None and first.text is None and shape.held:
            raise _TooLong
        second = next(found, None)
        if first is not None and second is None:
            yield from _of_whole(first, encoding)
            return
        found = itertools.chain(filter(None, (first, second)), found)
    last = Value(1, "")
    for value in found:
        last = value
        yield _of_value(value, encoding)
    if shape.inside and not values.ended and last.closed:
        yield values.line, BadRow(values.line, "The file ends before its list is closed.")


def _of_whole(value: Value, encoding: str) -> Rows:
    """Return the rows of a text that is one object: the elements of the list in it, or the object itself."""
    line, row = _of_value(value, encoding, most_values=PAGE_VALUES)
    held = _held(row) if isinstance(row, Row) else None
    if held is None:
        yield line, row
        return
    for position, one in enumerate(held, 1):
        yield (
            line,
            Row(_flat(one)) if isinstance(one, dict) else BadRow(line, f"Element {position:,} is not a JSON object."),
        )


def _held(row: Row) -> list[Any] | None:
    """Return the list of posts in an object, unless its other keys belong to the posts."""
    if isinstance(row.get("data"), list) and AROUND & row.keys():
        return None
    for name in HOLDERS:
        found = row.get(name)
        if isinstance(found, list) and found and any(isinstance(one, dict) for one in found):
            return found
    return None


def _of_value(value: Value, encoding: str, most_values: int | None = None) -> tuple[int, Row | BadRow]:
    line = value.line
    if value.text is None:
        return line, BadRow(line, f"The object has more than {LINE_LIMIT:,} characters.")
    if not value.closed and value.text.lstrip()[:1] in ("{", "["):
        return line, BadRow(line, "The file ends in the middle of this object.")
    text, repairs = value.text, tuple[Repair, ...]()
    if MARK in text:
        detail = invalid_bytes(text.count(MARK), encoding, REPLACEMENT)
        text, repairs = text.replace(MARK, REPLACEMENT), (Repair(line, "bytes", detail, lossy=True),)
    return line, _row(line, text, repairs, most_values)


def _row(line: int, text: str, repairs: Iterable[Repair], most_values: int | None = None) -> Row | BadRow:
    constants = set[str]()
    limit = most_values or (PAGE_VALUES if PAGE.match(text) else VALUE_LIMIT)
    try:
        row = bounded_json.loads(text.encode(errors="replace"), most_values=limit, constant=constants.add)
    except (ValueError, RecursionError) as error:
        return BadRow(line, f"This is not valid JSON: {str(error)[:100]}.")
    if not isinstance(row, dict):
        return BadRow(line, "This is not a JSON object.")
    found = list(repairs)
    if constants:
        names = ", ".join(sorted(constants))
        found.append(Repair(line, "not_a_number", f"JSON has no {names}: it was read as empty."))
    return Row(_flat(row), repairs=tuple(found))


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row. A GeoJSON feature gives its properties, with its `id` and `geometry` added."""
    properties = row.get("properties")
    if row.get("type") != "Feature" or not isinstance(properties, dict):
        return row
    return {name: row[name] for name in ("id", "geometry") if row.get(name) is not None} | properties
