"""The audit log: who did what to which record, and when. Each row contains the hash of the row before it.

Rows contain ids and hashes only, so that erasing a post never breaks the chain. Imports no other application.

Its lock is the last one that a transaction takes: `atomic` appends the recorded events after all other work, and a
transaction that holds the lock waits for no other lock. See docs/adr/0018-one-order-of-locks.md.

The chain reveals every change inside it. Somebody with write access to the database could still truncate it, or rewrite
it from some row on; an anchor (the last row's sequence and hash, stored elsewhere) reveals both.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import CharField
from django.utils import timezone

from monitoring.models import AuditEvent

LOCK = 7_201_118  # PostgreSQL advisory lock that serialises writers of the chain
SEALED = (
    "sequence", "at", "actor", "request_id", "action", "object_type", "object_id", "before_hash", "after_hash",
    "detail", "previous_hash",
)  # fmt: skip
BATCH = 1_000
State = Mapping[str, Any]


@dataclass(slots=True)
class _Held:
    """Events to append at the end of the innermost `atomic`.

    Arguments:
        depth: how many savepoints were open where it began.
    """

    depth: int
    events: list[AuditEvent] = field(default_factory=list)


_held: ContextVar[_Held | None] = ContextVar("held_audit_events", default=None)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The sequence and hash of a known row: stored elsewhere, they prove the chain up to that row."""

    sequence: int
    hash: str

    @classmethod
    def parse(cls, text: str) -> "Anchor":
        """Parse `sequence:hash`, as `str` writes it. Raises ValueError."""
        sequence, _, digest = text.strip().partition(":")
        if not sequence.isdecimal() or len(digest) != 64:
            raise ValueError("an anchor is written as SEQUENCE:HASH, with a hash of 64 characters")
        return cls(int(sequence), digest.lower())

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """The result of a verification of the chain.

    Arguments:
        events: how many rows were intact, counted from the first.
        broken_at: sequence of the first row that is altered, missing or moved; None if the chain is intact.
        problem: what is wrong with that row.
        head: the last intact row, to be stored as an anchor; None for an empty log.
    """

    intact: bool
    events: int
    broken_at: int | None = None
    problem: str = ""
    head: Anchor | None = None


@contextmanager
def atomic() -> Iterator[None]:
    """`transaction.atomic` that appends the block's audit events at its end, after all other locks are taken.

    A nested block passes its events to the outer one. If a block fails, its events are dropped with its changes.
    """
    outer = _held.get()
    mine = _Held(0)
    with transaction.atomic():
        mine.depth = _savepoints()
        before = _held.set(mine)
        try:
            yield
        finally:
            _held.reset(before)
        if outer is None or mine.depth != outer.depth + 1:  # a savepoint in between may be rolled back on its own
            _append(mine.events)
            mine.events.clear()
    if outer is not None:
        outer.events += mine.events


def record(
    *,
    actor: str,
    action: str,
    object_type: str,
    object_id: str,
    before: State | None = None,
    after: State | None = None,
    detail: State | None = None,
    request_id: str = "",
) -> AuditEvent:
    """Append one event in the caller's transaction: both are committed or rolled back together.

    Inside `atomic` it is appended at the end. Elsewhere it is appended at once, and other writers wait until the
    transaction ends: record last in that case.

    Arguments:
        actor: `user:name`, `token:prefix` or `system:part`.
        action: the action, as `noun.verb`.
        object_type, object_id: the record that it was done to.
        before, after: the record's state; only hashes of it are stored.
        detail: ids, names of fields, reasons; never text of posts.
        request_id: default: that of the running request.

    Raises ValueError for a value that is longer than its column or can't be stored as JSON.
    """
    event = AuditEvent(
        actor=actor,
        request_id=request_id or structlog.contextvars.get_contextvars().get("request_id", ""),
        action=action,
        object_type=object_type,
        object_id=object_id,
        before_hash=digest(before) if before is not None else "",
        after_hash=digest(after) if after is not None else "",
        detail=_plain(detail or {}),
    )
    _bounded(event)
    held = _held.get()
    # Inside another caller's savepoint, which may be rolled back on its own, the event can't be deferred.
    if held is not None and held.depth == _savepoints():
        held.events.append(event)
        return event
    with transaction.atomic():
        _append([event])
    return event


