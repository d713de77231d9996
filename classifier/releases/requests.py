"""Approval requests: opening, closing, voiding."""

from datetime import timedelta
from typing import Any

from classifier import clock, evidence
from classifier.models import ApprovalRequest, Evaluation, ModelVersion
from classifier.releases.states import SYSTEM, record

VALID_FOR = timedelta(days=14)


def ask(evaluation: Evaluation, requested_by: Any) -> ApprovalRequest:
    now = clock.now()
    request = ApprovalRequest.objects.create(
        version=evaluation.candidate,
        evaluation=evaluation,
        evidence_hash=evidence.hash_of(evaluation),
        requested_by=requested_by,
        requested_at=now,
        expires_at=now + VALID_FOR,
    )
    record(
        requested_by or SYSTEM,
        "approval.requested",
        evaluation.candidate,
        detail={"request": request.pk, "evaluation": evaluation.pk, "evidence": request.evidence_hash},
    )
    return request


def void(version: ModelVersion, why: str) -> None:
    for request in version.requests.filter(state=ApprovalRequest.State.OPEN):
        close(request, ApprovalRequest.State.VOID, why)
        record(SYSTEM, "approval.voided", version, detail={"request": request.pk, "reason": why})


def close(request: ApprovalRequest, state: ApprovalRequest.State, because: str) -> None:
    request.state, request.closed_at, request.closed_because = state, clock.now(), because
    request.save(update_fields=["state", "closed_at", "closed_because"])
