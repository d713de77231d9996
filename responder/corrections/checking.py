"""The steps before a decision: start a request, view the contact details, record the identity check, or refuse."""

from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder import roles
from responder.corrections import receipts
from responder.errors import Conflict, FieldChecks, Invalid, Missing, NotPermitted
from responder.models import CorrectionRequest, User
from responder.models.correction import IDENTITY_LIMIT, REASON_LIMIT

SHORTEST_REASON = 10
State = CorrectionRequest.State


def find(ref: str) -> CorrectionRequest:
    """Return the request with this reference. Raises Missing."""
    rows = CorrectionRequest.objects.select_related("identity_by", "decided_by")
    if len(ref) > 12 or (found := rows.filter(ref=ref).first()) is None:
        raise Missing(_("This request does not exist. It may have been deleted."))
    return found


def opened(ref: str, version: int, by: User, *states: str) -> CorrectionRequest:
    """Lock and return a request for a change. Needs a transaction.

    Arguments:
        version: the version that the user loaded.
        states: the states that allow the change.

    Raises Conflict, Invalid, Missing, NotPermitted.
    """
    if not roles.allows(by, roles.CORRECT):
        raise NotPermitted(_("Your role doesn't let you decide on corrections. Ask a lead."))
    request = CorrectionRequest.objects.select_for_update(no_key=True).filter(ref=ref[:13]).first()
    if request is None:
        raise Missing(_("This request does not exist. It may have been deleted."))
    if request.version != version:
        raise Conflict(by=_("Someone"), what=_("changed this request"), at=None, version=request.version)
    if request.state not in states:
        raise Invalid(_("The status of this request has changed. Reload the page."))
    return request


def written(request: CorrectionRequest, by: User, step: str, /, **detail: object) -> CorrectionRequest:
    """Store a change with its audit event, which holds no personal data."""
    request.version += 1
    request.save()
    audit.record(
        actor=f"user:{by.username}", action=f"correction.{step}", object_type="correction", object_id=request.ref,
        detail=detail,
    )  # fmt: skip
    return request


@audit.atomic()
def start(*, ref: str, version: int, by: User) -> CorrectionRequest:
    """Start checking a request. The requester can see this. Raises the errors of `opened`."""
    request = opened(ref, version, by, State.NEW)
    request.state = State.CHECKING
    return written(request, by, "started")


@audit.atomic()
def disclose(*, ref: str, by: User) -> CorrectionRequest:
    """Return the request to be shown unmasked to `by` once, and log the access. Raises Missing, NotPermitted."""
    if not roles.allows(by, roles.CORRECT):
        raise NotPermitted(_("Your role doesn't let you decide on corrections. Ask a lead."))
    request = find(ref)
    audit.record(
        actor=f"user:{by.username}", action="correction.viewed", object_type="correction", object_id=request.ref
    )
    return request


@audit.atomic()
def identify(*, ref: str, version: int, how: str, words: str = "", by: User) -> CorrectionRequest:
    """Record the identity check. Raises InvalidFields and the errors of `opened`."""
    request = opened(ref, version, by, State.CHECKING)
    checks, words = FieldChecks(), " ".join(words.replace("\0", "").split())
    if how not in CorrectionRequest.Identity.values:
        checks.refuse("how", _("Choose one of the options."))
    if len(words) > IDENTITY_LIMIT:
        checks.refuse("words", _("Enter at most %(most)d characters.") % {"most": IDENTITY_LIMIT})
    if how == CorrectionRequest.Identity.OTHER and len(words) < SHORTEST_REASON:
        checks.refuse("words", _("Describe in at least 10 characters how you checked the identity."))
    checks.require_valid()
    request.identity, request.identity_words = how, words
    request.identity_by, request.identity_at = by, clock.now()
    return written(request, by, "identified", how=how)


@audit.atomic()
def refuse(*, ref: str, version: int, refusal: str, reason: str, by: User) -> CorrectionRequest:
    """Refuse a request with a reason for the requester. Raises InvalidFields and the errors of `opened`."""
    request = opened(ref, version, by, *CorrectionRequest.OPEN)
    checks, reason = FieldChecks(), reason.replace("\0", "").strip()
    if refusal not in CorrectionRequest.Refusal.values:
        checks.refuse("refusal", _("Choose one of the options."))
    if not SHORTEST_REASON <= len(reason) <= REASON_LIMIT:
        checks.refuse("reason", _("Enter a reason of 10 to 1,000 characters. The requester will read it."))
    checks.require_valid()
    now = clock.now()
    request.state, request.outcome, request.refusal, request.reason = State.CLOSED, "refused", refusal, reason
    request.decided_by, request.decided_at, request.closed_at = by, now, now
    request.decisions.all().delete()
    request.receipt = receipts.signed(receipts.of_refusal(request))
    return written(request, by, "refused", refusal=refusal)
