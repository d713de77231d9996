"""Reads rows of tables and flat JSON: one column for each field."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from responder.feeds import source_positions
from responder.feeds.raw_post import SourcePosition
from responder.feeds.shapes import own_exports, values
from responder.feeds.shapes.columns import OWN, Columns
from responder.feeds.shapes.draft import Draft, Row
from responder.feeds.shapes.values import Problem

RELATIONS = ("repeat", "quote", "reply")
CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}\b.{0,30}")
MIDNIGHT = re.compile(r"[T ]00:00(?::00)?$")  # spreadsheets append it to a date
READ = ("text", "id", "created_at", "lang", "author")


def draft(row: Row, columns: Columns) -> Draft:
    """Return the post of a row."""
    fields = columns.fields
    column = fields.get("text", "")
    if "text" not in fields or not has(row, column):
        return Draft(refused=_no_text(row, column))
    found: dict[str, Any] = {field: get(row, fields[field]) for field in READ if field in fields}
    relation, related_to = _related(row, fields)
    position, problems = _position(row, fields)
    if "clock" in fields:
        found["created_at"] = _day_and_clock(get(row, fields["day"]), get(row, fields["clock"]))
    found["text"] = _titled(get(row, fields.get("title", "")), found["text"])
    made = Draft(
        **found,
        has_id="id" in fields and has(row, fields["id"]),
        in_utc=columns.in_utc,
        position=position,
        relation=relation,
        related_to=related_to,
        problems=problems,
    )
    return own_exports.restored(row, made) if columns.shape == OWN else made


def override(made: Draft, row: Row, mapping: Mapping[str, str]) -> Draft:
    """Return a draft with the fields of the mapping replaced by their columns."""
    changes: dict[str, Any] = {
        field: get(row, column) for field, column in mapping.items() if field in READ and has(row, column)
    }
    if "latitude" in mapping and "longitude" in mapping:
        position, problems = _position(row, mapping)
        changes |= {"position": position or made.position, "problems": (*made.problems, *problems)}
    return replace(made, **changes) if changes else made


def get(row: Row, column: str) -> Any:
    """Return the value of a column, or of a path such as `user.screen_name`; None if the row has none."""
    if column in row or "." not in column:
        return row.get(column)
    value: Any = row
    for name in column.split("."):
        value = values.mapping(value).get(name)
    return value


def has(row: Row, column: str) -> bool:
    """Whether a row has a column, or a value at a path."""
    return column in row or get(row, column) is not None


def _no_text(row: Row, column: str) -> str:
    """Why a row without its text column is bad."""
    if column:
        return f"There is no column {column!r}."
    return f"The row has no text. Its columns: {', '.join(map(str, row))[:200]}."


def _day_and_clock(day: Any, clock: Any) -> Any:
    """Combine a date column and a time column; if one is already complete, return that one."""
    said, hour = values.plain(day), values.plain(clock)
    if CLOCK.fullmatch(hour) and said:
        return f"{MIDNIGHT.sub('', said)} {hour}"
    return day if values.is_missing(clock) else clock


def _titled(title: Any, text: Any) -> Any:
    """Return the title and the text as one text, unless the text already begins with the title."""
    if not isinstance(title, str) or values.is_missing(title):
        return text
    if values.is_missing(text):
        return title
    if not isinstance(text, str) or text.strip().startswith(title.strip().rstrip(".…")):
        return text
    return f"{title.strip()}\n{text}"


def _related(row: Row, fields: Mapping[str, str]) -> tuple[str, Any]:
    for relation in RELATIONS:
        if relation in fields and not values.is_missing(value := get(row, fields[relation])):
            return relation, value
    return "", None


def _position(row: Row, fields: Mapping[str, str]) -> tuple[SourcePosition | None, tuple[Problem, ...]]:
    latitude, longitude = (get(row, fields.get(field, "")) for field in ("latitude", "longitude"))
    found = source_positions.from_columns(latitude, longitude)
    found = found or source_positions.from_pair(get(row, fields.get("point", ""))) or source_positions.from_row(row)
    if found or values.is_missing(latitude) or values.is_missing(longitude):
        return found, ()
    detail = f"Latitude {values.shown(latitude)} and longitude {values.shown(longitude)} are not a valid position."
    zeros = values.plain(latitude).strip("0.") == values.plain(longitude).strip("0.") == ""
    return None, (Problem("position", detail, lossy=not zeros),)
