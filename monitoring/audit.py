"""The audit log: who did what to which record, when; each row sealed to the one before by its hash.

Rows hold ids and hashes only, so that erasing a post never breaks the chain. Depends on nothing of ours.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from django.db import connection, transaction
from django.utils import timezone

from monitoring.models import AuditEvent

LOCK = 7_201_118  # PostgreSQL advisory lock that serialises the chain's writers
SEALED = (
    "at", "actor", "request_id", "action", "object_type", "object_id", "before_hash", "after_hash", "detail",
    "previous_hash",
)  # fmt: skip
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the chain holds; if not, the sequence of the first broken row and what is wrong with it."""

    intact: bool
    events: int
    broken_at: int | None = None
    problem: str = ""


def record(
    *,
    actor: str,
    action: str,
    object_type: str,
    object_id: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    detail: Mapping[str, Any] | None = None,
    request_id: str = "",
) -> AuditEvent:
    """Append one event, inside the caller's transaction: it stands or falls with what it records.

    Arguments:
        actor: `user:name`, `token:prefix` or `system:part`.
        action: what was done, as `noun.verb`.
        object_type, object_id: to what.
        before, after: the record's state; only hashes of them are kept.
        detail: ids, names of fields, reasons; never text of posts.
        request_id: default: that of the running request.
    """
    with transaction.atomic():
        last = _lock_and_last()
        event = AuditEvent(
            sequence=(last.sequence if last else 0) + 1,
            at=timezone.now(),
            actor=actor,
            request_id=request_id or structlog.contextvars.get_contextvars().get("request_id", ""),
            action=action,
            object_type=object_type,
            object_id=object_id,
            before_hash=_hash(before) if before is not None else "",
            after_hash=_hash(after) if after is not None else "",
            detail=dict(detail or {}),
            previous_hash=last.hash if last else "",
        )
        event.hash = seal(event)
        event.save(force_insert=True)
    return event


def seal(event: AuditEvent) -> str:
    """The hash that binds a row's content to its place in the chain."""
    content = {name: getattr(event, name) for name in SEALED} | {"sequence": event.sequence}
    return _hash(content)


def verify() -> Verdict:
    """Walk the chain and name the first row that was altered, deleted or moved."""
    count, previous = 0, ""
    expected = 1
    for event in _chain():
        problem = ""
        if event.sequence != expected:
            problem = f"event {expected} is missing"
        elif event.previous_hash != previous:
            problem = "it does not follow the event before it"
        elif event.hash != seal(event):
            problem = "its content was changed"
        if problem:
            return Verdict(False, count, expected if event.sequence != expected else event.sequence, problem)
        count, previous, expected = count + 1, event.hash, expected + 1
    return Verdict(True, count)


def _chain() -> Iterator[AuditEvent]:
    return AuditEvent.objects.order_by("sequence").iterator(chunk_size=BATCH)


def _lock_and_last() -> AuditEvent | None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    # SQLite: IMMEDIATE transactions let one writer in at a time.
    return AuditEvent.objects.order_by("-sequence").first()


def _hash(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
