"""How a version comes into production, and out of it: the only code that changes a version's state.

1. `propose`   measured → a gate refused it, or it runs in shadow and approval is asked for.
2. `tick`      shadow long enough → approval may be given; requests expire; changed evidence voids them.
3. `waive`     a named person lets a gate pass; this asks for approval anew.
4. `approve`   another person than who started or asked → canary. `reject` ends it.
5. `promote`   canary → production, and what served before is superseded.
6. `roll_back` the production version before serves again: one person, one click, reviewed by a second one later.
   `halt`      a canary that fails or slows is taken out by itself.

Each verb is one transaction with its audit event. Two at once: the row lock of the version in production decides.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from classifier import approvers, clock, evidence
from classifier.errors import GovernanceError, NotAllowed
from classifier.models import ApprovalRequest, Decision, Deployment, Evaluation, ModelVersion, Prediction, Waiver
from monitoring import audit

State = ModelVersion.State
VALID_FOR = timedelta(days=14)
CANARY_SHARE = 0.10
SHADOW_SHARE = 0.20
LEAST_REASON = 20  # characters
SYSTEM = "system:releases"


@transaction.atomic
def propose(*, evaluation: Evaluation, requested_by: Any = None) -> ApprovalRequest | None:
    """After an evaluation: refuse the candidate, or let it run in shadow and ask for approval.

    Arguments:
        requested_by: the person who asks; None where the weekly clock does.

    Returns the open request; None where a gate refused. Twice gives the same.
    """
    version = _lock(evaluation.candidate_id)
    if not evidence.is_intact(evaluation):
        raise GovernanceError("This evaluation was changed after it was sealed. Evaluate the version again.")
    if evidence.is_hopeless(evaluation.gates):
        _move(version, State.AUTO_REJECTED, by=SYSTEM, allowed=(State.REGISTERED, State.EVALUATED, State.AUTO_REJECTED))
        return None
    known = ApprovalRequest.objects.filter(version=version, state=ApprovalRequest.State.OPEN).first()
    if known and known.evaluation_id == evaluation.pk:
        return known
    _void(version, "it was evaluated again")
    if version.state in (State.REGISTERED, State.EVALUATED, State.EXPIRED, State.REJECTED):
        _move(version, State.SHADOW, by=SYSTEM, allowed=(version.state,))
        _start_shadow(version)
    elif version.state not in (State.SHADOW, State.PENDING_APPROVAL):
        raise GovernanceError(f"{version} is {version.get_state_display().lower()}: it cannot be proposed.")
    return _ask(evaluation, requested_by)


def shadow_ends(version: ModelVersion) -> datetime | None:
    """When the version has run in shadow for long enough; None where it does not run in shadow."""
    trial = version.deployments.filter(role=Deployment.Role.SHADOW).order_by("-id").first()
    return trial.started_at + timedelta(hours=settings.SHADOW_HOURS) if trial else None


@transaction.atomic
def waive(*, evaluation_id: int, gate: str, by: Any, reason: str) -> Waiver:
    """Let one gate pass, in one's own name. Approval is asked for anew, by this person: somebody else must give it."""
    approvers.require(by)
    reason = _reason(reason)
    evaluation = Evaluation.objects.select_related("candidate", "snapshot", "run").get(pk=evaluation_id)
    version = _lock(evaluation.candidate_id)
    _require_state(version, State.SHADOW, State.PENDING_APPROVAL)
    found = next((row for row in evidence.blocking(evaluation) if row["name"] == gate), None)
    if found is None or not evidence.may_waive(found):
        raise GovernanceError(f"The gate “{gate}” passed already, or may not be waived.")
    waiver = Waiver.objects.create(evaluation=evaluation, gate=gate, by=by, reason=reason)
    _record(by, "gate.waived", version, detail={"gate": gate, "reason": reason, "evaluation": evaluation.pk})
    _void(version, "a gate was waived")
    _ask(evaluation, by)
    return waiver


@transaction.atomic
def approve(*, request_id: int, by: Any, reason: str, evidence_hash: str) -> Decision:
    """Let a version into production, in one's own name.

    Arguments:
        evidence_hash: of the evidence that this person looked at.

    Raises NotAllowed, or GovernanceError where the request is over, the evidence changed or a gate stands in the way.
    """
    request, version = _open_request(request_id, by, evidence_hash)
    missing = evidence.blocking(request.evaluation)
    if missing:
        names = ", ".join(gate["name"] for gate in missing)
        raise GovernanceError(f"These gates have not passed: {names}. Waive them with a reason, or reject the version.")
    _require_state(version, State.PENDING_APPROVAL)
    decision = _decide(request, Decision.Verdict.APPROVE, by, reason, evidence_hash)
    given = request.decisions.filter(verdict=Decision.Verdict.APPROVE).count()
    if given >= settings.APPROVERS_REQUIRED:
        _close(request, ApprovalRequest.State.APPROVED, "")
        _move(version, State.APPROVED, by=_actor(by), allowed=(State.PENDING_APPROVAL,))
        _start_canary(version, request, by=_actor(by), reason=decision.reason)
    return decision


