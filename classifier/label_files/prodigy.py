"""Prodigy's JSONL: a text with a label or with accepted options, and the annotator's answer."""

from collections.abc import Iterator, Mapping
from typing import Any

from classifier.label_files.rows import Item, LabelledText, Unlabelled, beside, checked, divided, fields_of
from classifier.tables import BadRow

KEY = "prodigy"
OWN = ("text", "label", "accept", "answer", "meta", "options")


def is_one(row: Mapping[str, Any]) -> bool:
    """Whether a row of JSON is one of Prodigy's: it holds an answer."""
    return isinstance(row.get("text"), str) and row.get("answer") in ("accept", "reject", "ignore")


def items(line: int, row: Mapping[str, Any]) -> Iterator[Item]:
    """The labelled text of a row that was accepted."""
    if row.get("answer", "accept") != "accept":
        yield Unlabelled(line, f"The annotator's answer is {str(row['answer'])[:20]!r}.")
        return
    accepted = row.get("accept")
    if isinstance(accepted, list) and len(accepted) > 1:
        yield BadRow(line, f"The text has {len(accepted)} labels, and a text has one.")
        return
    label = accepted[0] if isinstance(accepted, list) and accepted else row.get("label")
    given = row.get("meta") if isinstance(row.get("meta"), Mapping) else {}
    values, meta = divided(given or {})
    rest = {key: value for key, value in row.items() if key not in ("text", "label", "accept", "answer", "meta")}
    if not isinstance(row.get("meta"), Mapping | None):
        rest["meta"] = row["meta"]
    extra = {"row": rest, "choice": isinstance(accepted, list) and bool(accepted)}
    yield checked(line, text=row.get("text"), label=label, values=values, meta=meta, extra={KEY: extra})


def row_of(one: LabelledText) -> dict[str, Any]:
    """A row as Prodigy's `db-in` imports it."""
    extra = one.extra.get(KEY) or {}
    chosen = {"accept": [one.label]} if extra.get("choice") else {"label": one.label}
    meta = beside(one.meta, fields_of(one))
    return (
        dict(extra.get("row") or {})
        | {"text": one.text, "answer": "accept"}
        | chosen
        | ({"meta": meta} if meta else {})
    )
