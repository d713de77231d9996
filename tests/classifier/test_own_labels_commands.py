"""From a table of own labels to a version that serves: the commands a data scientist types, and the rules they meet."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

pytest.importorskip("torch", reason="needs the training extra")

from classifier import evidence, predict, releases, serving
from classifier.categories import CATEGORY_IDS
from classifier.ml import artefact
from classifier.models import ApprovalRequest, Evaluation, ModelVersion, TrainingRun
from classifier.predict import Message
from classifier.train import work
from monitoring import audit
from responder import roles
from responder.models import User
from tests.classifier import own_labels

pytestmark = pytest.mark.django_db
TEXT = "no drinking water in Kesh since monday, 44 households wait"
REASON = "The labels are ours and the figures suffice."
SCHEMA = {
    "name": "ours",
    "categories": [
        {"key": own_labels.WATER, "name": "Kein Wasser", "maps_to": "requests_or_urgent_needs"},
        {"key": own_labels.SIGNAL, "name": "Kein Netz", "maps_to": "infrastructure_and_utility_damage"},
        {"key": own_labels.CATTLE, "name": "Vieh", "maps_to": None},
    ],
}


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR, settings.SHADOW_HOURS, settings.MODEL_REGISTRY = tmp_path / "data", 0, "local"
    yield
    serving.forget()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, shipped: Path) -> Path:
    """Trained by the command, as the how-to says."""
    place = tmp_path_factory.mktemp("own")
    own_labels.write(place / "labels.csv", own_labels.rows(240))
    (place / "schema.json").write_text(json.dumps(SCHEMA), encoding="utf-8")
    call_command("train", data=place / "labels.csv", output=place / "model", schema=place / "schema.json")
    return place / "model"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Labels that the model has not seen, and some that it has."""
    rows = own_labels.rows(90, seed=11) + own_labels.rows(240)[:40]
    return own_labels.write(tmp_path / "other.csv", rows)


@pytest.fixture
def second(people: dict[str, User]) -> User:
    user = User.objects.create_user("approver-ben", password="correct horse battery")
    roles.grant(user=user, role="approver")
    return user


def registered(folder: Path) -> ModelVersion:
    call_command("models", "register", str(folder))
    return ModelVersion.objects.get(name="own-labels")


