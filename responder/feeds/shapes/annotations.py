"""Reads tasks of annotation tools: Label Studio's full JSON and Prodigy. Their times are ignored: they say when a post was annotated."""

from collections.abc import Mapping
from typing import Any

from responder.feeds import source_positions
from responder.feeds.shapes import values
from responder.feeds.shapes.columns import KNOWN_NAMES, first_named
from responder.feeds.shapes.draft import Draft, Row
from responder.feeds.shapes.values import mapping

NAME = "Label Studio or Prodigy (JSON)"
TASK_MARKS = ("annotations", "completions", "predictions", "total_annotations", "is_labeled")
PRODIGY_MARKS = ("_input_hash", "_task_hash")


def drafts(row: Row) -> list[Draft] | None:
    """Return the text of a task, or None if the row has another format."""
    data = row.get("data")
    if isinstance(data, Mapping) and any(mark in row for mark in TASK_MARKS):
        return [_draft(data, first_named(data, KNOWN_NAMES["id"], row.get("id")))]
    if any(mark in row for mark in PRODIGY_MARKS):
        meta = mapping(row.get("meta"))
        return [_draft(dict(meta) | {"text": row.get("text")}, first_named(meta, KNOWN_NAMES["id"], row.get("id")))]
    return None


def _draft(data: Row, post_id: Any) -> Draft:
    def said(field: str) -> Any:
        return first_named(data, KNOWN_NAMES[field])

    text = said("text")
    if text is None:
        texts = [value for value in data.values() if isinstance(value, str) and value.strip()]
        if len(texts) != 1:
            return Draft(
                refused=f"It is unclear which value of the task is the text. Its keys: {', '.join(map(str, data))[:100]}."
            )
        text = texts[0]
    return Draft(
        text=text,
        id=post_id,
        has_id=not values.is_missing(post_id),
        created_at=said("created_at"),
        lang=said("lang"),
        author=said("author"),
        position=source_positions.from_columns(said("latitude"), said("longitude")) or source_positions.from_row(data),
    )