@transaction.atomic
def reject(*, request_id: int, by: Any, reason: str, evidence_hash: str) -> Decision:
    """Keep a version out of production, in one's own name; otherwise as `approve`."""
    request, version = _open_request(request_id, by, evidence_hash)
    decision = _decide(request, Decision.Verdict.REJECT, by, reason, evidence_hash)
    _close(request, ApprovalRequest.State.REJECTED, "")
    _end(version, "rejected")
    _move(version, State.REJECTED, by=_actor(by), allowed=(State.SHADOW, State.PENDING_APPROVAL))
    return decision


@transaction.atomic
def promote(*, version_id: int, by: Any) -> Deployment:
    """Give the canary all posts; what served before is superseded."""
    approvers.require(by)
    previous = _production()
    version = _lock(version_id)
    _require_state(version, State.CANARY)
    canary = version.deployments.get(role=Deployment.Role.CANARY, ended_at=None)
    _end(version, "promoted")
    if previous:
        _end(previous, f"superseded by {version}")
        _move(previous, State.SUPERSEDED, by=_actor(by), allowed=(State.PRODUCTION,))
    _move(version, State.PRODUCTION, by=_actor(by), allowed=(State.CANARY,))
    return Deployment.objects.create(
        version=version,
        role=Deployment.Role.PRODUCTION,
        kind=Deployment.Kind.RELEASE,
        request=canary.request,
        previous=previous,
        by=_actor(by),
        reason=canary.reason,
    )


@transaction.atomic
def roll_back(*, by: Any, reason: str) -> Deployment:
    """Let the production version before this one serve again. One person is enough; a second one reviews later."""
    approvers.require(by)
    reason = _reason(reason)
    current = _production()
    before = previous_production(current)
    if current is None or before is None:
        raise GovernanceError("There is no earlier production version to roll back to.")
    version = _lock(before.version_id)
    _end(current, "rolled back")
    _move(current, State.ROLLED_BACK, by=_actor(by), allowed=(State.PRODUCTION,), reason=reason)
    _move(version, State.PRODUCTION, by=_actor(by), allowed=(State.SUPERSEDED,), reason=reason)
    return Deployment.objects.create(
        version=version,
        role=Deployment.Role.PRODUCTION,
        kind=Deployment.Kind.ROLLBACK,
        request=before.request,
        previous=current,
        by=_actor(by),
        reason=reason,
    )


@transaction.atomic
def review_rollback(*, deployment_id: int, by: Any, text: str) -> Deployment:
    """A second person looks at a rollback afterwards and says what they found."""
    approvers.require(by)
    text = _reason(text)
    deployment = Deployment.objects.select_for_update().filter(pk=deployment_id).first()
    if deployment is None or deployment.kind != Deployment.Kind.ROLLBACK or deployment.reviewed_at:
        raise GovernanceError("There is no such rollback that waits for a review.")
    if deployment.by == _actor(by):
        raise NotAllowed("A second person must review this rollback: you did it yourself.")
    deployment.reviewed_by, deployment.reviewed_at, deployment.review = by, clock.now(), text
    deployment.save(update_fields=["reviewed_by", "reviewed_at", "review"])
    _record(by, "rollback.reviewed", deployment.version, detail={"deployment": deployment.pk, "reason": text})
    return deployment


@transaction.atomic
def halt(*, version_id: int, reason: str, by: str = "system:canary") -> bool:
    """Take a canary out at once; whether it was one. The posts go back to the version in production."""
    version = _lock(version_id)
    if version.state != State.CANARY:
        return False
    _end(version, f"halted: {reason}"[:200])
    _move(version, State.QUARANTINED, by=by, allowed=(State.CANARY,), reason=reason)
    return True


@transaction.atomic
def quarantine(*, version_id: int, by: Any, reason: str) -> ModelVersion:
    """Take a version out of everything for good. The one in production must be rolled back first."""
    approvers.require(by)
    reason = _reason(reason)
    version = _lock(version_id)
    if version.state == State.PRODUCTION:
        raise GovernanceError("This version answers in production. Roll back first, then quarantine it.")
    _void(version, "the version was quarantined")
    _end(version, "quarantined")
    _move(version, State.QUARANTINED, by=_actor(by), allowed=tuple(State), reason=reason)
    return version


