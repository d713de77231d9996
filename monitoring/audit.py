"""The audit log: who did what to which record, when; each row sealed to the one before by its hash.

Rows hold ids and hashes only, so that erasing a post never breaks the chain. Depends on nothing of ours.

Its lock is the last one that a transaction takes: `atomic` appends what was recorded when all else is done, and
nothing that holds the lock waits for anything. See docs/adr/0018-one-order-of-locks.md.

The chain shows every change inside it. Whoever can write the database could still cut off its end, or seal it
anew from some row on; an anchor (the last row's sequence and hash, kept elsewhere) shows both.
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

LOCK = 7_201_118  # PostgreSQL advisory lock that serialises the chain's writers
SEALED = (
    "sequence", "at", "actor", "request_id", "action", "object_type", "object_id", "before_hash", "after_hash",
    "detail", "previous_hash",
)  # fmt: skip
BATCH = 1_000
State = Mapping[str, Any]


@dataclass(slots=True)
class _Held:
    """Events that wait for the end of the innermost `atomic`.

    Arguments:
        depth: how many savepoints stood where it began.
    """

    depth: int
    events: list[AuditEvent] = field(default_factory=list)


_held: ContextVar[_Held | None] = ContextVar("held_audit_events", default=None)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A row that is known to have been there: written down elsewhere, it proves what came up to it."""

    sequence: int
    hash: str

    @classmethod
    def parse(cls, text: str) -> "Anchor":
        """From `sequence:hash`, as `str` writes it; raises ValueError."""
        sequence, _, digest = text.strip().partition(":")
        if not sequence.isdecimal() or len(digest) != 64:
            raise ValueError("an anchor is written as SEQUENCE:HASH, with a hash of 64 characters")
        return cls(int(sequence), digest.lower())

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """Whether the chain holds.

    Arguments:
        events: how many rows were good, counted from the first.
        broken_at: sequence of the first row that is altered, missing or moved; None where the chain holds.
        problem: what is wrong with that row.
        head: the last good row, to be kept as an anchor; None for an empty log.
    """

    intact: bool
    events: int
    broken_at: int | None = None
    problem: str = ""
    head: Anchor | None = None


@contextmanager
def atomic() -> Iterator[None]:
    """`transaction.atomic` for work that is recorded: its events are appended at its end, after all other locks.

    One inside another hands its events on to it; those of one that fails are dropped, with what they record.
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
        if outer is None or mine.depth != outer.depth + 1:  # a savepoint in between may be rolled back alone
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
    """Append one event, inside the caller's transaction: it stands or falls with what it records.

    Inside `atomic` it is appended at the end. Elsewhere it is appended at once, and other writers wait until the
    transaction ends: record last then.

    Arguments:
        actor: `user:name`, `token:prefix` or `system:part`.
        action: what was done, as `noun.verb`.
        object_type, object_id: to what.
        before, after: the record's state; only hashes of them are kept.
        detail: ids, names of fields, reasons; never text of posts.
        request_id: default: that of the running request.

    Raises ValueError for a value that is longer than its column, or that JSON cannot hold.
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
    # Inside a savepoint of somebody else's, which may be rolled back alone, it cannot wait.
    if held is not None and held.depth == _savepoints():
        held.events.append(event)
        return event
    with transaction.atomic():
        _append([event])
    return event


def _savepoints() -> int:
    """How many stand; a block without one of its own cannot be rolled back alone."""
    return sum(one is not None for one in connection.savepoint_ids)


def _append(events: Sequence[AuditEvent]) -> None:
    """Seal events to the end of the chain, and to each other."""
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
    """The hash that binds a row's content to its place in the chain."""
    return digest({name: getattr(event, name) for name in SEALED})


def digest(content: State) -> str:
    """SHA-256 over the canonical JSON of `content`, as hexadecimal digits."""
    text = json.dumps(_plain(content), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def verify(anchor: Anchor | None = None) -> ChainCheck:
    """Walk the chain and name the first row that was altered, deleted or moved.

    With an anchor, also show that the chain's end was not cut off and the chain not sealed anew.
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
    except ValueError:  # it holds what `record` refuses
        return ""


def _chain() -> Iterator[AuditEvent | None]:
    """The rows in order, in batches; None, and then no more, where one no longer fits its columns."""
    rows = AuditEvent.objects.order_by("sequence")
    for size in (BATCH, 1):  # a bad row spoils its batch: then one by one, up to that row
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
            # Foreign keys are checked when a transaction ends, and that waits for whoever deletes what they refer to:
            # check them now, for whoever holds the chain must wait for nobody.
            cursor.execute(f"SET CONSTRAINTS ALL IMMEDIATE; SELECT pg_advisory_xact_lock({LOCK})")
    # SQLite: IMMEDIATE transactions let one writer in at a time.
    return AuditEvent.objects.order_by("-sequence").first()


def _bounded(event: AuditEvent) -> None:
    """SQLite does not mind a value that is too long, PostgreSQL does: refuse it on both; no NUL on either."""
    for column in AuditEvent._meta.concrete_fields:
        if isinstance(column, CharField):
            value = _plain(str(getattr(event, column.attname)))
            if column.max_length is not None and len(value) > column.max_length:
                raise ValueError(f"{column.name} of an audit event is longer than {column.max_length} characters")
            setattr(event, column.attname, value)


def _plain(value: Any) -> Any:
    """`value` as both databases give JSON back: else a row that nobody touched would seem altered.

    PostgreSQL keeps numbers as decimals (1e16 comes back as an integer) and takes no NUL and no lone surrogate.
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
