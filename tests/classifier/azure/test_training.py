"""A run that trains in the workspace: its job is followed, its model checked, and every way to fail is told in words."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models.signals import post_save

pytest.importorskip("torch", reason="needs the training extra")

from classifier import clock, serving, train, weekly
from classifier.azure import client, sync, training
from classifier.azure.jobs import SCHEDULE, WEEKLY, Jobs
from classifier.azure.storage import Folder
from classifier.ml import artefact
from classifier.models import ApprovalRequest, ModelVersion, RunLine, TrainingRun
from classifier.train import worker
from monitoring import audit
from tests.azure_emulator.process import StandIn
from tests.azure_emulator.state import GROUP, SUBSCRIPTION, WORKSPACE
from tests.classifier.corpus import make_corpus
from tests.classifier.registry.azure_fixtures import PLACE
from tests.classifier.registry.folders import make_folder

pytestmark = [pytest.mark.azure, pytest.mark.django_db]
State = TrainingRun.State
UPLOADED, ACCEPTED = "of the snapshot are in Azure", "is accepted"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture
def azure(stand_in: StandIn, settings: Any, tmp_path: Path, corpus: Path, monkeypatch: Any) -> Iterator[StandIn]:
    """An installation whose models are kept here and trained there."""
    settings.DATA_DIR, settings.CORPUS_DIR, settings.TRAINING_PROFILE = tmp_path / "data", corpus, "quick"
    settings.TRAINING_PLACE, settings.AZURE_SUBSCRIPTION = "azure", SUBSCRIPTION
    settings.AZURE_RESOURCE_GROUP, settings.AZURE_WORKSPACE = GROUP, WORKSPACE
    monkeypatch.setattr(training, "POLL_S", 0.1)
    monkeypatch.setattr(worker, "BEAT_S", 0.0)
    monkeypatch.setattr(client, "place", lambda: PLACE)  # as the settings say, but a fault is told at once
    serving.register_shipped()
    yield stand_in
    serving.forget()


@pytest.fixture
def when() -> Iterator[Callable[[str, Callable[[TrainingRun], object]], None]]:
    """when(text, do): call `do` with the run as soon as its log has a line with `text`."""
    connected = []

    def listen(text: str, do: Callable[[TrainingRun], object]) -> None:
        def hear(instance: RunLine, **_: Any) -> None:
            if text in instance.text:
                do(instance.run)

        post_save.connect(hear, sender=RunLine)
        connected.append(hear)

    yield listen
    for hear in connected:
        post_save.disconnect(hear, sender=RunLine)


@pytest.fixture
def deliver(tmp_path: Path) -> Callable[..., None]:
    """What a job would have left in the store: a model of the run, unless told otherwise."""

    def put(run: TrainingRun, *, run_key: str = "", break_it: bool = False) -> None:
        run.refresh_from_db()
        assert run.snapshot is not None
        output = tmp_path / "left"
        folder = make_folder(output / "model", run.run_key)
        (folder / "metrics.json").write_text("{}")
        artefact.write_manifest(folder)
        if break_it:
            (folder / "model.int8.onnx").write_bytes(b"half a model")
        (output / "run.json").write_text(
            json.dumps({"run_key": run_key or run.run_key, "snapshot": run.snapshot.hash, "arguments": {}})
        )
        Folder(PLACE, run.remote["prefix"]).upload(output, "output")

    return put


def _weekly(hours_ago: float, **changes: Any) -> TrainingRun:
    """A week's run whose evaluation is not due yet, so that what Azure has to do with ends with its training."""
    cutoff = clock.now() - timedelta(hours=hours_ago)
    return train.freeze(run_key="responder-tweets:week", trigger="weekly", cutoff=cutoff)[0]


def _lines(run: TrainingRun) -> str:
    return "\n".join(RunLine.objects.filter(run=run).values_list("text", flat=True))


def _left(azure: StandIn) -> list[str]:
    return [name for name in azure.state()["blobs"] if "/responder/" in name]


