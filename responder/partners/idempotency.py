"""One effect for a request that is sent twice: the Idempotency-Key header.

How a key travels:
1. `claim` inserts the row, which only one of two racing requests can do; the other learns that it runs.
2. The work happens outside any transaction.
3. `finish` writes the answer in the transaction that stores the work's effect: both, or neither.
4. `release` forgets the row of work that failed, so that the partner may try again.

A process that dies leaves a row without an answer; after LEASE another request may take it over, and should
the first come back after all, its `finish` fails and takes its effect along.
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
class Claim:
    """The right to do the work of one key; `since` tells it from a later claim on the same row."""

    record_id: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered before."""

    status: int
    body: Any


def fingerprint(method: str, path: str, content: Any) -> str:
    """Hash that is equal for requests that ask for the same; `content` is the parsed body."""
    canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
    found = hashlib.sha256()
    for piece in canonical.iterencode(
        [method, path, content]
    ):  # never whole: it may be twelve times as long as its texts
        found.update(piece.encode())
    return found.hexdigest()


def claim(*, token: ApiToken, key: str, fingerprint: str) -> Claim | Answered:
    """Begin the work of `key`, or learn what it answered.

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
    return Claim(record.pk, now)


def _earlier(token: ApiToken, key: str, fingerprint: str, now: datetime) -> Claim | Answered:
    record = IdempotencyRecord.objects.filter(token=token, key=key).first()
    if record is None:  # it failed and was forgotten a moment ago
        raise StillRunning()
    if record.fingerprint != fingerprint:
        raise KeyReused()
    if record.status is not None:
        return Answered(record.status, _unpacked(str(record.body)))
    abandoned = IdempotencyRecord.objects.filter(
        moments.older("created_at", now, than=LEASE), pk=record.pk, status=None, created_at=record.created_at
    )
    if not abandoned.update(created_at=now):
        raise StillRunning()
    return Claim(record.pk, now)


def finish(claimed: Claim, *, status: int, body: Any) -> None:
    """Keep the answer; call it in the transaction that stores the effect.

    Raises StillRunning if another request has taken the work over, which must undo that transaction.
    """
    if not _mine(claimed).update(status=status, body=_packed(body)):
        raise StillRunning()


def release(claimed: Claim) -> None:
    """Forget a claim whose work failed."""
    _mine(claimed).delete()


@contextmanager
def released_on_failure(claimed: Claim) -> Iterator[None]:
    """Release the claim if the block raises."""
    try:
        yield
    except BaseException:
        release(claimed)
        raise


def _mine(claimed: Claim) -> Any:
    return IdempotencyRecord.objects.filter(pk=claimed.record_id, status=None, created_at=claimed.since)


def _packed(body: Any) -> str:
    """Compressed, which a thousand predictions shrink by, and safe for databases that take no NUL in JSON."""
    return base64.b85encode(zlib.compress(json.dumps(body, separators=(",", ":")).encode())).decode()


def _unpacked(body: str) -> Any:
    return json.loads(zlib.decompress(base64.b85decode(body)))
