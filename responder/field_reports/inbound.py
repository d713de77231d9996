"""Messages from gateways: signatures are checked first, then each message is stored once.

Two forms are understood: Twilio's webhook (`X-Twilio-Signature`: HMAC-SHA1 over the address and the sorted parameters), and JSON
that is signed as Standard Webhooks signs (HMAC-SHA256 over ID, time and body).
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from classifier import bounded_json, clock
from responder.errors import Invalid, NotPermitted
from responder.feeds.storable import clean
from responder.field_reports import filing, keys, message_parts
from responder.field_reports.contacts import NAME_LIMIT, TELEPHONE_LIMIT, Contact, bounded
from responder.field_reports.filing import Submission
from responder.models import FieldReport, ReportChannel
from responder.privacy import secrets

TEXT_LIMIT, ID_LIMIT, REFERENCE_LIMIT = 5_000, 200, 100
MOST_MEDIA, MOST_VALUES = 100, 100
TOLERANCE_S = 300  # between the time that a signature states and ours
LONGEST_SIGNATURE, MOST_SIGNATURES = 1_000, 5
KEY_SIZE = 32


class WrongSignature(NotPermitted):
    """The signature is missing, wrong or too old."""

    title = "Wrong signature"

    def __init__(self) -> None:
        super().__init__(_("The signature is missing, wrong or too old. Nothing was stored."))


@dataclass(frozen=True, slots=True)
class Message:
    """A message from a gateway, bounded.

    Arguments:
        id: of the message at the gateway.
        reference, part, parts: which part of a long message it is; 1 of 1 for a whole one.
        media: how many files came along.
    """

    id: str
    sender: str
    text: str
    name: str = ""
    reference: str = ""
    part: int = 1
    parts: int = 1
    media: int = 0


def check_twilio(
    channel: ReportChannel, urls: Iterable[str], parameters: Sequence[tuple[str, str]], signature: str
) -> None:
    """Check Twilio's signature. Raises WrongSignature, UnknownKey.

    Arguments:
        urls: addresses under which Twilio may know this one; behind a proxy, scheme and port can differ from ours.
        parameters: names and values as they were sent.
    """
    token = secrets.decrypt(channel.secret).encode()
    ending = "".join(f"{name}{value}" for name, value in sorted(set(parameters)))
    found = False
    for url in urls:
        digest = hmac.digest(token, (url + ending).encode("utf-8", "replace"), hashlib.sha1)
        found |= hmac.compare_digest(base64.b64encode(digest), signature.encode("utf-8", "replace"))
    if not found:
        raise WrongSignature


def from_twilio(parameters: Mapping[str, str]) -> Message:
    """Parse the parameters of Twilio's webhook. Raises Invalid."""
    media = parameters.get("NumMedia", "")
    return Message(
        id=_required_id(parameters.get("MessageSid") or parameters.get("SmsSid") or "", "MessageSid"),
        sender=bounded(parameters.get("From", "")[:TELEPHONE_LIMIT], TELEPHONE_LIMIT),
        text=clean(parameters.get("Body", ""), TEXT_LIMIT).strip(),
        media=min(int(media), MOST_MEDIA) if media.isdecimal() and len(media) < 5 else 0,
    )


def check_signed(channel: ReportChannel, headers: Mapping[str, str], body: bytes) -> str:
    """Check a signature of Standard Webhooks. Returns the message's ID. Raises WrongSignature."""
    message_id, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (0 < len(message_id) <= ID_LIMIT and at.isdecimal() and at.isascii() and len(at) <= 12):
        raise WrongSignature
    if abs(clock.now().timestamp() - int(at)) > TOLERANCE_S:
        raise WrongSignature
    key = base64.b64decode(keys.signing_secret(channel).removeprefix(keys.PREFIX))
    expected = hmac.digest(key, f"{message_id}.{at}.".encode("utf-8", "replace") + body, hashlib.sha256)
    offered = headers.get("webhook-signature", "")[:LONGEST_SIGNATURE].split()[:MOST_SIGNATURES]
    if not any(hmac.compare_digest(expected, _decoded(one)) for one in offered):
        raise WrongSignature
    return message_id


def from_json(body: bytes, message_id: str) -> Message:
    """Parse a signed message: `text` and `from`, and where they apply `name`, `reference`, `part`, `parts`. Raises Invalid."""
    try:
        found = bounded_json.loads(body, most_values=MOST_VALUES)
    except (ValueError, RecursionError) as error:
        raise Invalid(_("The body is not valid JSON.")) from error
    if not isinstance(found, dict):
        raise Invalid(_("Send one JSON object."))
    part, parts = _count(found, "part"), _count(found, "parts")
    if part > parts:
        raise Invalid(_("`part` is larger than `parts`."))
    return Message(
        id=_required_id(message_id, "webhook-id"), sender=_text(found, "from", TELEPHONE_LIMIT),
        text=_text(found, "text", TEXT_LIMIT, one_line=False), name=_text(found, "name", NAME_LIMIT),
        reference=_text(found, "reference", REFERENCE_LIMIT), part=part, parts=parts,
    )  # fmt: skip


def accept(channel: ReportChannel, message: Message) -> FieldReport | None:
    """Store a message of a gateway; None while other parts of it are missing. Idempotent.

    Raises Closed, Erased, Invalid for an empty message.
    """
    channel.event.require_open()
    contact = Contact(name=message.name, telephone=message.sender)
    if message.parts > 1:
        part = message_parts.Part(
            message.reference or message.sender, message.part, message.parts, message.text, contact
        )
        return message_parts.add(channel, part)
    text = message.text.strip() or (_("[a message without text]") if message.media else "")
    if not text:
        raise Invalid(_("The message is empty."))
    submission = Submission(
        kind=FieldReport.Kind.SMS, identity=f"sms:{channel.pk}:{message.id}", event=channel.event, text=text,
        contact=contact, attachments=message.media, channel=channel,
    )  # fmt: skip
    return filing.file(submission).report


def _required_id(value: str, name: str) -> str:
    value = clean(value, ID_LIMIT + 1).strip()
    if not 0 < len(value) <= ID_LIMIT:
        raise Invalid(_("Send `%(name)s`, at most %(most)d characters.") % {"name": name, "most": ID_LIMIT})
    return value


def _text(found: Mapping[str, Any], name: str, most: int, *, one_line: bool = True) -> str:
    value = found.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise Invalid(_("`%(name)s` must be a text of at most %(most)d characters.") % {"name": name, "most": most})
    return (
        bounded(value, most) if one_line else clean(value, most)
    )  # the blanks at the ends of a part are between words


def _count(found: Mapping[str, Any], name: str) -> int:
    value = found.get(name, 1)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= message_parts.MOST_PARTS:
        raise Invalid(
            _("`%(name)s` must be a whole number from 1 to %(most)d.")
            % {"name": name, "most": message_parts.MOST_PARTS}
        )
    return value


def _decoded(signature: str) -> bytes:
    version, _comma, value = signature.partition(",")
    try:
        found = base64.b64decode(value, validate=True) if version == "v1" else b""
    except (binascii.Error, ValueError):
        return b""
    return found if len(found) == KEY_SIZE else b""