@pytest.mark.slow
def test_a_run_there_really_trains_and_ends_with_an_approval_request(azure: StandIn) -> None:
    """The stand-in runs the component's command with the code, the image's packages apart, that was uploaded."""
    run, _ = train.freeze(run_key="a run", trigger="manual", config={"version": "2026.48"})
    run = train.work(run.pk)
    assert run.state == State.REQUESTED, run.error
    assert run.remote["status"] == "Completed" and run.remote["cleared"]
    (put,) = azure.calls("PUT", "/jobs/")
    assert put["body"]["properties"]["jobType"] == "Pipeline" and put["path"].endswith(run.remote["job"])
    request = ApprovalRequest.objects.get()
    assert request.version == run.candidate and request.version.version == "2026.48"
    outcomes = {gate["name"]: gate["outcome"] for gate in request.evaluation.gates}
    assert outcomes["integrity"] == outcomes["not_worse"] == outcomes["data"] == "passed"
    assert f"SHA-256 of the model: {run.artefact_sha256}" in _lines(run)  # what the job said is what is here
    assert "step " in _lines(run) and run.cost["wall_minutes"] > 0
    assert f"continued the model {serving.register_shipped()}" in request.version.card
    assert ModelVersion.objects.get(state=ModelVersion.State.PRODUCTION).origin == "shipped"
    assert _left(azure) == [] and audit.verify().intact


def test_the_job_is_submitted_followed_and_its_model_fetched(azure: StandIn, when: Any, deliver: Any) -> None:
    azure.job(behaviour="Completed")
    when(UPLOADED, deliver)
    run = train.work(_weekly(3).pk)
    assert run.state == State.EVALUATING and run.candidate is not None, _lines(run)
    assert run.artefact_sha256 == run.candidate.sha256 == artefact.verify(serving.folder_of(run.candidate))
    (put,) = azure.calls("PUT", "/jobs/")
    sent = put["body"]["properties"]
    assert sent["jobType"] == "Pipeline" and sent["settings"]["force_rerun"] is True
    assert sent["settings"]["default_compute"].endswith("/computes/cpu-cluster")
    assert sent["inputs"]["snapshot"]["uri"].endswith(f"/paths/{run.remote['prefix']}/input")
    (component,) = azure.calls("PUT", "/components/")
    spec = component["body"]["properties"]["componentSpec"]
    assert spec["type"] == "command" and spec["command"].startswith("python -m classifier.azure.job")
    assert run.remote["url"].startswith("https://ml.azure.com/") and run.cost["wall_minutes"] >= 0
    assert _left(azure) == [] and run.remote["cleared"]


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        ("Failed: The image could not be built.", "failed in Azure ML: The image could not be built."),
        pytest.param("Failed", "failed in Azure ML: Azure gives no reason", marks=pytest.mark.slow),
        ("Canceled", "was cancelled in Azure ML"),
    ],
)
def test_a_job_that_does_not_end_well_says_so_in_the_run(azure: StandIn, behaviour: str, said: str) -> None:
    azure.job(behaviour=behaviour)
    run = train.work(_weekly(3).pk)
    assert run.state == State.FAILED and said in run.error and run.remote["job"] in run.error
    assert run.candidate is None and _left(azure) == []
    assert ModelVersion.objects.get(state=ModelVersion.State.PRODUCTION).origin == "shipped"


def test_a_lost_connection_is_told_waited_for_and_told_again(azure: StandIn, when: Any, deliver: Any) -> None:
    azure.job(behaviour="Running")
    when(UPLOADED, deliver)
    when(" runs", lambda run: azure.fault(path="/jobs/", status=503, times=3))
    when("is lost", lambda run: azure.job(name=run.remote["job"], status="Completed"))
    run = train.work(_weekly(3).pk)
    assert run.state == State.EVALUATING, _lines(run)
    assert _lines(run).count("connection to Azure is lost") == 1 and "Azure answers again" in _lines(run)


