"""Signatures of Standard Webhooks: HMAC-SHA256 over id, time and body, under one secret or, after a change, two.

A secret is derived from the site's key, the address and its generation, so that no copy of the database holds one.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.utils.crypto import salted_hmac

SALT = "responder.webhooks.signing"
PREFIX = "whsec_"


class Signed(Protocol):
    """What has a signing secret: a partner's endpoint, or a person's channel for notifications."""

    ref: UUID
    generation: int
    overlap_until: datetime | None


def secret(endpoint: Signed, generation: int | None = None) -> str:
    """The secret as partners store it, `whsec_` and 32 bytes in base64; by default the newest generation."""
    generation = generation or endpoint.generation
    key = salted_hmac(SALT, f"{endpoint.ref}:{generation}", algorithm="sha256").digest()
    return PREFIX + base64.b64encode(key).decode()


def headers(endpoint: Signed, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The three signature headers; while the old secret is valid, they contain a signature by each."""
    at = str(int(now.timestamp()))
    secrets = [secret(endpoint)]
    if endpoint.generation > 1 and endpoint.overlap_until and now < endpoint.overlap_until:
        secrets.append(secret(endpoint, endpoint.generation - 1))
    signatures = " ".join(f"v1,{_sign(one, message_id, at, body)}" for one in secrets)
    return {"webhook-id": message_id, "webhook-timestamp": at, "webhook-signature": signatures}


def _sign(secret: str, message_id: str, at: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, f"{message_id}.{at}.".encode() + body, hashlib.sha256)).decode()
