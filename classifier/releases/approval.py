"""Approval of a version: proposal, waivers, decision by another person, expiry."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from classifier import approvers, clock, evidence
from classifier.errors import GovernanceError, NotAllowed
from classifier.models import ApprovalRequest, Decision, Evaluation, ModelVersion, Waiver
from classifier.releases.requests import ask, close, void
from classifier.releases.states import (
    SYSTEM,
    State,
    actor,
    checked_reason,
    end,
    lock,
    move,
    record,
    require_state,
    shadow_ends,
)
from classifier.releases.traffic import start_canary, start_shadow
from monitoring import audit


@audit.atomic()
def propose(*, evaluation: Evaluation, requested_by: Any = None) -> ApprovalRequest | None:
    """Refuse an evaluated candidate, or run it in shadow and request approval. Idempotent.

    Arguments:
        requested_by: the person who requests approval; None for the weekly schedule.

    Returns the open request, or None if a gate refused the candidate.
    """
    version = lock(evaluation.candidate_id)
    if not evidence.is_intact(evaluation):
        raise GovernanceError(_("This evaluation was changed after it was sealed. Evaluate the version again."))
    if evidence.is_hopeless(evaluation.gates):
        move(version, State.AUTO_REJECTED, by=SYSTEM, allowed=(State.REGISTERED, State.EVALUATED, State.AUTO_REJECTED))
        return None
    known = ApprovalRequest.objects.filter(version=version, state=ApprovalRequest.State.OPEN).first()
    if known and known.evaluation_id == evaluation.pk:
        return known
    void(version, "it was evaluated again")
    if version.state in (State.REGISTERED, State.EVALUATED, State.EXPIRED, State.REJECTED):
        move(version, State.SHADOW, by=SYSTEM, allowed=(version.state,))
        start_shadow(version)
    elif version.state not in (State.SHADOW, State.PENDING_APPROVAL):
        raise GovernanceError(
            _("%(version)s is %(state)s, so it cannot be proposed.")
            % {"version": version, "state": version.get_state_display().lower()}
        )
    return ask(evaluation, requested_by)


@audit.atomic()
def waive(*, evaluation_id: int, gate: str, by: Any, reason: str) -> Waiver:
    """Waive one gate in this person's name, and request approval again from someone else.

    Who asked for approval before goes on asking: a waiver by another person must not make a proposer free to decide.
    """
    approvers.require(by)
    reason = checked_reason(reason)
    evaluation = Evaluation.objects.select_related("candidate", "snapshot", "run").get(pk=evaluation_id)
    version = lock(evaluation.candidate_id)
    require_state(version, State.SHADOW, State.PENDING_APPROVAL)
    found = next((row for row in evidence.blocking(evaluation) if row["name"] == gate), None)
    if found is None or not evidence.may_waive(found):
        raise GovernanceError(_("The gate “%(gate)s” has already passed or can't be waived.") % {"gate": gate})
    waiver = Waiver.objects.create(evaluation=evaluation, gate=gate, by=by, reason=reason)
    record(by, "gate.waived", version, detail={"gate": gate, "reason": reason, "evaluation": evaluation.pk})
    before = version.requests.filter(state=ApprovalRequest.State.OPEN).first()
    void(version, "a gate was waived")
    ask(evaluation, before.requested_by if before else by)
    return waiver


@audit.atomic()
def approve(*, request_id: int, by: Any, reason: str, evidence_hash: str) -> Decision:
    """Approve a version for production, in this person's name.

    Arguments:
        evidence_hash: of the evidence that this person saw.

    Raises NotAllowed, or GovernanceError if the request is closed, the evidence changed or a gate blocks it.
    """
    request, version = _open_request(request_id, by, evidence_hash)
    missing = evidence.blocking(request.evaluation)
    if missing:
        names = ", ".join(gate["name"] for gate in missing)
        raise GovernanceError(
            _("These gates have not passed: %(names)s. Waive them with a reason, or reject the version.")
            % {"names": names}
        )
    require_state(version, State.PENDING_APPROVAL)
    decision = _decide(request, Decision.Verdict.APPROVE, by, reason, evidence_hash)
    given = request.decisions.filter(verdict=Decision.Verdict.APPROVE).count()
    if given >= settings.APPROVERS_REQUIRED:
        close(request, ApprovalRequest.State.APPROVED, "")
        move(version, State.APPROVED, by=actor(by), allowed=(State.PENDING_APPROVAL,))
        start_canary(version, request, by=actor(by), reason=decision.reason)
    return decision


@audit.atomic()
def reject(*, request_id: int, by: Any, reason: str, evidence_hash: str) -> Decision:
    """Reject a version, in this person's name; otherwise like `approve`."""
    request, version = _open_request(request_id, by, evidence_hash)
    decision = _decide(request, Decision.Verdict.REJECT, by, reason, evidence_hash)
    close(request, ApprovalRequest.State.REJECTED, "")
    end(version, "rejected")
    move(version, State.REJECTED, by=actor(by), allowed=(State.SHADOW, State.PENDING_APPROVAL))
    return decision