def test_a_connection_that_stays_lost_fails_the_run_in_words(azure: StandIn, when: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(training, "LOST_MINUTES", 0.0)
    azure.job(behaviour="Running")
    when(" runs", lambda run: azure.fault(path="", status=503))
    run = train.work(_weekly(3).pk)
    assert run.state == State.FAILED and "was lost for 0 minutes; last known: Running" in run.error
    assert "still there" in _lines(run) and _left(azure) != []
    azure.mend()
    state = sync.refresh()  # what its end could not remove
    assert state is not None and state.away_since is None and _left(azure) == []
    run.refresh_from_db()
    assert run.remote["cleared"]


@pytest.mark.slow
@pytest.mark.parametrize("wrong", [{"break_it": True}, {"run_key": "another run"}], ids=["torn", "another run's"])
def test_a_model_that_is_torn_or_of_another_run_is_refused(
    azure: StandIn, when: Any, deliver: Any, wrong: dict[str, Any]
) -> None:
    azure.job(behaviour="Completed")
    when(UPLOADED, lambda run: deliver(run, **wrong))
    run = train.work(_weekly(3).pk)
    assert run.state == State.FAILED and run.candidate is None
    assert ("is no model" if "break_it" in wrong else "trained another run's") in run.error


def test_stopping_the_run_stops_the_job(azure: StandIn, when: Any) -> None:
    azure.job(behaviour="Running")
    when(" runs", lambda run: TrainingRun.objects.filter(pk=run.pk).update(stop_wanted=True))
    run = train.work(_weekly(3).pk)
    assert run.state == State.STOPPED and "is told to stop" in _lines(run)
    assert azure.state()["jobs"][run.remote["job"]]["properties"]["status"] == "Canceled" and _left(azure) == []


@pytest.mark.slow
def test_a_job_that_takes_too_long_is_cancelled(azure: StandIn, settings: Any) -> None:
    settings.TRAINING_MINUTES = 0
    azure.job(behaviour="Running")
    run = train.work(_weekly(3).pk)
    assert run.state == State.FAILED and "took longer than 0 minutes and was cancelled" in run.error
    assert azure.state()["jobs"][run.remote["job"]]["properties"]["status"] == "Canceled"


def test_a_process_that_dies_is_followed_by_one_that_finds_the_job(azure: StandIn, when: Any, deliver: Any) -> None:
    azure.job(behaviour="Running")
    when(UPLOADED, deliver)

    def die(run: TrainingRun) -> None:
        raise SystemExit("killed")

    run = _weekly(3)
    when(" runs", die)
    with pytest.raises(SystemExit):
        train.work(run.pk)
    run.refresh_from_db()
    azure.job(name=run.remote["job"], status="Completed")
    assert train.supervise(spawn=lambda run: train.work(run.pk) and None) == [run.pk]
    run.refresh_from_db()
    assert run.state == State.EVALUATING and run.attempts == 2
    assert len(azure.calls("PUT", "/jobs/")) == 1  # nothing was trained twice


def test_the_weekly_schedules_job_is_waited_for_and_taken(
    azure: StandIn, deliver: Any, monkeypatch: Any, settings: Any
) -> None:
    monkeypatch.setattr(weekly, "AZURE_AFTER", timedelta(hours=3))
    Jobs(PLACE, compute="cpu-cluster").schedule()
    run = train.work(_weekly(2.5).pk)
    assert run.state == State.TRAINING and run.attempts == 0 and run.lease_until is None
    assert run.resume_at and run.resume_at > clock.now() and train.supervise(spawn=lambda run: None) == []
    files = [name for name in _left(azure) if f"{WEEKLY}/input/" in name]
    assert any(name.endswith("/input/run.json") for name in files)
    assert any(name.endswith("/input/base/model.int8.onnx") for name in files)
    assert run.config["base"] == f"version:{serving.register_shipped().sha256}"
    assert "its schedule starts the job at" in _lines(run)
    azure.job(behaviour="Completed")
    deliver(run)
    name = azure.job(fire=SCHEDULE)
    TrainingRun.objects.filter(pk=run.pk).update(resume_at=None, label_cutoff=clock.now() - timedelta(hours=3.1))
    run = train.work(run.pk)
    assert run.state == State.EVALUATING and run.remote["job"] == name, _lines(run)
    assert azure.calls("PUT", "/jobs/") == []  # Azure's own schedule started the only one


@pytest.mark.slow
def test_a_schedule_that_starts_nothing_does_not_cost_the_week(
    azure: StandIn, when: Any, deliver: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(weekly, "AZURE_AFTER", timedelta(hours=2.5))
    monkeypatch.setattr(training, "GRACE", timedelta(minutes=40))
    Jobs(PLACE, compute="cpu-cluster").schedule()
    azure.job(behaviour="Completed")
    run = train.work(_weekly(2.9).pk)
    assert run.state == State.TRAINING and run.resume_at  # asked again in a few minutes, for a while
    deliver(run)
    TrainingRun.objects.filter(pk=run.pk).update(resume_at=None, label_cutoff=clock.now() - timedelta(hours=3.5))
    run = train.work(run.pk)
    assert run.state == State.EVALUATING and "started no job; this installation submits it" in _lines(run)
    assert len(azure.calls("PUT", "/jobs/")) == 1


def test_a_run_here_never_asks_azure(azure: StandIn, settings: Any) -> None:
    settings.TRAINING_PLACE = "local"
    assert _weekly(0.5).place == "local"
    assert azure.log() == []
