"""Promotion, rollback and removal of versions: which of them gets which posts."""

from typing import Any

from django.utils.translation import gettext as _

from classifier import approvers, clock
from classifier.errors import GovernanceError, NotAllowed
from classifier.models import ApprovalRequest, Deployment, ModelVersion
from classifier.releases.history import previous_production
from classifier.releases.requests import void
from classifier.releases.states import (
    SYSTEM,
    State,
    actor,
    checked_reason,
    end,
    lock,
    locked_production,
    move,
    record,
    require_state,
)
from monitoring import audit

CANARY_SHARE = 0.10
SHADOW_SHARE = 0.20


@audit.atomic()
def promote(*, version_id: int, by: Any) -> Deployment:
    """Move all posts to the canary. The previous production version is superseded."""
    approvers.require(by)
    previous = locked_production()
    version = lock(version_id)
    require_state(version, State.CANARY)
    canary = version.deployments.get(role=Deployment.Role.CANARY, ended_at=None)
    end(version, "promoted")
    if previous:
        end(previous, f"superseded by {version}")
        move(previous, State.SUPERSEDED, by=actor(by), allowed=(State.PRODUCTION,))
    move(version, State.PRODUCTION, by=actor(by), allowed=(State.CANARY,))
    return Deployment.objects.create(
        version=version,
        role=Deployment.Role.PRODUCTION,
        kind=Deployment.Kind.RELEASE,
        request=canary.request,
        previous=previous,
        by=actor(by),
        reason=canary.reason,
    )


@audit.atomic()
def roll_back(*, by: Any, reason: str) -> Deployment:
    """Return to the previous production version. One person is enough; a second one reviews it later."""
    approvers.require(by)
    reason = checked_reason(reason)
    current = locked_production()
    before = previous_production(current)
    if current is None or before is None:
        raise GovernanceError(_("There is no earlier production version to roll back to."))
    version = lock(before.version_id)
    end(current, "rolled back")
    move(current, State.ROLLED_BACK, by=actor(by), allowed=(State.PRODUCTION,), reason=reason)
    move(version, State.PRODUCTION, by=actor(by), allowed=(State.SUPERSEDED,), reason=reason)
    return Deployment.objects.create(
        version=version,
        role=Deployment.Role.PRODUCTION,
        kind=Deployment.Kind.ROLLBACK,
        request=before.request,
        previous=current,
        by=actor(by),
        reason=reason,
    )


@audit.atomic()
def review_rollback(*, deployment_id: int, by: Any, text: str) -> Deployment:
    """Record a second person's review of a rollback."""
    approvers.require(by)
    text = checked_reason(text)
    deployment = Deployment.objects.select_for_update(no_key=True).filter(pk=deployment_id).first()
    if deployment is None or deployment.kind != Deployment.Kind.ROLLBACK or deployment.reviewed_at:
        raise GovernanceError(_("This rollback is not waiting for a review."))
    if deployment.by == actor(by):
        raise NotAllowed(_("You made this rollback, so another person must review it."))
    deployment.reviewed_by, deployment.reviewed_at, deployment.review = by, clock.now(), text
    deployment.save(update_fields=["reviewed_by", "reviewed_at", "review"])
    record(by, "rollback.reviewed", deployment.version, detail={"deployment": deployment.pk, "reason": text})
    return deployment


@audit.atomic()
def halt(*, version_id: int, reason: str, by: str = "system:canary") -> bool:
    """Stop a canary immediately. Returns whether it was one. Its posts return to the version in production."""
    version = lock(version_id)
    if version.state != State.CANARY:
        return False
    end(version, f"halted: {reason}"[:200])
    move(version, State.QUARANTINED, by=by, allowed=(State.CANARY,), reason=reason)
    return True


@audit.atomic()
def quarantine(*, version_id: int, by: Any, reason: str) -> ModelVersion:
    """Exclude a version permanently. A version in production must be rolled back first."""
    approvers.require(by)
    reason = checked_reason(reason)
    version = lock(version_id)
    if version.state == State.PRODUCTION:
        raise GovernanceError(_("This version is in production. Roll back first, then quarantine it."))
    void(version, "the version was quarantined")
    end(version, "quarantined")
    move(version, State.QUARANTINED, by=actor(by), allowed=tuple(State), reason=reason)
    return version


@audit.atomic()
def retire(*, version_id: int, by: Any) -> ModelVersion:
    """Retire a version that served before and will not serve again."""
    approvers.require(by)
    version = lock(version_id)
    move(version, State.RETIRED, by=actor(by), allowed=(State.SUPERSEDED, State.ROLLED_BACK, State.REJECTED))
    return version


def record_installation(version: ModelVersion, *, previous: ModelVersion | None = None) -> Deployment:
    """Record the deployment of the shipped version. The person who installed the product decided to use it."""
    return Deployment.objects.create(
        version=version,
        role=Deployment.Role.PRODUCTION,
        kind=Deployment.Kind.INSTALLATION,
        previous=previous,
        by="system:installation",
        reason="It came with the product, whose installation was the operator's decision.",
    )


def start_shadow(version: ModelVersion) -> None:
    for other in Deployment.objects.filter(role=Deployment.Role.SHADOW, ended_at=None).select_related("version"):
        end(other.version, f"{version} runs in shadow instead")
    Deployment.objects.create(
        version=version, role=Deployment.Role.SHADOW, kind=Deployment.Kind.TRIAL, share=SHADOW_SHARE, by=SYSTEM
    )


def start_canary(version: ModelVersion, request: ApprovalRequest, *, by: str, reason: str) -> None:
    other = ModelVersion.objects.filter(state=State.CANARY).first()  # under any name: posts have one canary
    if other:
        raise GovernanceError(_("%(other)s is already the canary. Promote or quarantine it first.") % {"other": other})
    end(version, "approved")
    Deployment.objects.create(
        version=version,
        role=Deployment.Role.CANARY,
        kind=Deployment.Kind.RELEASE,
        share=CANARY_SHARE,
        request=request,
        previous=locked_production(),
        by=by,
        reason=reason,
    )
    move(version, State.CANARY, by=by, allowed=(State.APPROVED,))
