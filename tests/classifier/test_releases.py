"""Into production only by a named person's approval, and out of it in one click."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from classifier import clock, evidence, releases, serving
from classifier.errors import GovernanceError, NotAllowed
from classifier.models import ApprovalRequest, Deployment, LoadedModel, ModelVersion, TrainingRun
from monitoring import audit
from monitoring.models import AuditEvent
from responder import roles
from responder.models import User
from tests.classifier.versions import make_evaluation, make_version

pytestmark = pytest.mark.django_db
State = ModelVersion.State
REASON = "The evidence is sound and the gates passed."
Move = Callable[..., None]


@pytest.fixture
def move() -> Iterator[Move]:
    """move(hours=25): everything reads a clock so much later."""
    with time_machine.travel(datetime(2026, 11, 22, 22, 0, tzinfo=UTC), tick=False) as traveller:
        yield lambda **by: traveller.shift(timedelta(**by))


@pytest.fixture
def approver(people: dict[str, User]) -> User:
    return people["approver"]


@pytest.fixture
def second(db: None) -> User:
    user = User.objects.create_user("approver-ben", password="correct horse battery")
    roles.grant(user=user, role="approver")
    return user


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    yield
    serving.forget()


@pytest.fixture
def candidate(move: Move) -> ModelVersion:
    serving.register_shipped()
    return make_version()


def proposed(version: ModelVersion, move: Move, **options: Any) -> ApprovalRequest:
    """Evaluated, run in shadow for a day, and open for a decision."""
    request = releases.propose(evaluation=make_evaluation(version, **options))
    assert request is not None
    move(hours=25)
    releases.tick()
    return request


def approve(request: ApprovalRequest, by: User, **changes: Any) -> Any:
    return releases.approve(
        **({"request_id": request.pk, "by": by, "reason": REASON, "evidence_hash": request.evidence_hash} | changes)
    )


def state_of(version: ModelVersion) -> str:
    return ModelVersion.objects.get(pk=version.pk).state


def test_a_version_goes_through_shadow_approval_and_canary_into_production_and_back(
    candidate: ModelVersion, move: Move, approver: User, second: User
) -> None:
    shipped = serving.register_shipped()
    request = releases.propose(evaluation=make_evaluation(candidate))
    assert request is not None and state_of(candidate) == State.SHADOW
    with pytest.raises(GovernanceError, match="in shadow until 23 November, 22:00 UTC"):
        approve(request, approver)
    move(hours=25)
    releases.tick()
    approve(request, approver)
    assert state_of(candidate) == State.CANARY
    releases.promote(version_id=candidate.pk, by=second)
    assert (state_of(candidate), state_of(shipped)) == (State.PRODUCTION, State.SUPERSEDED)
    move(hours=1)
    back = releases.roll_back(by=second, reason="Coordinators report missed requests for water.")
    assert (state_of(candidate), state_of(shipped)) == (State.ROLLED_BACK, State.PRODUCTION)
    with pytest.raises(NotAllowed, match="another person must review"):
        releases.review_rollback(deployment_id=back.pk, by=second, text=REASON)
    releases.review_rollback(deployment_id=back.pk, by=approver, text=REASON)
    actions = list(
        AuditEvent.objects.filter(object_id=str(candidate.pk)).order_by("sequence").values_list("action", flat=True)
    )
    assert actions == [
        "model.shadow", "approval.requested", "model.pending_approval", "approval.given", "model.approved",
        "model.canary", "model.production", "model.rolled_back",
    ]  # fmt: skip
    assert audit.verify().intact


def test_what_served_at_a_moment_and_who_approved_it_is_known(
    candidate: ModelVersion, move: Move, approver: User
) -> None:
    before = clock.now()
    request = proposed(candidate, move)
    approve(request, approver)
    releases.promote(version_id=candidate.pk, by=approver)
    after = clock.now()
    move(hours=5)
    first, then = releases.serving_at(before), releases.serving_at(after)
    assert first and first.kind == Deployment.Kind.INSTALLATION and first.version.origin == "shipped"
    assert then and then.version == candidate and then.request
    assert [decision.by for decision in then.request.decisions.all()] == [approver]


def test_whoever_started_or_asked_cannot_approve(candidate: ModelVersion, move: Move, approver: User) -> None:
    run = TrainingRun.objects.create(run_key="manual", trigger="manual", initiator=approver, label_cutoff=clock.now())
    request = proposed(candidate, move, run=run)
    with pytest.raises(NotAllowed, match="started the run"):
        approve(request, approver)
    ApprovalRequest.objects.update(requested_by=approver)
    TrainingRun.objects.update(initiator=None)
    with pytest.raises(NotAllowed, match="requested this approval"):
        approve(request, approver)
    assert state_of(candidate) == State.PENDING_APPROVAL


@pytest.mark.parametrize("role", sorted(set(roles.ROLES) - {"approver"}))
def test_other_roles_cannot_decide_waive_promote_or_roll_back(
    candidate: ModelVersion, move: Move, people: dict[str, User], role: str
) -> None:
    request = proposed(candidate, move)
    by = people[role]
    for attempt in (
        lambda: approve(request, by),
        lambda: releases.reject(request_id=request.pk, by=by, reason=REASON, evidence_hash=request.evidence_hash),
        lambda: releases.waive(evaluation_id=request.evaluation_id, gate="calibration", by=by, reason=REASON),
        lambda: releases.promote(version_id=candidate.pk, by=by),
        lambda: releases.roll_back(by=by, reason=REASON),
        lambda: releases.quarantine(version_id=candidate.pk, by=by, reason=REASON),
        lambda: releases.retire(version_id=candidate.pk, by=by),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert state_of(candidate) == State.PENDING_APPROVAL


def test_the_group_that_approves_is_the_role_that_approves() -> None:
    from classifier import approvers

    assert [name for name, abilities in roles.ROLES.items() if roles.APPROVE in abilities] == [approvers.GROUP]


def test_a_short_reason_is_no_reason(candidate: ModelVersion, move: Move, approver: User) -> None:
    request = proposed(candidate, move)
    with pytest.raises(GovernanceError, match="20 to 2,000 characters"):
        approve(request, approver, reason="ok")
    assert not request.decisions.exists()


def test_an_expired_request_cannot_be_approved(candidate: ModelVersion, move: Move, approver: User) -> None:
    request = proposed(candidate, move)
    move(days=15)
    with pytest.raises(GovernanceError, match="expired"):
        approve(request, approver)
    releases.tick()
    request.refresh_from_db()
    assert request.state == ApprovalRequest.State.EXPIRED and state_of(candidate) == State.EXPIRED


@pytest.mark.parametrize("change", ["figures", "card", "bytes", "seen"])
def test_changed_evidence_cannot_be_approved(candidate: ModelVersion, move: Move, approver: User, change: str) -> None:
    request = proposed(candidate, move)
    seen = request.evidence_hash
    if change == "figures":
        evaluation = request.evaluation
        evaluation.metrics = {"candidate": {"macro_f1": 0.99}}
        evaluation.save()
    elif change == "card":
        ModelVersion.objects.filter(pk=candidate.pk).update(card="better than it was")
    elif change == "bytes":
        ModelVersion.objects.filter(pk=candidate.pk).update(sha256="0" * 64)
    else:
        seen = "0" * 64
    with pytest.raises(GovernanceError, match="evidence"):
        approve(request, approver, evidence_hash=seen)
    releases.tick()
    request.refresh_from_db()
    assert request.state == (ApprovalRequest.State.OPEN if change == "seen" else ApprovalRequest.State.VOID)
    assert state_of(candidate) == State.PENDING_APPROVAL


def test_a_gate_that_failed_for_good_refuses_the_version(candidate: ModelVersion) -> None:
    assert releases.propose(evaluation=make_evaluation(candidate, not_worse="failed")) is None
    assert state_of(candidate) == State.AUTO_REJECTED and not Deployment.objects.filter(version=candidate).exists()


def test_a_gate_without_enough_examples_blocks_until_somebody_waives_it(
    candidate: ModelVersion, move: Move, approver: User, second: User
) -> None:
    request = proposed(candidate, move, not_worse="not_evaluable", calibration="failed")
    with pytest.raises(GovernanceError, match="not_worse, calibration"):
        approve(request, approver)
    for gate in ("not_worse", "calibration"):
        releases.waive(evaluation_id=request.evaluation_id, gate=gate, by=second, reason=REASON)
    request.refresh_from_db()
    assert request.state == ApprovalRequest.State.VOID
    anew = candidate.requests.get(state=ApprovalRequest.State.OPEN)
    assert anew.evidence_hash != request.evidence_hash
    with pytest.raises(NotAllowed, match="waived a gate"):
        approve(anew, second)
    approve(anew, approver)
    assert state_of(candidate) == State.CANARY


def test_waivers_by_others_never_make_the_proposer_free_to_decide(
    candidate: ModelVersion, move: Move, approver: User, second: User, people: dict[str, User]
) -> None:
    evaluation = make_evaluation(candidate, calibration="failed", slices="failed")
    releases.propose(evaluation=evaluation, requested_by=approver)
    move(hours=25)
    releases.tick()
    for gate in ("calibration", "slices"):
        releases.waive(evaluation_id=evaluation.pk, gate=gate, by=second, reason=REASON)
    anew = candidate.requests.get(state=ApprovalRequest.State.OPEN)
    assert anew.requested_by == approver
    with pytest.raises(NotAllowed, match="requested this approval"):
        approve(anew, approver)
    with pytest.raises(NotAllowed, match="waived a gate"):
        approve(anew, second)
    assert not anew.decisions.exists() and state_of(candidate) == State.PENDING_APPROVAL


@pytest.mark.parametrize("gate", ["not_worse", "data", "no such gate"])
def test_what_failed_for_good_or_passed_cannot_be_waived(
    candidate: ModelVersion, move: Move, second: User, gate: str
) -> None:
    request = proposed(candidate, move)
    with pytest.raises(GovernanceError):
        releases.waive(evaluation_id=request.evaluation_id, gate=gate, by=second, reason=REASON)


def test_where_two_must_approve_one_is_not_enough(
    candidate: ModelVersion, move: Move, approver: User, second: User, settings: Any
) -> None:
    settings.APPROVERS_REQUIRED = 2
    request = proposed(candidate, move)
    approve(request, approver)
    assert state_of(candidate) == State.PENDING_APPROVAL
    with pytest.raises(NotAllowed, match="already decided on this request"):
        approve(request, approver)
    approve(request, second)
    assert state_of(candidate) == State.CANARY


def test_a_rejected_version_does_not_run_on(candidate: ModelVersion, move: Move, approver: User) -> None:
    request = proposed(candidate, move)
    releases.reject(request_id=request.pk, by=approver, reason=REASON, evidence_hash=request.evidence_hash)
    assert state_of(candidate) == State.REJECTED
    assert not Deployment.objects.filter(version=candidate, ended_at=None).exists()
    with pytest.raises(GovernanceError, match="rejected"):
        approve(request, approver)


def test_the_database_itself_refuses_a_second_production_version_and_a_release_without_a_decision(
    candidate: ModelVersion,
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.filter(pk=candidate.pk).update(state=State.PRODUCTION)
    with pytest.raises(IntegrityError), transaction.atomic():
        Deployment.objects.create(
            version=candidate, role=Deployment.Role.CANARY, kind=Deployment.Kind.RELEASE, by="user:nobody"
        )


def test_a_promotion_that_dies_half_way_changes_nothing(
    candidate: ModelVersion, move: Move, approver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    approve(proposed(candidate, move), approver)

    def die(*_: Any, **__: Any) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(Deployment.objects, "create", die)
        releases.promote(version_id=candidate.pk, by=approver)
    assert state_of(candidate) == State.CANARY
    assert ModelVersion.objects.get(state=State.PRODUCTION).origin == "shipped"
    releases.promote(version_id=candidate.pk, by=approver)
    assert state_of(candidate) == State.PRODUCTION


def test_a_process_picks_up_a_release_and_says_what_it_loaded(
    candidate: ModelVersion, move: Move, approver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "RECHECK_S", 0.0)
    assert serving.current().runtime.info.version != candidate.version
    approve(proposed(candidate, move), approver)
    line = serving.line()
    assert line.canary and line.canary.serving.runtime.info.sha256 == candidate.sha256
    serving.report()
    assert set(LoadedModel.objects.values_list("role", flat=True)) == {"production", "canary"}
    releases.promote(version_id=candidate.pk, by=approver)
    assert serving.current().version_id == candidate.pk
    serving.report()
    assert list(LoadedModel.objects.values_list("role", "sha256")) == [("production", candidate.sha256)]


def test_a_canary_whose_bytes_were_changed_is_halted_and_production_goes_on(
    candidate: ModelVersion, move: Move, approver: User
) -> None:
    approve(proposed(candidate, move), approver)
    (serving.folder_of(candidate) / "tokenizer.json").write_text("{}")
    serving.forget()
    serving._runtime.cache_clear()
    line = serving.line()
    assert line.canary is None and line.production.runtime.info.version != candidate.version
    assert state_of(candidate) == State.QUARANTINED


def test_evidence_hash_depends_on_everything_an_approver_sees(candidate: ModelVersion) -> None:
    evaluation = make_evaluation(candidate)
    assert evidence.is_intact(evaluation)
    before = evidence.hash_of(evaluation)
    evaluation.gates[0]["value"] = 0.5
    assert not evidence.is_intact(evaluation) and evidence.hash_of(evaluation) != before
