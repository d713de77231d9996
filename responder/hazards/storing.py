"""Writes drafts as alerts: each once per source and identifier, later versions over earlier ones, and chains settled.

A chain: an update replaces, and a cancellation ends, the earlier alerts that it names. Either may arrive first, so references
are rows of their own and both sides are compared. The end of an alert only ever moves it from current to ended.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least

from classifier import clock
from responder.hazards.drafts import Draft
from responder.models import AlertReference, HazardSource, OfficialAlert
from responder.models.official_alert import WITHOUT_EXPIRY

State = OfficialAlert.State
KEEP, KEEP_RAW = timedelta(days=365), timedelta(days=30)
COMPARED = 400  # identifiers in one query
# What a source may change about an alert, beside its place and times.
COLUMNS = (
    "message_type", "is_exercise", "hazard", "event_type", "level", "level_word", "urgency", "certainty", "headline", "description",
    "instruction", "sender_name", "area_name", "url", "sent", "onset", "expires", "radius_is_assumed", "raw",
)  # fmt: skip
EDGES = ("west", "south", "east", "north")


@transaction.atomic
def store(source: HazardSource, drafts: Sequence[Draft]) -> int:
    """Store the drafts of one answer, and return how many alerts are new. Idempotent."""
    newest: dict[str, Draft] = {}
    for draft in sorted(drafts, key=lambda one: one.sent):  # of two with one identifier the later one counts
        newest[draft.identifier] = draft
    known = _known(source, newest)
    created = [_create(source, draft) for draft in newest.values() if draft.identifier not in known]
    for identifier, row in known.items():
        _change(row, newest[identifier])
    _settle(source, created, newest)
    return len(created)


def _known(source: HazardSource, identifiers: Iterable[str]) -> dict[str, OfficialAlert]:
    wanted = list(identifiers)
    found: dict[str, OfficialAlert] = {}
    for start in range(0, len(wanted), COMPARED):
        rows = source.alerts.select_for_update(no_key=True).filter(identifier__in=wanted[start : start + COMPARED])
        found |= {row.identifier: row for row in rows}
    return found


def _create(source: HazardSource, draft: Draft) -> OfficialAlert:
    alert = OfficialAlert.objects.create(source=source, identifier=draft.identifier, **_columns(draft))
    AlertReference.objects.bulk_create(AlertReference(alert=alert, identifier=one) for one in draft.references)
    return alert


def _change(row: OfficialAlert, draft: Draft) -> None:
    """Write a later version over a row; an earlier one that arrives late changes nothing."""
    columns = _columns(draft)
    if draft.sent < row.sent or all(getattr(row, name) == value for name, value in columns.items()):
        return
    if row.state != State.CURRENT and not draft.is_cancelled:
        columns |= {"state": row.state, "valid_until": min(row.valid_until, columns["valid_until"])}
    for name, value in columns.items():
        setattr(row, name, value)
    row.revision += 1
    row.save(update_fields=[*columns, "revision"])


def _columns(draft: Draft) -> dict[str, Any]:
    bounds = draft.shape.bounds or (None, None, None, None)
    ends = draft.expires or draft.sent + WITHOUT_EXPIRY
    if draft.is_cancelled:
        ends = min(ends, draft.sent)
    return {name: getattr(draft, name) for name in COLUMNS} | dict(zip(EDGES, bounds, strict=True)) | {
        "shape": draft.shape.as_json(),
        "state": State.CANCELLED if draft.is_cancelled else State.CURRENT,
        "valid_until": ends,
    }  # fmt: skip


def _settle(source: HazardSource, created: Sequence[OfficialAlert], drafts: dict[str, Draft]) -> None:
    """End the alerts that new ones name, and new ones that alerts name which came before them."""
    by_identifier = {alert.identifier: alert for alert in created}
    for alert in created:
        draft = drafts[alert.identifier]
        state = State.CANCELLED if draft.is_cancelled else State.REPLACED
        named = (*draft.references, *draft.other_identifiers)
        if named:
            _end(source, named, state, alert, alert.sent)
    for start in range(0, len(created), COMPARED):
        wanted = [alert.identifier for alert in created[start : start + COMPARED]]
        rows = AlertReference.objects.filter(alert__source=source, identifier__in=wanted).select_related("alert")
        for reference in rows.order_by("alert__sent"):
            ending = reference.alert
            state = State.CANCELLED if ending.message_type == "Cancel" else State.REPLACED
            _end(source, (by_identifier[reference.identifier].identifier,), state, ending, ending.sent)


def _end(source: HazardSource, identifiers: Sequence[str], state: str, by: OfficialAlert, at: datetime) -> None:
    current = source.alerts.filter(identifier__in=identifiers, state=State.CURRENT, sent__lte=at).exclude(pk=by.pk)
    current.update(state=state, replaced_by=by, valid_until=Least(F("valid_until"), at))


def prune() -> None:
    """Forget what sources sent after 30 days, and alerts a year after their end."""
    now = clock.now()
    OfficialAlert.objects.filter(received_at__lt=now - KEEP_RAW).exclude(raw="").update(raw="")
    OfficialAlert.objects.filter(valid_until__lt=now - KEEP).delete()
