"""doccano's JSONL: a text, a list of labels, and whatever columns the texts came with."""

from collections.abc import Iterator, Mapping
from typing import Any

from classifier.label_files.rows import Item, LabelledText, Unlabelled, beside, checked, divided, fields_of
from classifier.tables import BadRow

KEY = "doccano"
TEXTS, LABELS = ("text", "data"), ("label", "labels", "category", "categories")


def is_one(row: Mapping[str, Any]) -> bool:
    """Whether a row of JSON is one of doccano's: its label is a list."""
    return any(isinstance(row.get(name), str) for name in TEXTS) and isinstance(_labels(row)[1], list)


def items(line: int, row: Mapping[str, Any]) -> Iterator[Item]:
    """The labelled text of a row."""
    name = next((name for name in TEXTS if isinstance(row.get(name), str)), None)
    label_name, labels = _labels(row)
    if name is None:
        yield BadRow(line, "The row has no text.")
        return
    if labels is None or labels in ([], ""):
        yield Unlabelled(line, "Nobody labelled this text.")
        return
    if isinstance(labels, list) and len(labels) > 1:
        yield BadRow(line, f"The text has {len(labels)} labels, and a text has one.")
        return
    label = labels[0] if isinstance(labels, list) else labels
    if isinstance(label, list | Mapping):
        yield BadRow(line, "The label is a span of the text. Only labels of whole texts are read.")
        return
    values, meta = divided({key: value for key, value in row.items() if key not in (name, label_name)})
    extra = {"text": name, "label": label_name} if (name, label_name) != ("text", "label") else {}
    if not isinstance(labels, list):
        extra["single"] = label_name
    yield checked(
        line, text=row[name], label=label, values=values, meta=meta, extra={KEY: extra} if extra else {}
    )  # fmt: skip


def row_of(one: LabelledText) -> dict[str, Any]:
    """A row as doccano imports it."""
    extra = one.extra.get(KEY) or {}
    named = {str(extra.get("text") or "text"): one.text}
    label: Any = one.label if extra.get("single") else [one.label]
    return beside(one.meta, named | {str(extra.get("label") or "label"): label} | fields_of(one))


def _labels(row: Mapping[str, Any]) -> tuple[str, Any]:
    name = next((name for name in LABELS if name in row), "label")
    return name, row.get(name)
