"""The pages of the learning loop: everybody with a role reads, approvers decide, nobody else gets past a POST."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from classifier import clock, releases, serving
from classifier.models import ApprovalRequest, Deployment, ModelVersion, RunLine, TrainingRun
from responder import roles
from responder.models import User
from responder.partners import tokens
from tests.classifier.versions import make_evaluation, make_version

pytestmark = pytest.mark.django_db
REASON = "The evidence is sound and the gates passed."
READERS = [role for role, abilities in roles.ROLES.items() if roles.VIEW in abilities]


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR, settings.SHADOW_HOURS = tmp_path, 0
    yield
    serving.forget()


@pytest.fixture
def asked() -> ApprovalRequest:
    """A request that may be decided."""
    serving.register_shipped()
    run = TrainingRun.objects.create(
        run_key="responder-tweets:2026-W47", trigger="weekly", label_cutoff=clock.now(), state="requested",
        started_at=clock.now(), finished_at=clock.now(), cost={"wall_minutes": 50.0, "cpu_minutes": 90.0, "peak_memory_mb": 900},
    )  # fmt: skip
    RunLine.objects.create(run=run, text="step 1 of 820, 12.1 min left")
    version = make_version()
    TrainingRun.objects.update(candidate=version)
    request = releases.propose(evaluation=make_evaluation(version, run=run, calibration="failed"))
    assert request is not None
    releases.tick()
    return request


def signed_in(user: User) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(user)
    return client


def pages(asked: ApprovalRequest) -> list[str]:
    run = TrainingRun.objects.get()
    return [
        reverse("model"), reverse("model") + "?at=2026-11-24T10:00", reverse("model") + "?at=nonsense",
        reverse("approvals"), reverse("approval", args=[asked.pk]), reverse("runs"), reverse("run", args=[run.pk]),
        reverse("run-progress", args=[run.pk]),
    ]  # fmt: skip


def posts(asked: ApprovalRequest) -> list[tuple[str, dict[str, str]]]:
    run = TrainingRun.objects.get()
    decision = {"reason": REASON, "evidence": asked.evidence_hash}
    return [
        (reverse("approval-decide", args=[asked.pk]), decision | {"verdict": "approve"}),
        (reverse("approval-decide", args=[asked.pk]), decision | {"verdict": "reject"}),
        (reverse("approval-waive", args=[asked.pk]), {"gate": "calibration", "reason": REASON}),
        (reverse("model-promote", args=[asked.version_id]), {}),
        (reverse("model-quarantine", args=[asked.version_id]), {"reason": REASON}),
        (reverse("model-rollback"), {"reason": REASON}),
        (reverse("rollback-review", args=[1]), {"reason": REASON}),
        (reverse("run-start"), {"reason": "now"}),
        (reverse("run-stop", args=[run.pk]), {}),
    ]


@pytest.mark.parametrize("role", READERS)
def test_everybody_who_may_look_reads_every_page(people: dict[str, User], asked: ApprovalRequest, role: str) -> None:
    client = signed_in(people[role])
    for url in pages(asked):
        response = client.get(url)
        assert response.status_code == 200, url
    shown = client.get(reverse("approval", args=[asked.pk])).content.decode()
    assert ("Waive this gate" in shown) == (role == "approver")


def test_partners_do_not_see_the_pages_and_strangers_are_asked_to_sign_in(
    people: dict[str, User], asked: ApprovalRequest
) -> None:
    for url in pages(asked):
        assert signed_in(people["partner"]).get(url).status_code == 403
        assert Client().get(url).status_code == 302


@pytest.mark.parametrize("role", sorted(set(roles.ROLES) - {"approver"}))
def test_no_other_role_gets_past_any_post(people: dict[str, User], asked: ApprovalRequest, role: str) -> None:
    before = (ModelVersion.objects.get(pk=asked.version_id).state, TrainingRun.objects.count())
    for url, content in posts(asked):
        assert signed_in(people[role]).post(url, content).status_code == 403, url
    asked.refresh_from_db()
    assert asked.state == ApprovalRequest.State.OPEN and not asked.decisions.exists()
    assert (ModelVersion.objects.get(pk=asked.version_id).state, TrainingRun.objects.count()) == before


def test_a_stranger_a_partners_token_and_a_forged_form_cannot_approve(
    people: dict[str, User], asked: ApprovalRequest
) -> None:
    roles.grant(user=people["approver"], role="partner")
    _, secret = tokens.issue(
        owner=people["approver"], organisation="Aid", name="t", scopes=["predict"], by=people["approver"]
    )
    checking = Client(enforce_csrf_checks=True, headers={"Accept": "text/html"})
    checking.force_login(people["approver"])
    for url, content in posts(asked):
        assert Client().post(url, content).status_code == 302
        assert Client(headers={"Authorization": f"Token {secret}"}).post(url, content).status_code == 302
        assert checking.post(url, content).status_code == 403
        assert signed_in(people["approver"]).get(url).status_code == 405
    asked.refresh_from_db()
    assert asked.state == ApprovalRequest.State.OPEN and TrainingRun.objects.count() == 1


def test_the_whole_way_through_the_pages(people: dict[str, User], asked: ApprovalRequest) -> None:
    second = User.objects.create_user("approver-ben", password="correct horse battery")
    roles.grant(user=second, role="approver")
    first_client, second_client = signed_in(people["approver"]), signed_in(second)
    (approve, content), _, (waive, waiver), *_ = posts(asked)
    refused = first_client.post(approve, content)
    assert refused.status_code == 409 and "calibration" in refused.content.decode()
    assert second_client.post(waive, waiver).status_code == 302
    anew = ApprovalRequest.objects.get(state=ApprovalRequest.State.OPEN)
    approve, content = reverse("approval-decide", args=[anew.pk]), content | {"evidence": anew.evidence_hash}
    assert second_client.post(approve, content).status_code == 403  # asked for it by waiving
    assert first_client.post(approve, content | {"reason": "fine"}).status_code == 409
    assert first_client.post(approve, content).status_code == 302
    assert "Waived by approver-ben" in first_client.get(reverse("approval", args=[anew.pk])).content.decode()
    assert first_client.post(reverse("model-promote", args=[anew.version_id])).status_code == 302
    health = first_client.get(reverse("model")).content.decode()
    assert "responder-tweets 2026.48" in health and "Roll back to responder-tweets 4" in health
    assert first_client.post(reverse("model-rollback"), {"reason": REASON}).status_code == 302
    assert "waiting for a second person" in second_client.get(reverse("model")).content.decode()
    back = Deployment.objects.get(kind=Deployment.Kind.ROLLBACK)
    review = reverse("rollback-review", args=[back.pk])
    assert first_client.post(review, {"reason": REASON}).status_code == 403
    assert second_client.post(review, {"reason": REASON}).status_code == 302


def test_a_run_is_started_and_stopped_by_hand(people: dict[str, User], asked: ApprovalRequest) -> None:
    client = signed_in(people["approver"])
    assert client.post(reverse("run-start"), {"reason": "a new event"}).status_code == 302
    run = TrainingRun.objects.get(trigger="manual")
    assert client.post(reverse("run-start"), {"reason": "again"}).status_code == 409
    assert client.post(reverse("run-stop", args=[run.pk])).status_code == 302
    run.refresh_from_db()
    assert run.stop_wanted and "Stopping" in client.get(reverse("run", args=[run.pk])).content.decode()


def test_lists_take_the_same_number_of_queries_however_long_they_are(
    people: dict[str, User], asked: ApprovalRequest, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        TrainingRun.objects.create(run_key=f"run {number}", trigger="early", label_cutoff=clock.now(), state="failed")
        Deployment.objects.create(
            version=asked.version, role="shadow", kind="trial", by="system", ended_at=clock.now() + timedelta(0)
        )
    client = signed_in(people["viewer"])
    for url in (reverse("runs"), reverse("model"), reverse("approvals")):
        with django_assert_max_num_queries(31):  # four of them say whether posts arrive, one counts what the bell says
            assert client.get(url).status_code == 200


def test_unknown_numbers_are_not_found(people: dict[str, User]) -> None:
    client = signed_in(people["approver"])
    for url in (reverse("approval", args=[99]), reverse("run", args=[99])):
        assert client.get(url).status_code == 404
    assert client.post(reverse("run-stop", args=[99])).status_code == 404
    assert client.post(reverse("approval-decide", args=[99]), {"verdict": "approve"}).status_code == 409
