"""Idempotent requests: the Idempotency-Key header.

The life of a key:
1. `claim` inserts the row, which only one of two racing requests can do; the other is told that the first is still running.
2. The work happens outside any transaction.
3. `finish` stores the response in the same transaction as the effect of the request, so both are stored or neither.
4. `release` deletes the row of a failed request, so that the partner can retry.

A process that dies leaves a row without a response. After LEASE, another request may take it over. If the first one
continues after all, its `finish` fails and rolls back its effect.
"""

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from classifier import clock, moments
from responder.errors import Invalid, KeyReused, StillRunning
from responder.models import ApiToken, IdempotencyRecord

KEPT = timedelta(hours=24)
LEASE = timedelta(minutes=10)  # longer than any request can take
WELL_FORMED = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class KeyClaim:
    """The claim on one key; `since` distinguishes it from a later claim on the same row."""

    record_id: int
    since: datetime


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The stored answer to an earlier request."""

    status: int
    body: Any


def fingerprint(method: str, path: str, content: Any) -> str:
    """A hash that is equal for equal requests; `content` is the parsed body."""
    canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
    found = hashlib.sha256()
    # In pieces: the whole may be twelve times as long as its texts.
    for piece in canonical.iterencode([method, path, content]):
        found.update(piece.encode())
    return found.hexdigest()


def claim(*, token: ApiToken, key: str, fingerprint: str) -> KeyClaim | StoredAnswer:
    """Claim `key`, or return its stored answer.

    Raises:
        Invalid: the key is no key.
        KeyReused: it was sent with another request.
        StillRunning: its first request has not finished.
    """
    if not WELL_FORMED.fullmatch(key):
        raise Invalid(_("An Idempotency-Key must have 1 to 255 visible ASCII characters and no spaces."))
    IdempotencyRecord.objects.filter(token=token, key=key, created_at__lt=clock.now() - KEPT).delete()
    now = clock.now()
    try:
        with transaction.atomic():
            record = IdempotencyRecord.objects.create(token=token, key=key, fingerprint=fingerprint, created_at=now)
    except IntegrityError:
        return _earlier(token, key, fingerprint, now)
    return KeyClaim(record.pk, now)


def _earlier(token: ApiToken, key: str, fingerprint: str, now: datetime) -> KeyClaim | StoredAnswer:
    record = IdempotencyRecord.objects.filter(token=token, key=key).first()
    if record is None:  # it failed and was released a moment ago
        raise StillRunning()
    if record.fingerprint != fingerprint:
        raise KeyReused()
    if record.status is not None:
        return StoredAnswer(record.status, _unpacked(str(record.body)))
    abandoned = IdempotencyRecord.objects.filter(
        moments.older("created_at", now, than=LEASE), pk=record.pk, status=None, created_at=record.created_at
    )
    if not abandoned.update(created_at=now):
        raise StillRunning()
    return KeyClaim(record.pk, now)


def finish(claimed: KeyClaim, *, status: int, body: Any) -> None:
    """Store the answer; call it in the transaction that stores the effect.

    Raises StillRunning if another request has taken the work over, which must undo that transaction.
    """
    if not _mine(claimed).update(status=status, body=_packed(body)):
        raise StillRunning()


def release(claimed: KeyClaim) -> None:
    """Release a claim whose work failed."""
    _mine(claimed).delete()


@contextmanager
def released_on_failure(claimed: KeyClaim) -> Iterator[None]:
    """Release the claim if the block raises."""
    try:
        yield
    except BaseException:
        release(claimed)
        raise


def _mine(claimed: KeyClaim) -> Any:
    return IdempotencyRecord.objects.filter(pk=claimed.record_id, status=None, created_at=claimed.since)


def _packed(body: Any) -> str:
    """Return the body compressed as text, which also encodes NULs that some databases can't store in JSON."""
    return base64.b85encode(zlib.compress(json.dumps(body, separators=(",", ":")).encode())).decode()


def _unpacked(body: str) -> Any:
    return json.loads(zlib.decompress(base64.b85decode(body)))