@transaction.atomic
def retire(*, version_id: int, by: Any) -> ModelVersion:
    """Put away a version that served once and will not serve again."""
    approvers.require(by)
    version = _lock(version_id)
    _move(version, State.RETIRED, by=_actor(by), allowed=(State.SUPERSEDED, State.ROLLED_BACK, State.REJECTED))
    return version


def tick() -> None:
    """What time alone does: shadow is over, a request expired, its evidence is no longer the same. Safe to repeat."""
    for version in ModelVersion.objects.filter(state=State.SHADOW):
        ends = shadow_ends(version)
        if ends and clock.now() >= ends:
            with transaction.atomic():
                _move(_lock(version.pk), State.PENDING_APPROVAL, by=SYSTEM, allowed=(State.SHADOW,))
    for request in ApprovalRequest.objects.filter(state=ApprovalRequest.State.OPEN).select_related("version"):
        _check_open(request)


def previous_production(current: ModelVersion | None) -> Deployment | None:
    """The last production deployment of another version that may still serve."""
    return (
        Deployment.objects.filter(role=Deployment.Role.PRODUCTION, version__state=State.SUPERSEDED)
        .exclude(version=current)
        .select_related("version", "request")
        .order_by("-started_at", "-id")
        .first()
    )


def serving_at(moment: datetime) -> Deployment | None:
    """What answered in production at a moment, with the approval behind it."""
    rows: QuerySet[Deployment] = Deployment.objects.filter(role=Deployment.Role.PRODUCTION, started_at__lte=moment)
    return rows.exclude(ended_at__lte=moment).select_related("version", "request").order_by("-started_at").first()


def deployment_of(prediction: Prediction) -> Deployment | None:
    """Under which deployment a version gave a prediction: which model, and who let it."""
    rows = Deployment.objects.filter(
        version=prediction.model_version_id, role=prediction.role, started_at__lte=prediction.created_at
    )
    return rows.select_related("version", "request").order_by("-started_at", "-id").first()


def record_installation(version: ModelVersion, *, previous: ModelVersion | None = None) -> Deployment:
    """The deployment of a version that came with the product: who installed it decided for it."""
    return Deployment.objects.create(
        version=version,
        role=Deployment.Role.PRODUCTION,
        kind=Deployment.Kind.INSTALLATION,
        previous=previous,
        by="system:installation",
        reason="It came with the product, whose installation was the operator's decision.",
    )


def _ask(evaluation: Evaluation, requested_by: Any) -> ApprovalRequest:
    now = clock.now()
    request = ApprovalRequest.objects.create(
        version=evaluation.candidate,
        evaluation=evaluation,
        evidence_hash=evidence.hash_of(evaluation),
        requested_by=requested_by,
        requested_at=now,
        expires_at=now + VALID_FOR,
    )
    _record(
        requested_by or SYSTEM,
        "approval.requested",
        evaluation.candidate,
        detail={"request": request.pk, "evaluation": evaluation.pk, "evidence": request.evidence_hash},
    )
    return request


def _open_request(request_id: int, by: Any, seen: str) -> tuple[ApprovalRequest, ModelVersion]:
    """The request, if it is open and this person may decide on it."""
    approvers.require(by)
    request = (
        ApprovalRequest.objects.select_related("version", "evaluation__run", "evaluation__candidate")
        .filter(pk=request_id)
        .first()
    )
    if request is None:
        raise GovernanceError("There is no such request.")
    version = _lock(request.version_id)
    request.refresh_from_db(fields=["state", "closed_because"])
    why_not = _why_over(request)
    if why_not:
        raise GovernanceError(why_not)
    _require_uninvolved(request, by)
    if seen != request.evidence_hash:
        raise GovernanceError("The evidence is no longer what you looked at. Look at it again, then decide.")
    return request, version


def _why_over(request: ApprovalRequest) -> str:
    if request.state != ApprovalRequest.State.OPEN:
        return f"This request is {request.get_state_display().lower()}; it cannot be decided."
    if request.expires_at <= clock.now():
        return f"This request expired on {request.expires_at:%d %B %Y}. Propose the version again."
    if evidence.hash_of(request.evaluation) != request.evidence_hash:
        return "The evidence changed since approval was asked for. Propose the version again."
    return ""


def _require_uninvolved(request: ApprovalRequest, by: Any) -> None:
    run = request.evaluation.run
    if request.requested_by_id == by.pk:
        raise NotAllowed("You asked for this approval: another person must decide.")
    if run and run.initiator_id == by.pk:
        raise NotAllowed("You started the run that made this version: another person must decide.")
    if request.decisions.filter(by=by).exists():
        raise NotAllowed("You have decided on this request already.")


