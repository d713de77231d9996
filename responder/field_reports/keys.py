"""Keys of report channels: links of public forms, addresses for gateways, and secrets that sign messages.

They are derived from the site's secret key, the channel and its generation, so that no copy of the database holds one. A new
generation ends the former ones at once.
"""

import base64
import hmac
import secrets

from django.utils.crypto import salted_hmac

from responder.models import ReportChannel

SALT, SIGNING_SALT = "responder.field_reports.keys", "responder.field_reports.signing"
SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without characters that are easily confused
REF_LENGTH, MAC_LENGTH = 8, 27  # 27 signs of base64 hold 162 bits
LONGEST_KEY = 64
PREFIX = "whsec_"


def new_signs(count: int) -> str:
    """Return random characters that people can read out."""
    return "".join(secrets.choice(SIGNS) for _place in range(count))


def is_ref(text: str) -> bool:
    """Whether a channel could have this reference; nothing else is asked of the database."""
    return len(text) == REF_LENGTH and set(text) <= set(SIGNS)


def key_of(channel: ReportChannel) -> str:
    """Return the part of a channel's address that nobody can guess."""
    return f"{channel.ref}-{_mac(channel)}"


def find(key: str, *kinds: str) -> ReportChannel | None:
    """Return the channel of these kinds that has this key, with its event; None for a wrong or a former key."""
    ref, _dash, mac = key.partition("-")
    if len(key) > LONGEST_KEY or not is_ref(ref):
        return None
    channel = ReportChannel.objects.select_related("event").filter(ref=ref, kind__in=kinds).first()
    is_right = channel is not None and hmac.compare_digest(_mac(channel).encode(), mac.encode("utf-8", "replace"))
    return channel if is_right else None


def signing_secret(channel: ReportChannel) -> str:
    """Return the secret that signs a channel's messages (Standard Webhooks): `whsec_` and 32 bytes in base64."""
    key = salted_hmac(SIGNING_SALT, f"{channel.ref}:{channel.generation}", algorithm="sha256").digest()
    return PREFIX + base64.b64encode(key).decode()


def _mac(channel: ReportChannel) -> str:
    digest = salted_hmac(SALT, f"{channel.kind}:{channel.ref}:{channel.generation}", algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode()[:MAC_LENGTH]