def _savepoints() -> int:
    """The number of open savepoints. A block without a savepoint can't be rolled back on its own."""
    return sum(one is not None for one in connection.savepoint_ids)


def _append(events: Sequence[AuditEvent]) -> None:
    """Append events to the chain, each with the hash of the one before."""
    if not events:
        return
    last = _lock_and_last()
    for event in events:
        event.sequence, event.previous_hash = (last.sequence + 1, last.hash) if last else (1, "")
        event.at = timezone.now()
        event.hash = seal(event)
        last = event
    AuditEvent.objects.bulk_create(events)


def seal(event: AuditEvent) -> str:
    """The hash of a row's content and its place in the chain."""
    return digest({name: getattr(event, name) for name in SEALED})


def digest(content: State) -> str:
    """SHA-256 over the canonical JSON of `content`, as hexadecimal digits."""
    text = json.dumps(_plain(content), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def verify(anchor: Anchor | None = None) -> ChainCheck:
    """Walk the chain and find the first row that was altered, deleted or moved.

    With an anchor, also check that the chain was not truncated or rewritten.
    """
    head: Anchor | None = None
    for event in _chain():
        expected = head.sequence + 1 if head else 1
        problem = _problem(event, expected, head.hash if head else "", anchor)
        if event is None or problem:
            return ChainCheck(False, expected - 1, expected, problem, head)
        head = Anchor(event.sequence, event.hash)
    count = head.sequence if head else 0
    if anchor and anchor.sequence > count:
        return ChainCheck(False, count, count + 1, f"it is missing: the log once reached {anchor.sequence}", head)
    return ChainCheck(True, count, head=head)


def _problem(event: AuditEvent | None, expected: int, previous: str, anchor: Anchor | None) -> str:
    if event is None:
        return "it cannot be read"
    if event.sequence != expected:
        return "it is missing"
    if event.previous_hash != previous:
        return "it does not follow the event before it"
    if event.hash != _seal_or_nothing(event):
        return "its content was changed"
    if anchor and event.sequence == anchor.sequence and event.hash != anchor.hash:
        return "its hash is not the one that was written down: the chain was sealed anew"
    return ""


def _seal_or_nothing(event: AuditEvent) -> str:
    try:
        return seal(event)
    except ValueError:  # the row contains a value that `record` refuses
        return ""


def _chain() -> Iterator[AuditEvent | None]:
    """Yield the rows in order, read in batches. Yields None and stops at a row that doesn't fit its columns."""
    rows = AuditEvent.objects.order_by("sequence")
    for size in (BATCH, 1):  # one bad row makes its whole batch unreadable: read one by one up to that row
        try:
            for event in rows.iterator(chunk_size=size):
                yield event
                rows = AuditEvent.objects.order_by("sequence").filter(sequence__gt=event.sequence)
            return
        except ValueError:
            continue
    yield None


def _lock_and_last() -> AuditEvent | None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Foreign keys are checked when a transaction ends, and this waits for others that delete their targets.
            # Check them now, because a transaction that holds the chain's lock must not wait.
            cursor.execute(f"SET CONSTRAINTS ALL IMMEDIATE; SELECT pg_advisory_xact_lock({LOCK})")
    # SQLite: IMMEDIATE transactions allow one writer at a time.
    return AuditEvent.objects.order_by("-sequence").first()


def _bounded(event: AuditEvent) -> None:
    """Enforce column lengths, and reject NULs, on both databases. Otherwise SQLite would accept values that are too long."""
    for column in AuditEvent._meta.concrete_fields:
        if isinstance(column, CharField):
            value = _plain(str(getattr(event, column.attname)))
            if column.max_length is not None and len(value) > column.max_length:
                raise ValueError(f"{column.name} of an audit event is longer than {column.max_length} characters")
            setattr(event, column.attname, value)


def _plain(value: Any) -> Any:
    """`value` as both databases return JSON; otherwise an untouched row would seem altered.

    PostgreSQL stores numbers as decimals (1e16 is returned as an integer) and rejects NUL and lone surrogates.
    """
    if isinstance(value, bool | None):
        return value
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, Mapping):
        return {_plain(str(key)): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    text = value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
    return text.replace("\x00", "\ufffd").encode(errors="replace").decode()


def _number(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("an audit event holds finite numbers only")
    return int(Decimal(repr(value))) if isinstance(value, float) and value.is_integer() else value
