"""Public links to published reports: nobody can guess them, they expire, and can be withdrawn.

A link's key is derived from the site's secret key and the link's reference, so that no copy of the database holds one.
"""

import base64
import hmac
import secrets
from datetime import timedelta

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder.errors import Invalid, InvalidFields, Missing
from responder.models import SituationLink, SituationReport, User
from responder.situation import access

SALT = "responder.situation.links"
SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without characters that are easily confused
REF_LENGTH, MAC_LENGTH, LONGEST_KEY = 8, 27, 64  # 27 signs of base64 hold 162 bits
MOST_LINKS = 20  # open ones of a report
MOST_DAYS, USUAL_DAYS = 365, 30
State = SituationReport.State


@audit.atomic()
def create(*, report_id: int, version: int, by: User, days: str = str(USUAL_DAYS)) -> SituationLink:
    """Create a public link to a published report. Raises Conflict, Invalid, InvalidFields, Missing, NotPermitted.

    Arguments:
        days: after how many the link expires.
    """
    report = access.opened(report_id, version, by, State.PUBLISHED)
    if not (days.isascii() and days.isdecimal() and 0 < int(days[:6]) <= MOST_DAYS):
        raise InvalidFields({"days": _("Enter 1 to %(most)d days.") % {"most": MOST_DAYS}})
    if sum(link.is_open for link in report.links.all()) >= MOST_LINKS:
        raise Invalid(_("This report has %(most)d links. Withdraw one first.") % {"most": MOST_LINKS})
    ref = "".join(secrets.choice(SIGNS) for _place in range(REF_LENGTH))
    link = SituationLink.objects.create(
        report=report, ref=ref, created_by=by, expires_at=clock.now() + timedelta(days=int(days))
    )
    _record(report, link, by, "link_created")
    return link


@audit.atomic()
def withdraw(*, report_id: int, link_id: int, by: User) -> SituationLink:
    """Withdraw a link; it answers 410 from now on. Idempotent. Raises Missing, NotPermitted."""
    access.require_role(by)
    link = (
        SituationLink.objects.select_for_update(of=("self",), no_key=True)
        .select_related("report__event")
        .filter(pk=link_id, report=report_id)
        .first()
    )
    if link is None:
        raise Missing(_("This link does not exist."))
    access.require_event(by, link.report.event_id)
    if link.withdrawn_at is None:
        link.withdrawn_at, link.withdrawn_by = clock.now(), by
        link.save(update_fields=["withdrawn_at", "withdrawn_by"])
        _record(link.report, link, by, "link_withdrawn")
    return link


def key_of(link: SituationLink) -> str:
    """The part of a link's address that nobody can guess."""
    digest = salted_hmac(SALT, link.ref, algorithm="sha256").digest()
    return f"{link.ref}-{base64.urlsafe_b64encode(digest).decode()[:MAC_LENGTH]}"


def find(key: str) -> SituationLink | None:
    """The link with this key, with its report and event; None for a key that is none of ours."""
    ref = key.partition("-")[0]
    if len(key) > LONGEST_KEY or len(ref) != REF_LENGTH or not set(ref) <= set(SIGNS):
        return None
    link = SituationLink.objects.select_related("report__event").filter(ref=ref).first()
    is_right = link is not None and hmac.compare_digest(key_of(link).encode(), key.encode("utf-8", "replace"))
    return link if is_right else None


def shows(link: SituationLink) -> bool:
    """Whether the link still shows its report: it is open, and the report is published."""
    return link.is_open and link.report.state == State.PUBLISHED


def _record(report: SituationReport, link: SituationLink, by: User, action: str) -> None:
    """Record a step in the audit log by the row's id; the reference is a part of the key."""
    audit.record(
        actor=f"user:{by.username}", action=f"situation.{action}", object_type="situation", object_id=report.ref,
        detail={"link": link.pk, "expires": link.expires_at.isoformat()},
    )  # fmt: skip
