"""Rows of a table: a text and its label in columns."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from classifier.label_files.rows import FIELDS, Item, LabelledText, beside, checked, fields_of
from classifier.tables import BadRow, column_named

TEXT_COLUMNS = ("text", "tweet_text", "message", "content", "body", "sentence", "data")
LABEL_COLUMNS = ("label", "class_label", "category", "class", "annotation", "target", "sentiment")
FIELD_COLUMNS = {
    "event": ("event",), "split": ("split", "orig_split"), "lang": ("lang", "language"), "weight": ("weight", "trust"),
    "id": ("id", "tweet_id"),
}  # fmt: skip
COLUMNS = ("text", "label", *FIELDS)


def find_columns(names: Collection[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """Our column → the file's, as chosen or as usual. Those that the file lacks are left out.

    Arguments:
        names: columns of the file. chosen: our column → the file's.
    """
    usual = {"text": TEXT_COLUMNS, "label": LABEL_COLUMNS} | FIELD_COLUMNS
    found: dict[str, str] = {}
    for name, candidates in usual.items():
        requested = (chosen[name],) if chosen.get(name) else candidates
        column = next((one for one in (column_named(names, wish) for wish in requested) if one), None)
        if column is not None and column not in found.values():
            found[name] = column
    return found


def items(line: int, row: Mapping[str, Any], columns: Mapping[str, str]) -> Iterator[Item]:
    """The labelled text of a row.

    Arguments:
        columns: our column → the file's, as `find_columns` gives them.
    """
    for name in ("text", "label"):
        if name not in columns:
            yield BadRow(line, f"There is no column for the {name}.")
            return
    values = {name: row.get(column) for name, column in columns.items() if name in FIELDS}
    taken = set(columns.values())
    meta = {str(name): value for name, value in row.items() if name not in taken and value not in (None, "")}
    yield checked(line, text=row.get(columns["text"]), label=row.get(columns["label"]), values=values, meta=meta)


def row_of(one: LabelledText) -> dict[str, Any]:
    """A row of a table with the columns of a label file; `meta` follows them."""
    return beside(one.meta, {"text": one.text, "label": one.label} | fields_of(one))
