"""Hides phrases in what people wrote: incidents, notes, draft alerts, views, suggestions, reasons and labels.

A single word is hidden only in the incidents of the selected posts, because many people may have that name. Numbers and full
names are hidden everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db import models
from django.db.models import F, Q

from classifier.feedback import text_key
from classifier.models import Label, LabelTask
from responder.models import (
    CapAlert,
    ExportJob,
    Incident,
    IncidentEntry,
    PartnerFeedback,
    Reveal,
    Rumour,
    SavedView,
)
from responder.privacy import hidden_phrases
from responder.privacy.hidden_phrases import Phrase


@dataclass(frozen=True, slots=True)
class Written:
    """A table with texts written by users.

    Arguments:
        texts: columns with text, or with JSON that contains texts.
        query: column with a filter as a query string.
        incident: column with the incident, for single words.
        fixed: rows that can no longer be changed; they are only counted.
        has_version: whether a change increments a version.
        has_text_key: whether rows have a hash of their text.
    """

    model: type[models.Model]
    texts: tuple[str, ...]
    query: str = ""
    incident: str = ""
    fixed: Q | None = None
    has_version: bool = False
    has_text_key: bool = False


TABLES = {
    "incidents": Written(
        Incident, ("title", "summary", "public_summary", "resolution", "place_name"), incident="pk", has_version=True
    ),
    "incident_notes": Written(IncidentEntry, ("note", "before", "after"), incident="incident_id"),
    "alerts": Written(
        CapAlert, ("hazard", "headline", "description", "instruction", "note", "area"), incident="incident_id",
        fixed=Q(state=CapAlert.State.PUBLISHED), has_version=True,
    ),
    "saved_views": Written(SavedView, ("name",), query="query", has_version=True),
    "rumours": Written(Rumour, ("claim", "basis", "answer"), has_version=True),
    "partner_feedback": Written(PartnerFeedback, ("note", "place", "reason")),
    "reveal_reasons": Written(Reveal, ("reason",)),
    "export_filters": Written(ExportJob, (), query="query", fixed=Q(state__in=ExportJob.OPEN)),
    "labels": Written(Label, ("text",), has_text_key=True),
    "label_tasks": Written(LabelTask, ("text",), has_text_key=True),
}  # fmt: skip
UNIQUE_NAME = {"saved_views"}  # a hidden name may be that of another row


def hide(name: str, start: int, end: int, phrases: Sequence[Phrase], incident_ids: Sequence[int]) -> dict[str, int]:
    """Hide phrases in the rows with IDs above `start` and up to `end`. Needs a transaction. Returns counts."""
    table = TABLES[name]
    wide = [one for one in phrases if one.kind == "number" or one.size > 1]
    if not wide and not (table.incident and incident_ids):
        return {}
    rows = table.model._default_manager.filter(pk__gt=start, pk__lte=end)
    if not wide:
        rows = rows.filter(**{f"{table.incident}__in": incident_ids})
    finder, counts = hidden_phrases.finder(phrases), {"masked": 0, "fixed": 0, "unchanged": 0}
    columns = [*table.texts, *([table.query] if table.query else [])]
    for row in rows.order_by("pk").iterator(chunk_size=500):
        is_near = bool(table.incident) and getattr(row, table.incident) in incident_ids
        used = list(phrases) if is_near else wide
        if not used or not any(finder.search(_plain(table, column, getattr(row, column))) for column in columns):
            continue
        counts[_change(name, table, row, used)] += 1
    counts.pop("unchanged", None)
    return counts


def _plain(table: Written, column: str, value: Any) -> str:
    """Return a column's value as searchable text."""
    return " ".join(f"{key} {part}" for key, part in parse_qsl(value)) if column == table.query else str(value)


def _change(name: str, table: Written, row: Any, phrases: Sequence[Phrase]) -> str:
    """Change a row. Returns `masked`, `fixed` if it can't be changed, or `unchanged`."""
    changes = {
        column: after
        for column in table.texts
        if (after := _hidden(getattr(row, column), phrases)) != getattr(row, column)
    }
    if table.query and (after := _hidden_query(getattr(row, table.query), phrases)) is not None:
        changes[table.query] = after
    if not changes:
        return "unchanged"
    rows = table.model._default_manager.filter(pk=row.pk)
    if table.fixed is not None and rows.filter(table.fixed).exists():
        return "fixed"
    if name in UNIQUE_NAME and "name" in changes:
        changes["name"] = f"{changes['name'][:60]} {row.pk}"
    if table.has_text_key:
        changes["text_key"] = text_key(changes["text"])
    if table.has_version:
        changes["version"] = F("version") + 1
    rows.update(**changes)
    return "masked"


def _hidden(value: Any, phrases: Sequence[Phrase]) -> Any:
    """Return a value with the phrases hidden in each of its texts."""
    if isinstance(value, str):
        return hidden_phrases.hide(value, phrases)[0]
    if isinstance(value, Mapping):
        return {key: _hidden(part, phrases) for key, part in value.items()}
    if isinstance(value, list):
        return [_hidden(part, phrases) for part in value]
    return value


def _hidden_query(query: str, phrases: Sequence[Phrase]) -> str | None:
    """Return a query string without the values that contain a phrase; None if there are none."""
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [(key, value) for key, value in pairs if not hidden_phrases.hide(value, phrases)[1]]
    return None if len(kept) == len(pairs) else urlencode(kept)
