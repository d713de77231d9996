"""Joins the parts of long messages: each part waits in its row until all are there, or until the others are late."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from classifier import clock, locks
from monitoring import audit
from responder.errors import ResponderError
from responder.field_reports import contacts, filing
from responder.field_reports.contacts import Contact
from responder.field_reports.filing import Submission
from responder.models import FieldReport, MessagePart, ReportChannel

log = structlog.get_logger(__name__)
SALT = "responder.field_reports.message_parts"
MOST_PARTS = 20
PATIENCE = timedelta(minutes=5)
REMEMBERED = timedelta(days=1)
GROUPS_A_SWEEP = 200


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a long message.

    Arguments:
        reference: the gateway's name for the whole message.
    """

    reference: str
    number: int
    total: int
    text: str
    contact: Contact


@audit.atomic()
def add(channel: ReportChannel, part: Part) -> FieldReport | None:
    """Store a part, and the whole message if it was the last. Idempotent. Raises Closed, Erased."""
    named = f"{part.contact.telephone}:{part.reference}:{part.total}"
    key = salted_hmac(SALT, named, algorithm="sha256").hexdigest()  # keyed, so that no number can be tried out
    locks.one_at_a_time("message-parts", f"{channel.pk}:{key}")
    rows = {row.number: row for row in MessagePart.objects.filter(channel=channel, group_key=key)}
    joined = any(row.joined_at for row in rows.values())
    known = rows.get(part.number)
    if known is not None and known.text == (_digest(part.text) if joined else part.text):
        return None
    if known is not None:  # gateways number their messages in a circle: this is another one
        MessagePart.objects.filter(channel=channel, group_key=key).delete()
        rows, joined = {}, False
    rows[part.number] = MessagePart.objects.create(
        channel=channel, group_key=key, number=part.number, total=part.total, text=part.text,
        sender=part.contact.encrypted(),
    )  # fmt: skip
    if joined:  # the others were late, and were stored without it
        return _join(channel, [rows[part.number]])
    return _join(channel, list(rows.values())) if len(rows) >= part.total else None


def join_late() -> int:
    """Store messages whose other parts did not come in time, and say how many are missing. Returns the number of messages."""
    now = clock.now()
    MessagePart.objects.filter(joined_at__lt=now - REMEMBERED).delete()
    late = MessagePart.objects.filter(joined_at=None, received_at__lt=now - PATIENCE).order_by()
    groups = list(late.values_list("channel_id", "group_key").distinct()[:GROUPS_A_SWEEP])
    return sum(_join_late(channel_id, key) for channel_id, key in groups)


def _join_late(channel_id: int, key: str) -> int:
    channel = ReportChannel.objects.select_related("event").get(pk=channel_id)
    parts = MessagePart.objects.filter(channel=channel, group_key=key, joined_at=None)
    try:
        with audit.atomic():
            locks.one_at_a_time("message-parts", f"{channel_id}:{key}")
            rows = list(parts.all())
            if rows:
                _join(channel, rows)
            return len(rows[:1])
    except ResponderError as error:  # the event was closed meanwhile, or the text was erased
        log.warning("a long message could not be joined", channel=channel.ref, error=str(error))
        parts.delete()
        filing.count_refused(channel, str(error))
        return 0


def _join(channel: ReportChannel, rows: Sequence[MessagePart]) -> FieldReport:
    """Store the message of these parts, and forget what they say."""
    texts, total = {row.number: row.text for row in rows}, rows[0].total
    numbers = range(1, total + 1)
    text = "".join(texts.get(number, " … ") for number in numbers)
    if missing := sum(number not in texts for number in numbers):
        text += "\n" + _("[%(missing)d of %(total)d parts of this message are missing]") % {
            "missing": missing, "total": total,
        }  # fmt: skip
    began = min(row.received_at for row in rows)
    submission = Submission(
        kind=FieldReport.Kind.SMS, identity=f"parts:{channel.pk}:{rows[0].group_key}:{began.isoformat()}:{text}",
        event=channel.event, text=text.strip(), contact=contacts.decrypted(rows[0].sender), created_at=began,
        channel=channel,
    )  # fmt: skip
    filed = filing.file(submission)
    for row in rows:
        row.text, row.sender, row.joined_at = _digest(row.text), "", clock.now()
        row.save(update_fields=["text", "sender", "joined_at"])
    return filed.report


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