def _decide(request: ApprovalRequest, verdict: Decision.Verdict, by: Any, reason: str, evidence_hash: str) -> Decision:
    decision = Decision.objects.create(
        request=request, verdict=verdict, by=by, reason=_reason(reason), evidence_hash_seen=evidence_hash,
        at=clock.now(),
    )  # fmt: skip
    detail = {"request": request.pk, "reason": decision.reason, "evidence": evidence_hash}
    _record(by, f"approval.{'given' if verdict == Decision.Verdict.APPROVE else 'refused'}", request.version, detail)
    return decision


def _check_open(request: ApprovalRequest) -> None:
    """Close a request whose time is over or whose evidence changed."""
    with transaction.atomic():
        version = _lock(request.version_id)
        request.refresh_from_db(fields=["state"])
        if request.state != ApprovalRequest.State.OPEN:
            return
        if request.expires_at <= clock.now():
            _close(request, ApprovalRequest.State.EXPIRED, "nobody decided in time")
            _end(version, "the request expired")
            _move(version, State.EXPIRED, by=SYSTEM, allowed=(State.SHADOW, State.PENDING_APPROVAL))
        elif evidence.hash_of(request.evaluation) != request.evidence_hash:
            _close(request, ApprovalRequest.State.VOID, "the evidence changed")
            _record(SYSTEM, "approval.voided", version, detail={"request": request.pk})


def _void(version: ModelVersion, why: str) -> None:
    for request in version.requests.filter(state=ApprovalRequest.State.OPEN):
        _close(request, ApprovalRequest.State.VOID, why)
        _record(SYSTEM, "approval.voided", version, detail={"request": request.pk, "reason": why})


def _close(request: ApprovalRequest, state: ApprovalRequest.State, because: str) -> None:
    request.state, request.closed_at, request.closed_because = state, clock.now(), because
    request.save(update_fields=["state", "closed_at", "closed_because"])


def _start_shadow(version: ModelVersion) -> None:
    for other in Deployment.objects.filter(role=Deployment.Role.SHADOW, ended_at=None).select_related("version"):
        _end(other.version, f"{version} runs in shadow instead")
    Deployment.objects.create(
        version=version, role=Deployment.Role.SHADOW, kind=Deployment.Kind.TRIAL, share=SHADOW_SHARE, by=SYSTEM
    )


def _start_canary(version: ModelVersion, request: ApprovalRequest, *, by: str, reason: str) -> None:
    other = ModelVersion.objects.filter(name=version.name, state=State.CANARY).first()
    if other:
        raise GovernanceError(f"{other} is the canary now. Promote it, or quarantine it, first.")
    _end(version, "approved")
    Deployment.objects.create(
        version=version,
        role=Deployment.Role.CANARY,
        kind=Deployment.Kind.RELEASE,
        share=CANARY_SHARE,
        request=request,
        previous=_production(),
        by=by,
        reason=reason,
    )
    _move(version, State.CANARY, by=by, allowed=(State.APPROVED,))


def _end(version: ModelVersion, because: str) -> None:
    version.deployments.filter(ended_at=None).update(ended_at=clock.now(), ended_because=because)


def _production() -> ModelVersion | None:
    """The version in production, locked: whoever holds it is the only one to change what serves."""
    return ModelVersion.objects.select_for_update().filter(state=State.PRODUCTION).first()


def _lock(version_id: int) -> ModelVersion:
    version = ModelVersion.objects.select_for_update().filter(pk=version_id).first()
    if version is None:
        raise GovernanceError("There is no such version.")
    return version


def _move(version: ModelVersion, state: State, *, by: str, allowed: tuple[str, ...], reason: str = "") -> None:
    _require_state(version, *allowed)
    before = version.state
    if before == state:
        return
    version.state = state
    version.save(update_fields=["state"])
    audit.record(
        actor=by,
        action=f"model.{state}",
        object_type="model_version",
        object_id=str(version.pk),
        before={"state": before},
        after={"state": str(state)},
        detail={"name": version.name, "version": version.version, "sha256": version.sha256, "reason": reason},
    )


def _require_state(version: ModelVersion, *allowed: str) -> None:
    if version.state not in allowed:
        hint = ""
        if version.state == State.SHADOW and (ends := shadow_ends(version)):
            hint = f" It runs in shadow until {ends:%d %B, %H:%M} UTC."
        raise GovernanceError(f"{version} is now: {version.get_state_display().lower()}.{hint}")


def _reason(text: str) -> str:
    text = text.strip()
    if not LEAST_REASON <= len(text) <= 2_000:
        raise GovernanceError(f"Give a reason of {LEAST_REASON} to 2,000 characters: auditors will read it.")
    return text


def _actor(by: Any) -> str:
    return by if isinstance(by, str) else f"user:{by.username}"


def _record(by: Any, action: str, version: ModelVersion, detail: dict[str, Any]) -> None:
    audit.record(actor=_actor(by), action=action, object_type="model_version", object_id=str(version.pk), detail=detail)
