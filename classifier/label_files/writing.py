"""Writes labelled texts in the formats that are read, without losing anything."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from classifier.label_files import formats, label_studio, tabular
from classifier.label_files.rows import FIELDS, LabelledText

LINE_FORMATS = ("ndjson", "doccano", "prodigy")
FIRST = ("text", "label", *FIELDS)


def lines(form: str, rows: Iterable[LabelledText]) -> Iterator[str]:
    """Yield the file's content in pieces.

    Arguments:
        form: one of `formats.WRITTEN`, except xlsx, which isn't text.

    Raises ValueError for another format.
    """
    if form == "csv":
        yield from _csv(list(rows))
    elif form in LINE_FORMATS:
        tool = formats.TOOLS.get(form, tabular)
        for one in rows:
            yield json.dumps(tool.row_of(one), ensure_ascii=False) + "\n"
    elif form in formats.TOOLS:
        yield from _list([formats.TOOLS[form].row_of(one) for one in rows], form)
    else:
        raise ValueError(f"the format {form!r} is not written as text")


def table(rows: Iterable[LabelledText]) -> tuple[list[str], list[list[Any]]]:
    """(names of the columns, cells) of a table; what isn't a text or a number is written as JSON."""
    found = [tabular.row_of(one) for one in rows]
    present = dict.fromkeys(name for row in found for name in row)
    names = [name for name in FIRST if name in present or name in FIRST[:2]]
    names += [name for name in present if name not in names]
    return names, [[_cell(row.get(name)) for name in names] for row in found]


def _csv(rows: list[LabelledText]) -> Iterator[str]:
    names, cells = table(rows)
    for row in (names, *cells):
        line = io.StringIO()
        csv.writer(line).writerow(row)
        yield line.getvalue()


def _list(found: list[dict[str, Any]], form: str) -> Iterator[str]:
    if form == label_studio.KEY:
        found = label_studio.joined(found)
    yield "["
    for number, row in enumerate(found):
        yield ("," if number else "") + "\n" + json.dumps(row, ensure_ascii=False)
    yield "\n]\n"


def _cell(value: Any) -> Any:
    if value is None or (isinstance(value, str | int | float) and not isinstance(value, bool)):
        return value
    return json.dumps(value, ensure_ascii=False)
