"""Push messages to browsers (RFC 8030), encrypted for the browser (RFC 8291) and signed by this site (VAPID, RFC 8292).

pywebpush encrypts. The request is sent by `classifier.outbound`, since a browser names the address: it may lead nowhere but to
the public internet.
"""

import base64
import binascii
import json
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.utils.translation import gettext as _

from classifier import outbound
from responder.errors import Invalid
from responder.models import PushKey
from responder.privacy import secrets

ENDPOINT_LIMIT, SUBSCRIPTION_LIMIT = 1_000, 3_000
LASTS_S = 12 * 3600  # a push service keeps the message for a browser that is closed
VALID_S = 3600  # of a signature
PUBLIC_BYTES, SECRET_BYTES = 65, 16  # of a browser's keys


def private_key() -> str:
    """The site's private key, raw and in base64url: that of the settings, else the stored one, made when first needed."""
    if settings.PUSH_PRIVATE_KEY:
        return str(settings.PUSH_PRIVATE_KEY)
    stored = PushKey.objects.filter(pk=1).first()
    if stored is None:
        made = PushKey(pk=1, private_key=secrets.encrypt(_new_key()))
        PushKey.objects.bulk_create([made], ignore_conflicts=True)  # of two processes, the first one's key counts
        stored = PushKey.objects.get(pk=1)
    return secrets.decrypt(stored.private_key)


def public_key() -> str:
    """The public key that a browser subscribes with, as base64url."""
    number = int.from_bytes(_decoded(private_key()), "big")
    key = ec.derive_private_key(number, ec.SECP256R1()).public_key()
    return _encoded(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def check_subscription(text: str) -> str:
    """Return a browser's subscription as it is stored. Raises Invalid."""
    problem = Invalid(_("The browser sent no valid subscription. Reload the page and try again."))
    if len(text) > SUBSCRIPTION_LIMIT:
        raise problem
    try:
        sent = json.loads(text)
        endpoint, keys = str(sent["endpoint"]), sent["keys"]
        public, secret = str(keys["p256dh"]), str(keys["auth"])
        if len(_decoded(public)) != PUBLIC_BYTES or len(_decoded(secret)) != SECRET_BYTES:
            raise problem
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(public))
        parts = urlsplit(endpoint)
        is_allowed = parts.scheme == "https" or bool(settings.WEBHOOK_NETWORKS)
        is_sound = (
            len(endpoint) <= ENDPOINT_LIMIT and endpoint.isascii() and endpoint.isprintable() and " " not in endpoint
        )
        if (
            not (is_allowed and is_sound and parts.scheme in ("http", "https") and parts.hostname)
            or "@" in parts.netloc
        ):
            raise problem
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise problem from error
    return json.dumps({"endpoint": endpoint, "keys": {"p256dh": public, "auth": secret}})


def host_of(subscription: str) -> str:
    """The host of the push service."""
    return urlsplit(json.loads(subscription)["endpoint"]).hostname or ""


def send(
    subscription: str, key: str, *, title: str, text: str, url: str, is_urgent: bool, deadline_s: float
) -> int:  # fmt: skip
    """Send one push message. Returns the status that the push service answered. Raises as `outbound.post`, ValueError."""
    from py_vapid import Vapid02  # heavy, and needed by workers alone
    from pywebpush import WebPusher

    found: dict[str, Any] = json.loads(subscription)
    endpoint = found["endpoint"]
    content = json.dumps({"title": title, "body": text[:1_500], "url": url}).encode()
    encrypted = WebPusher(found).encode(content, content_encoding="aes128gcm")
    parts = urlsplit(endpoint)
    from classifier import clock

    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}", "exp": str(int(clock.now().timestamp()) + VALID_S),
        "sub": f"mailto:{settings.CAP_SENDER}",
    }  # fmt: skip
    signed = Vapid02.from_raw(key.encode()).sign(claims)
    headers = {
        "Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream", "TTL": str(LASTS_S),
        "Urgency": "high" if is_urgent else "normal", **signed,
    }  # fmt: skip
    return outbound.post(
        endpoint, encrypted["body"], headers, allowed=settings.WEBHOOK_NETWORKS, deadline_s=deadline_s
    )  # fmt: skip


def _new_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return _encoded(key.private_numbers().private_value.to_bytes(32, "big"))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise ValueError("no base64url") from error
