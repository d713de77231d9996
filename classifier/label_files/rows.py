"""One labelled text, and the checks that every value of a file passes before it is used."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from classifier.tables import MAX_TEXT, BadRow

LABEL_LIMIT = 200  # characters of a label as a file writes it
EVENT_LIMIT, LANG_LIMIT, ID_LIMIT = 100, 10, 200
DETAILS_LIMIT, DEPTH_LIMIT = 20_000, 12  # of what else a row says: characters as JSON, levels
SPLITS = {
    "train": "train", "training": "train", "dev": "dev", "val": "dev", "valid": "dev", "validation": "dev",
    "test": "test", "testing": "test",
}  # fmt: skip
FIELDS = ("event", "split", "lang", "weight", "id")  # columns with a meaning, beside the text and its label


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text with the label that a file gives it.

    Arguments:
        label: as the file writes it; a label map or a schema says which category it means.
        event: name of the event that the text is about; split: train, dev, test or empty.
        lang: language code.
        weight: how far the label is trusted, above 0 and up to 1.
        id: of the text in the file.
        meta: other columns of the row.
        extra: what else the labelling tool wrote about it, by format, so that it can be written back.
        line: in the file, counted from 1.
    """

    text: str
    label: str
    event: str = ""
    split: str = ""
    lang: str = ""
    weight: float = 1.0
    id: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """A row that nobody gave a label, or whose label was rejected or skipped."""

    line: int
    reason: str


Item = LabelledText | Unlabelled | BadRow


def checked(
    line: int,
    *,
    text: Any,
    label: Any,
    values: Mapping[str, Any],
    meta: Mapping[str, Any],
    extra: Mapping[str, Any] | None = None,
) -> Item:
    """The labelled text of a row whose values are all usable, else a BadRow that names the first problem.

    Arguments:
        values: those of FIELDS that the row has.
    """
    if label is None or (isinstance(label, str) and not label.strip()):
        return Unlabelled(line, "The row has no label.")
    named = {name: _short(values.get(name)) for name in ("event", "lang", "id")}
    weight, weight_problem = _weight(values.get("weight"))
    split = _short(values.get("split")).casefold()
    problem = (
        _text_problem(text)
        or _label_problem(label)
        or _details_problem(meta, extra or {})
        or weight_problem
        or _named_problem(named, split)
    )
    if problem:
        return BadRow(line, problem)
    return LabelledText(
        text=str(text), label=_short(label), split=SPLITS.get(split, ""), weight=weight, meta=dict(meta),
        extra=dict(extra or {}), line=line, **named,
    )  # fmt: skip


def divided(row: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the values of FIELDS, the other columns) of a row. A value that can't be one of FIELDS stays with the others."""
    values = {name: row[name] for name in FIELDS if name in row and _may_be(name, row[name])}
    return values, {name: value for name, value in row.items() if name not in values}


def fields_of(one: LabelledText) -> dict[str, Any]:
    """The values of FIELDS that aren't the default."""
    values = {"event": one.event, "split": one.split, "lang": one.lang, "id": one.id}
    found: dict[str, Any] = {name: value for name, value in values.items() if value}
    return found | ({"weight": one.weight} if one.weight != 1 else {})


def beside(meta: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `named` values and the columns of `meta`, of which those with a taken name get another one."""
    row, others = dict(named), {}
    for name, value in meta.items():
        free = name
        while free in row or free in others:
            free += "_"
        others[free] = value
    return row | others


def _may_be(name: str, value: Any) -> bool:
    if name == "weight":
        return isinstance(value, int | float | str) and not isinstance(value, bool)
    if name == "id":
        return isinstance(value, str) and value == value.strip()
    if name == "split":
        return isinstance(value, str) and value in ("train", "dev", "test")
    return isinstance(value, str) and bool(value.strip()) and value == value.strip()


def _text_problem(text: Any) -> str:
    if not isinstance(text, str | int | float) or isinstance(text, bool):
        return "The text is missing or is not a text."
    text = str(text)
    if not text.strip():
        return "The text is empty."
    if len(text) > MAX_TEXT:
        return f"The text has {len(text):,} characters; the limit is {MAX_TEXT:,}."
    return "" if _is_storable(text) else "The text holds a character that can't be stored."


def _label_problem(label: Any) -> str:
    if isinstance(label, bool) or not isinstance(label, str | int | float):
        return "The label is not a text."
    if len(str(label)) > LABEL_LIMIT:
        return f"The label has {len(str(label)):,} characters; the limit is {LABEL_LIMIT}."
    return "" if _is_storable(str(label)) else "The label holds a character that can't be stored."


def _details_problem(meta: Mapping[str, Any], extra: Mapping[str, Any]) -> str:
    if not (_is_plain(meta, DEPTH_LIMIT) and _is_plain(extra, DEPTH_LIMIT)):
        return f"Another column holds a value that can't be stored, or is nested more than {DEPTH_LIMIT} levels deep."
    size = len(json.dumps([meta, extra], ensure_ascii=False))
    if size > DETAILS_LIMIT:
        return f"The other columns have {size:,} characters together; the limit is {DETAILS_LIMIT:,}."
    return ""


def _is_plain(value: Any, levels: int) -> bool:
    """Whether a value can be stored as JSON: no NUL, no half of a character, no infinite number."""
    if isinstance(value, Mapping | list | tuple):
        names = [name for name in value if not isinstance(name, str)] if isinstance(value, Mapping) else []
        parts = [*value, *value.values()] if isinstance(value, Mapping) else value
        return levels > 0 and not names and all(_is_plain(part, levels - 1) for part in parts)
    if isinstance(value, str):
        return _is_storable(value)
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return value is None


def _is_storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _named_problem(named: Mapping[str, str], split: str) -> str:
    if split and split not in SPLITS:
        return f"The split {split[:40]!r} is none of train, dev and test."
    for name, limit in (("event", EVENT_LIMIT), ("lang", LANG_LIMIT), ("id", ID_LIMIT)):
        if len(named[name]) > limit:
            return f"The column {name!r} has {len(named[name]):,} characters; the limit is {limit}."
        if not _is_storable(named[name]):
            return f"The column {name!r} holds a character that can't be stored."
    return ""


def _weight(value: Any) -> tuple[float, str]:
    if value is None or value == "":
        return 1.0, ""
    try:
        weight = float(value)
    except (TypeError, ValueError, OverflowError):
        return 1.0, f"The weight {str(value)[:40]!r} is not a number."
    if not 0 < weight <= 1:
        return 1.0, f"The weight {str(value)[:40]} is not above 0 and up to 1."
    return weight, ""


def _short(value: Any) -> str:
    return "" if value is None else str(value).strip()
