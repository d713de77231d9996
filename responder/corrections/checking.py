"""What a person does with a request before a decision: start, read the contact, write down who asks, or refuse."""

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
    """The request with this reference. Raises Missing."""
    rows = CorrectionRequest.objects.select_related("identity_by", "decided_by")
    if len(ref) > 12 or (found := rows.filter(ref=ref).first()) is None:
        raise Missing(_("This request does not exist. It may have been deleted."))
    return found


def opened(ref: str, version: int, by: User, *states: str) -> CorrectionRequest:
    """The request, locked for a change. Needs a transaction.

    Arguments:
        version: as the person saw it.
        states: in which this may be done.

    Raises Conflict, Invalid, Missing, NotPermitted.
    """
    if not roles.allows(by, roles.CORRECT):
        raise NotPermitted(_("Your role doesn't let you decide on corrections. Ask a lead."))
    request = CorrectionRequest.objects.select_for_update(no_key=True).filter(ref=ref[:13]).first()
    if request is None:
        raise Missing(_("This request does not exist. It may have been deleted."))
    if request.version != version:
        raise Conflict(by=_("Somebody"), what=_("changed this request"), at=None, version=request.version)
    if request.state not in states:
        raise Invalid(_("This request is not at that step any more. Load the page again."))
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
    """Begin to check a request; the person who asked sees that somebody does. Raises as `opened`."""
    request = opened(ref, version, by, State.NEW)
    request.state = State.CHECKING
    return written(request, by, "started")


@audit.atomic()
def disclose(*, ref: str, by: User) -> CorrectionRequest:
    """The request, to be shown unmasked to `by` this once. Raises Missing, NotPermitted."""
    if not roles.allows(by, roles.CORRECT):
        raise NotPermitted(_("Your role doesn't let you decide on corrections. Ask a lead."))
    request = find(ref)
    audit.record(
        actor=f"user:{by.username}", action="correction.viewed", object_type="correction", object_id=request.ref
    )
    return request


@audit.atomic()
def identify(*, ref: str, version: int, how: str, words: str = "", by: User) -> CorrectionRequest:
    """Write down how somebody made sure who asks. Raises InvalidFields, and as `opened`."""
    request = opened(ref, version, by, State.CHECKING)
    checks, words = FieldChecks(), " ".join(words.replace("\0", "").split())
    if how not in CorrectionRequest.Identity.values:
        checks.refuse("how", _("Choose one of the options."))
    if len(words) > IDENTITY_LIMIT:
        checks.refuse("words", _("Enter at most %(most)d characters.") % {"most": IDENTITY_LIMIT})
    if how == CorrectionRequest.Identity.OTHER and len(words) < SHORTEST_REASON:
        checks.refuse("words", _("Say in at least 10 characters how you made sure."))
    checks.require_valid()
    request.identity, request.identity_words = how, words
    request.identity_by, request.identity_at = by, clock.now()
    return written(request, by, "identified", how=how)


@audit.atomic()
def refuse(*, ref: str, version: int, refusal: str, reason: str, by: User) -> CorrectionRequest:
    """Refuse a request with a reason that the person reads. Raises InvalidFields, and as `opened`."""
    request = opened(ref, version, by, *CorrectionRequest.OPEN)
    checks, reason = FieldChecks(), reason.replace("\0", "").strip()
    if refusal not in CorrectionRequest.Refusal.values:
        checks.refuse("refusal", _("Choose one of the options."))
    if not SHORTEST_REASON <= len(reason) <= REASON_LIMIT:
        checks.refuse("reason", _("Enter a reason of 10 to 1,000 characters. The person who asked reads it."))
    checks.require_valid()
    now = clock.now()
    request.state, request.outcome, request.refusal, request.reason = State.CLOSED, "refused", refusal, reason
    request.decided_by, request.decided_at, request.closed_at = by, now, now
    request.decisions.all().delete()
    request.receipt = receipts.signed(receipts.of_refusal(request))
    return written(request, by, "refused", refusal=refusal)