def test_a_folder_is_measured_on_texts_that_it_has_not_seen(
    folder: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("evaluate", data=str(other), model=str(folder))
    out, err = capsys.readouterr()
    found = json.loads(out)["classes"]
    assert "texts were left out: the model was trained" in err and found["n"] < 130
    low, high = found["macro_f1_interval"]
    assert low <= found["macro_f1"] <= high and found["macro_f1"] > 0.8
    with pytest.raises(CommandError, match="labels that the model doesn't answer"):
        call_command("evaluate", str(other), model="production")
    with pytest.raises(CommandError, match="neither a folder"):
        call_command("evaluate", str(other), model="own-labels:9")
    with pytest.raises(CommandError, match="Name what is measured"):
        call_command("evaluate", str(other))
    yes = [row | {"label": "1"} for row in own_labels.rows(5)]
    call_command("evaluate", str(own_labels.write(other.parent / "yes.csv", yes)), model=str(folder), task="emergency")
    assert json.loads(capsys.readouterr().out)["emergency"]["n"] == 5
    with pytest.raises(CommandError, match="Name one file"):
        call_command("evaluate", model=str(folder))


def test_two_models_are_compared_by_what_both_can_answer(
    folder: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("models", "compare", str(folder), "production", data=other)
    out = capsys.readouterr().out
    assert "compared by their categories" in out and "whose label maps to no category" in out
    assert "McNemar" in out and "the first is better" in out and "answers differ, such as" in out
    call_command("models", "compare", str(folder), str(folder), data=other, json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["compared"] == "classes" and found["flipped"] == [] and found["mcnemar"]["p"] == 1.0
    assert found["delta_macro_f1"]["low"] <= found["delta_macro_f1"]["point"] <= found["delta_macro_f1"]["high"]


def test_own_classes_serve_after_a_second_persons_approval(
    folder: Path, other: Path, people: dict[str, User], second: User, capsys: pytest.CaptureFixture[str]
) -> None:
    version = registered(folder)
    assert (
        version.state == ModelVersion.State.REGISTERED
        and not (serving.folder_of(version) / "model.safetensors").exists()
    )
    assert registered(folder) == version and "Already registered" in capsys.readouterr().out
    with pytest.raises(CommandError, match="role “approver”"):
        call_command("models", "propose", "own-labels:1", data=other, by="lead-ana")
    call_command("models", "propose", "own-labels:1", data=other, by="approver-ana")
    assert "Approval requested" in capsys.readouterr().out
    request, evaluation = ApprovalRequest.objects.get(), Evaluation.objects.get()
    outcomes = {gate["name"]: gate["outcome"] for gate in evaluation.gates}
    assert outcomes["integrity"] == "passed" and outcomes["not_worse"] == outcomes["data"] == "not_evaluable"
    assert outcomes["languages"] == "failed"  # the shipped model is measured in 20
    releases.tick()
    with pytest.raises(CommandError, match="another person must decide"):
        call_command(
            "models", "approve", "own-labels", "1", by="approver-ana", reason=REASON, evidence=request.evidence_hash
        )
    for gate in evidence.blocking(evaluation):
        releases.waive(evaluation_id=evaluation.pk, gate=gate["name"], by=people["approver"], reason=REASON)
    request = ApprovalRequest.objects.get(state=ApprovalRequest.State.OPEN)
    call_command(
        "models", "approve", "own-labels", "1", by="approver-ben", reason=REASON, evidence=request.evidence_hash
    )
    call_command("models", "promote", "own-labels", "1", by="approver-ben")
    assert list(ModelVersion.objects.filter(state="production")) == [ModelVersion.objects.get(pk=version.pk)]
    serving.forget()
    client = APIClient()
    client.force_authenticate(people["administrator"])
    (found,) = predict.classify([Message("1", TEXT)])
    assert found["own_class"]["name"] == "Kein Wasser" and found["category"]["label"] == "requests_or_urgent_needs"
    assert found["model"]["name"] == "own-labels" and set(found["own_classes"]) == set(own_labels.CLASSES)
    assert sum(found["categories"].values()) == pytest.approx(1.0, abs=0.01) and set(found["categories"]) == set(
        CATEGORY_IDS
    )
    assert audit.verify().intact


def test_an_encoder_of_its_own_is_served_beside_the_live_versions_answers(
    folder: Path, tmp_path: Path, shipped: Path
) -> None:
    from classifier.ml.network import packaged_base

    data = folder.parent / "labels.csv"
    call_command(
        "train",
        data=data,
        output=tmp_path / "m",
        base=packaged_base(),
        name="own-labels",
        schema=folder.parent / "schema.json",
    )
    version = registered(tmp_path / "m")
    made = serving.folder_of(version)
    runtime = serving._runtime(made)
    (found,) = predict.classify([Message("1", TEXT)], runtime=runtime)
    (before,) = predict.classify([Message("1", TEXT)], runtime=serving._runtime(shipped))
    assert found["own_class"]["key"] == own_labels.WATER and found["model"]["name"] == "own-labels"
    for name in ("emergency", "priority", "needs", "places"):
        assert found[name] == before[name]
    assert json.loads((made / "config.json").read_text())["rest"].startswith("responder-tweets 4 ")
    from classifier.ml.model import Model

    assert Model.load(made).predict([TEXT]) == [own_labels.WATER]
    artefact.verify(made)


def test_a_weekly_run_does_not_replace_own_classes(folder: Path) -> None:
    serving.register_shipped()
    version = registered(folder)
    ModelVersion.objects.filter(state="production").update(state="superseded")
    ModelVersion.objects.filter(pk=version.pk).update(state="production")
    run = TrainingRun.objects.create(run_key="k", trigger="early", label_cutoff=version.created_at)
    run = work(run.pk)
    assert run.state == TrainingRun.State.REFUSED
    assert "own-labels 1 is in production with classes of its own" in run.error and "stays in production" in run.error


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"leave_out": "x"}, "--leave-out can't be combined with --data"),
        ({"mode": "lora"}, "With --data, --mode is one of frozen, setfit, full"),
        ({"column": ["text"]}, "write OURS=THEIRS"),
        ({"format": "word"}, "The format 'word' is unknown"),
        ({"name": "two words"}, "the name has letters"),
        ({"base": "/absent/model"}, "can't be loaded|no config"),
    ],
)
def test_bad_options_are_refused_with_a_reason(tmp_path: Path, options: dict[str, Any], why: str) -> None:
    data = own_labels.write(tmp_path / "labels.csv", own_labels.rows(30))
    with pytest.raises(CommandError, match=why):
        call_command("train", data=data, output=tmp_path / "m", **options)
    assert not (tmp_path / "m").exists()
