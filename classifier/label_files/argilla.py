"""Argilla's records: fields, metadata, and responses of people; or a text with an annotation (before version 2)."""

from collections.abc import Iterator, Mapping
from typing import Any

from classifier.label_files.rows import Item, LabelledText, Unlabelled, beside, checked, divided, fields_of
from classifier.tables import BadRow

KEY = "argilla"
QUESTION = "label"
RECORD_KEYS = ("fields", "metadata", "responses")
SUBMITTED = (None, "submitted")
TEXT_NAMES = ("text", "message", "content", "body")


def is_one(row: Mapping[str, Any]) -> bool:
    """Whether a row of JSON is one of Argilla's records."""
    return (isinstance(row.get("fields"), Mapping) and "responses" in row) or (
        isinstance(row.get("text"), str) and "annotation" in row and "metadata" in row
    )


def items(line: int, row: Mapping[str, Any]) -> Iterator[Item]:
    """The labelled texts of a record, one for each submitted response."""
    fields = row.get("fields")
    if not isinstance(fields, Mapping):
        yield from _annotated(line, row)
        return
    name = next((name for name in TEXT_NAMES if isinstance(fields.get(name), str)), None)
    if name is None:
        name = next((str(key) for key, value in fields.items() if isinstance(value, str)), None)
    if name is None:
        yield BadRow(line, "The record has no field with a text.")
        return
    answers = list(_answers(row.get("responses")))
    if not answers:
        yield Unlabelled(line, "Nobody labelled this record.")
    given = row.get("metadata")
    values, meta = divided(given if isinstance(given, Mapping) else {})
    rest = {key: value for key, value in row.items() if key not in RECORD_KEYS}
    others = {key: value for key, value in fields.items() if key != name}
    for question, label in answers:
        extra = {"record": rest, "fields": others, "text": name, "question": question}
        yield checked(line, text=fields[name], label=label, values=values, meta=meta, extra={KEY: extra})


def row_of(one: LabelledText) -> dict[str, Any]:
    """A record as Argilla 2 reads it from JSON."""
    extra = one.extra.get(KEY) or {}
    question, name = str(extra.get("question") or QUESTION), str(extra.get("text") or "text")
    return dict(extra.get("record") or {}) | {
        "fields": dict(extra.get("fields") or {}) | {name: one.text},
        "metadata": beside(one.meta, fields_of(one)),
        "responses": {question: [{"value": one.label}]},
    }


def _answers(responses: Any) -> Iterator[tuple[str, Any]]:
    """(question, label) of each submitted response, in the shape of version 2 or of version 1."""
    if isinstance(responses, Mapping):
        for question, given in responses.items():
            for one in given if isinstance(given, list) else []:
                if isinstance(one, Mapping) and one.get("status") in SUBMITTED and _is_label(one.get("value")):
                    yield str(question), one["value"]
        return
    for one in responses if isinstance(responses, list) else []:
        values = one.get("values") if isinstance(one, Mapping) and one.get("status") in SUBMITTED else None
        for question, given in values.items() if isinstance(values, Mapping) else ():
            if isinstance(given, Mapping) and _is_label(given.get("value")):
                yield str(question), given["value"]


def _is_label(value: Any) -> bool:
    return isinstance(value, str)


def _annotated(line: int, row: Mapping[str, Any]) -> Iterator[Item]:
    if row.get("annotation") is None or row.get("status") == "Discarded":
        yield Unlabelled(line, "Nobody labelled this record.")
        return
    label = row["annotation"]
    if isinstance(label, list):
        if len(label) > 1:
            yield BadRow(line, f"The text has {len(label)} labels, and a text has one.")
            return
        label = label[0] if label else None
    given = row.get("metadata")
    values, meta = divided(given if isinstance(given, Mapping) else {})
    yield checked(line, text=row.get("text"), label=label, values=values, meta=meta)
