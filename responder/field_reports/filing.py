"""Stores a report: its post, through the intake of all posts, and what is known of the reporter, in one transaction.

A report is stored once for its identity, however often it is sent. It is durable when `file` returns; the workers classify it
next, as every post.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder.classification.wake_up import wake_classifier
from responder.errors import Invalid
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.field_reports import keys
from responder.field_reports.contacts import Contact
from responder.field_reports.positions import GivenPlace
from responder.models import Event, FieldReport, Post, ReportChannel, User

SHORTEST_TEXT = 3


class Erased(Invalid):
    """The same report, or its text, was erased before."""

    title = "Erased"

    def __init__(self) -> None:
        super().__init__(_("This text was erased after a request or at its source, and can't be stored again."))


@dataclass(frozen=True, slots=True)
class Submission:
    """A report before it is stored; its values are bounded.

    Arguments:
        kind: of FieldReport.Kind.
        identity: what makes it the same report when it is sent again, such as a message's ID. Only its hash is stored.
        about: `self`, `other`, or empty where that was not stated.
        severity: 1 to 4 if somebody chose it.
        created_at: when it was sent, if that is not now.
        channel: which received it; None if one of us typed it.
    """

    kind: str
    identity: str
    event: Event
    text: str
    about: str = ""
    severity: int | None = None
    contact: Contact = field(default_factory=Contact)
    place: GivenPlace = field(default_factory=GivenPlace)
    created_at: datetime | None = None
    attachments: int = 0
    channel: ReportChannel | None = None


@dataclass(frozen=True, slots=True)
class Filed:
    """The stored report, and whether this submission stored it."""

    report: FieldReport
    is_new: bool


@audit.atomic()
def file(submission: Submission, *, by: User | None = None) -> Filed:
    """Store a report and wake the workers. Idempotent. Raises Closed, Erased.

    Arguments:
        by: who filed it; None if it came from outside.
    """
    source, source_id = submission.kind, _source_id(submission)
    ingest.one_writer(source)  # two that send the same report at once wait for each other here
    found = FieldReport.objects.filter(post__source=source, post__source_id=source_id).first()
    if found is not None:
        return Filed(found, is_new=False)
    ingest.accept(posts=[_post(submission, source_id)], source=source, event=submission.event)
    post = Post.objects.filter(source=source, source_id=source_id).first()
    if post is None:
        raise Erased
    report = _store(submission, post, by)
    wake_classifier()
    return Filed(report, is_new=True)


def count_refused(channel: ReportChannel, why: str) -> None:
    """Note on a channel that it did not accept a message, and why."""
    ReportChannel.objects.filter(pk=channel.pk).update(
        refused=F("refused") + 1, last_error=why[:300], last_error_at=clock.now()
    )


def _store(submission: Submission, post: Post, by: User | None) -> FieldReport:
    now, channel, contact = clock.now(), submission.channel, _contact(submission)
    report = FieldReport.objects.create(
        ref=_new_ref(), post=post, channel=channel, kind=submission.kind, about=submission.about, filed_by=by,
        severity=submission.severity, contact=contact.encrypted(), attachments=submission.attachments, received_at=now,
    )  # fmt: skip
    if channel is not None:
        ReportChannel.objects.filter(pk=channel.pk).update(received=F("received") + 1, last_received_at=now)
    audit.record(
        actor=f"user:{by.username}" if by else "system:public", action="field_report.filed",
        object_type="field_report", object_id=report.ref,
        detail={"post": post.pk, "kind": submission.kind, "event": submission.event.ref,
                "channel": channel.ref if channel else "", "severity": submission.severity},
    )  # fmt: skip
    return report


def _post(submission: Submission, source_id: str) -> RawPost:
    place, text = submission.place, submission.text
    if place.text and place.text.casefold() not in text.casefold():
        text = f"{text}\n\n{place.text}"  # the place finder reads it there
    return RawPost(
        source_id=source_id, text=text, created_at=submission.created_at or clock.now(),
        author_handle=submission.contact.sender, position=place.pin,
    )  # fmt: skip


def _contact(submission: Submission) -> Contact:
    """The contact, with the reporter's place where that is not the place of the need."""
    at, text = submission.place.reporter, submission.place.reporter_text
    known = replace(submission.contact, place=text) if text else submission.contact
    return replace(known, latitude=at.latitude, longitude=at.longitude) if at else known


def _source_id(submission: Submission) -> str:
    return hashlib.sha256(submission.identity.encode("utf-8", "replace")).hexdigest()[:40]


def _new_ref() -> str:
    while True:
        signs = keys.new_signs(8)
        ref = f"R-{signs[:4]}-{signs[4:]}"
        if not FieldReport.objects.filter(ref=ref).exists():
            return ref