def tick() -> None:
    """End shadow periods, and close requests that expired or whose evidence changed. Idempotent."""
    for version in ModelVersion.objects.filter(state=State.SHADOW):
        ends = shadow_ends(version)
        if ends and clock.now() >= ends:
            with audit.atomic():
                move(lock(version.pk), State.PENDING_APPROVAL, by=SYSTEM, allowed=(State.SHADOW,))
    for request in ApprovalRequest.objects.filter(state=ApprovalRequest.State.OPEN).select_related("version"):
        _check_open(request)


def _open_request(request_id: int, by: Any, seen: str) -> tuple[ApprovalRequest, ModelVersion]:
    """The request and its version, locked. Raises unless the request is open and this person may decide on it."""
    approvers.require(by)
    request = (
        ApprovalRequest.objects.select_related("version", "evaluation__run", "evaluation__candidate")
        .filter(pk=request_id)
        .first()
    )
    if request is None:
        raise GovernanceError(_("This approval request does not exist."))
    version = lock(request.version_id)
    request.refresh_from_db(fields=["state", "closed_because"])
    why_not = _why_over(request)
    if why_not:
        raise GovernanceError(why_not)
    _require_uninvolved(request, by)
    if seen != request.evidence_hash:
        raise GovernanceError(_("The evidence has changed since you loaded this page. Review it again, then decide."))
    return request, version


def _why_over(request: ApprovalRequest) -> str:
    if request.state != ApprovalRequest.State.OPEN:
        return f"This request is {request.get_state_display().lower()}; it cannot be decided."
    if request.expires_at <= clock.now():
        return f"This request expired on {request.expires_at:%d %B %Y}. Propose the version again."
    if evidence.hash_of(request.evaluation) != request.evidence_hash:
        return "The evidence has changed since approval was requested. Propose the version again."
    return ""


def _require_uninvolved(request: ApprovalRequest, by: Any) -> None:
    """Raise NotAllowed for who asked for any approval of this version, trained it, waived a gate, or has decided."""
    run = request.evaluation.run
    if request.version.requests.filter(requested_by=by).exists():
        raise NotAllowed(_("You requested this approval, so another person must decide."))
    if request.evaluation.waivers.filter(by=by).exists():
        raise NotAllowed(_("You waived a gate of this version, so another person must decide."))
    if run and run.initiator_id == by.pk:
        raise NotAllowed(_("You started the run that trained this version, so another person must decide."))
    if request.decisions.filter(by=by).exists():
        raise NotAllowed(_("You have already decided on this request."))


def _decide(request: ApprovalRequest, verdict: Decision.Verdict, by: Any, reason: str, evidence_hash: str) -> Decision:
    decision = Decision.objects.create(
        request=request, verdict=verdict, by=by, reason=checked_reason(reason), evidence_hash_seen=evidence_hash,
        at=clock.now(),
    )  # fmt: skip
    detail = {"request": request.pk, "reason": decision.reason, "evidence": evidence_hash}
    record(by, f"approval.{'given' if verdict == Decision.Verdict.APPROVE else 'refused'}", request.version, detail)
    return decision


def _check_open(request: ApprovalRequest) -> None:
    """Close a request that expired or whose evidence changed."""
    with audit.atomic():
        version = lock(request.version_id)
        request.refresh_from_db(fields=["state"])
        if request.state != ApprovalRequest.State.OPEN:
            return
        if request.expires_at <= clock.now():
            close(request, ApprovalRequest.State.EXPIRED, "nobody decided in time")
            end(version, "the request expired")
            move(version, State.EXPIRED, by=SYSTEM, allowed=(State.SHADOW, State.PENDING_APPROVAL))
        elif evidence.hash_of(request.evaluation) != request.evidence_hash:
            close(request, ApprovalRequest.State.VOID, "the evidence changed")
            record(SYSTEM, "approval.voided", version, detail={"request": request.pk})
