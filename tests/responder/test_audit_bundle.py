"""One post's whole story in a ZIP: which model, who approved it, on which evidence, learnt from what."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from classifier import clock, releases, serving
from classifier.models import Label, Prediction, RunLine, Snapshot, TrainingRun
from monitoring import audit
from monitoring.models import AuditEvent
from responder import roles
from responder.models import Post, User
from tests.classifier.versions import make_evaluation, make_version

pytestmark = pytest.mark.django_db
REASON = "The evidence is sound and the gates passed."


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR, settings.SHADOW_HOURS = tmp_path, 0
    yield
    serving.forget()


@pytest.fixture
def post(people: dict[str, User], make_post: Callable[..., Post]) -> Post:
    """A post that a version answered which was trained here, approved and promoted."""
    serving.register_shipped()
    snapshot = Snapshot.objects.create(hash="e" * 64, label_cutoff=clock.now(), datasheet="# Datasheet")
    version = make_version()
    run = TrainingRun.objects.create(
        run_key="responder-tweets:2026-W47", trigger="weekly", label_cutoff=clock.now(), snapshot=snapshot,
        candidate=version, state="requested",
    )  # fmt: skip
    RunLine.objects.create(run=run, text="step 1 of 820")
    request = releases.propose(evaluation=make_evaluation(version, run=run))
    assert request is not None
    releases.tick()
    releases.approve(request_id=request.pk, by=people["approver"], reason=REASON, evidence_hash=request.evidence_hash)
    releases.promote(version_id=version.pk, by=people["approver"])
    post = make_post(text="Call Maria on +258 84 123 4567, @amina", model_version=version)
    Prediction.objects.create(
        subject=f"post:{post.pk}", model_version=version, category="requests_or_urgent_needs", probability=0.8,
        emergency_probability=0.9, priority="High", priority_score=0.7,
    )  # fmt: skip
    Label.objects.create(
        subject=f"post:{post.pk}", text=post.text, text_key="k", category="not_humanitarian", how="triage",
        by=people["reviewer"],
    )  # fmt: skip
    return post


def records(client: Client, post: Post) -> dict[str, Any]:
    response = client.get(reverse("post-records", args=[post.pk]))
    assert response.status_code == 200 and response["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        return {
            name: json.loads(archive.read(name)) if name.endswith(".json") else archive.read(name).decode()
            for name in archive.namelist()
        }


def test_the_whole_story_is_in_the_zip(client: Client, people: dict[str, User], post: Post) -> None:
    client.force_login(people["auditor"])
    files = records(client, post)
    (prediction,) = files["predictions.json"]
    deployment = next(row for row in files["deployments.json"] if row["id"] == prediction["deployment"])
    (request,) = files["approvals.json"]
    assert deployment["request"] == request["id"] and deployment["role"] == "production"
    (decision,) = request["decisions"]
    assert decision["by"] == "approver-ana" and decision["reason"] == REASON
    assert decision["evidence_hash_seen"] == request["evidence_hash"]
    (evaluation,) = files["evaluations.json"]
    assert evaluation["seal_holds"] and evaluation["id"] == request["evaluation"]
    (run,) = files["runs.json"]
    assert run["id"] == evaluation["run"] and run["log"][0].endswith("step 1 of 820")
    assert files[f"snapshots/{'e' * 16}.json"]["id"] == run["snapshot"]
    assert files["models/responder-tweets-2026.48.json"]["sha256"] == post.model_version.sha256  # type: ignore[union-attr]
    assert files["verification.json"]["intact"] is True
    assert {event["action"] for event in files["audit.json"]} >= {"approval.given", "model.canary", "model.production"}
    assert AuditEvent.objects.filter(action="records.exported", actor="user:auditor-ana").exists()
    assert audit.verify().intact


def test_personal_data_are_masked_and_labels_come_without_text(
    client: Client, people: dict[str, User], post: Post
) -> None:
    client.force_login(people["auditor"])
    text = json.dumps(records(client, post), ensure_ascii=False)
    assert "123 4567" not in text and "amina" not in text and "•••" in text


@pytest.mark.parametrize("role", [role for role in roles.ROLES if role != "auditor"])
def test_only_auditors_take_records_away(client: Client, people: dict[str, User], post: Post, role: str) -> None:
    client.force_login(people[role])
    assert client.get(reverse("post-records", args=[post.pk])).status_code == 403


def test_an_unknown_post_is_not_found(client: Client, people: dict[str, User]) -> None:
    client.force_login(people["auditor"])
    assert client.get(reverse("post-records", args=[404])).status_code == 404
