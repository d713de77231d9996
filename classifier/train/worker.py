"""The process that works on one run: its lease, its log and its steps."""

import json
import re
import secrets
import shutil
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from classifier import children, clock, evidence, processes, registry, releases, serving, snapshots
from classifier.azure import training
from classifier.errors import GovernanceError, RunStopped, TrainingError
from classifier.ml import artefact
from classifier.models import ModelVersion, RunLine, TrainingRun
from classifier.registry import RegistryError
from classifier.train import provenance
from classifier.train.evaluation import record_evaluation
from classifier.train.runs import LEASE, NAME, State, due_at, folder_of, record, unheld
from monitoring import audit

log = structlog.get_logger(__name__)
BEAT_S = 15.0
MOST_ATTEMPTS = 4
FEWEST_JUDGED = 2_000  # texts that a quick run is compared on
STEP = re.compile(r"step ([\d,]+) of ([\d,]+)")
LEFT = re.compile(r"([\d.]+) min left")
NOISE = ("Loading weights", "pre-processing before quantization", "onnxruntime-inference-examples")


def work(run_id: int) -> TrainingRun:
    """Advance a run as far as it is due, unless another process holds its lease."""
    worker = Worker(run_id)
    if worker.claim():
        worker.go()
    return TrainingRun.objects.get(pk=run_id)


class Worker:
    """The process that works on one run: its lease, its log and its steps."""

    def __init__(self, run_id: int) -> None:
        self.run_id, self.owner = run_id, secrets.token_hex(16)
        self.beaten = 0.0

    def claim(self) -> bool:
        """Take the lease, unless somebody holds it or the run has ended."""
        now = clock.now()
        rows = unheld().filter(pk=self.run_id)
        return bool(rows.update(lease_owner=self.owner, lease_until=now + LEASE, heartbeat_at=now))

    def go(self) -> None:
        """Run steps until the run has ended or its next step isn't due."""
        TrainingRun.objects.filter(pk=self.run_id, started_at=None).update(started_at=clock.now())
        try:
            run = self._run()
            while not run.is_over and due_at(run) <= clock.now():
                STEPS[State(run.state)](self, run)
                run = self._run()
        except RunStopped:
            self._end(State.STOPPED, "stopped by a person")
        except (TrainingError, RegistryError, GovernanceError) as error:
            self._failed(str(error))
        except Exception as error:  # of any type: the run's page must show it
            log.exception("a training run failed", run=run.run_key)
            self._failed(f"{type(error).__name__}: {error}")
        finally:
            TrainingRun.objects.filter(pk=self.run_id, lease_owner=self.owner).update(lease_owner="", lease_until=None)

    def take_snapshot(self, run: TrainingRun) -> None:
        if why_not := provenance.why_not_replaced():
            self._end(State.REFUSED, why_not)
            return
        self.say("taking the snapshot …")
        snapshot = snapshots.take(cutoff=run.label_cutoff)
        self._set(snapshot=snapshot)
        bad = [
            gate["why"]
            for gate in snapshot.gates
            if gate["outcome"] != evidence.PASSED and gate["name"] != "class_shares"
        ]
        if bad:
            self._end(State.REFUSED, f"the data gate refused: {'; '.join(bad)}. {provenance.stays()}")
        else:
            if few := provenance.why_not_by_itself(snapshot):
                self.say(few)
            self._move(State.READY, f"snapshot {snapshot.hash[:12]} taken, its data gates passed")

    def begin(self, run: TrainingRun) -> None:
        version = run.config.get("version") or provenance.free_version(run)
        config = provenance.starting_config(run) | {"version": version}
        self._set(config=config)
        self._move(State.TRAINING, f"training begins from {provenance.describe_base(config)}")

    def train(self, run: TrainingRun) -> None:
        if run.attempts >= MOST_ATTEMPTS:
            raise TrainingError(f"its process died {run.attempts} times; see its log lines for the last it said")
        TrainingRun.objects.filter(pk=run.pk).update(attempts=F("attempts") + 1)
        folder, corpus = folder_of(run), folder_of(run) / "corpus"
        output = folder / "model"
        if not (output / artefact.MANIFEST).exists():
            erased = snapshots.restore(_snapshot(run), corpus)
            if erased:
                self.say(f"{erased} labels were erased since the snapshot; they are left out")
            self._set(provenance=provenance.provenance(run, corpus))
            if run.place == TrainingRun.Place.AZURE:
                if not self._train_in_azure(run, corpus, output):
                    return
            else:
                options = provenance.options(run, corpus, output)
                self._child(run, "classifier.ml.training", options, minutes=settings.TRAINING_MINUTES)
        self._register(run, output)
        self._move(State.EVALUATING, "trained and registered; the evaluation follows")

    def evaluate(self, run: TrainingRun) -> None:
        assert run.candidate is not None
        live = ModelVersion.objects.get(state=ModelVersion.State.PRODUCTION)
        corpus, output = folder_of(run) / "corpus", folder_of(run) / "comparison.json"
        snapshots.restore(_snapshot(run), corpus)
        folders = {"candidate": serving.folder_of(run.candidate), "live": serving.folder_of(live)}
        options = [f"--{name}={folder}" for name, folder in folders.items()]
        options += [f"--corpus={corpus}", f"--output={output}", f"--limit={_texts_to_judge(run)}"]
        options += self._base_option(run)
        self.say(f"comparing {run.candidate} with {live} …")
        self._child(run, "classifier.ml.compare", options, minutes=settings.TRAINING_MINUTES)
        evaluation = record_evaluation(
            run=run, candidate=run.candidate, live=live, result=json.loads(output.read_text())
        )
        request = releases.propose(evaluation=evaluation, requested_by=run.initiator)
        shutil.rmtree(folder_of(run), ignore_errors=True)  # it contained texts
        if request is None:
            hopeless = [g for g in evaluation.gates if g["outcome"] == evidence.FAILED and not evidence.may_waive(g)]
            self._end(State.REFUSED, "; ".join(f"{gate['name']}: {gate['why']}" for gate in hopeless))
        else:
            self._end(State.REQUESTED, "")

    def _base_option(self, run: TrainingRun) -> list[str]:
        """The run's base, for the check that its training can be repeated. The candidate can be judged without it."""
        try:
            return [f"--base={provenance.base_of(run.config)}"]
        except TrainingError as error:
            self.say(f"{error} Whether its training can be repeated is checked from the packaged encoder instead.")
            return []

    def say(self, line: str) -> None:
        """Add a line to the run's log."""
        RunLine.objects.create(run_id=self.run_id, text=line[:1000])
        self._set(doing=line[:200])

    def _train_in_azure(self, run: TrainingRun, corpus: Path, output: Path) -> bool:
        """Train in Azure. Returns False if Azure's schedule has yet to start the job."""
        try:
            base = "" if run.remote.get("uploaded_at") else provenance.base_of(run.config)
            arguments = {"name": NAME} | run.config
            training.Training(run, self).go(corpus=corpus, base=base, output=output, arguments=arguments)
        except training.Wait as wait:  # not a failed attempt: this process ends, and another one continues at that time
            shutil.rmtree(corpus, ignore_errors=True)
            self._set(resume_at=wait.until, attempts=F("attempts") - 1)
            return False
        began = datetime.fromisoformat(self._run().remote["began_at"])
        self._set(resume_at=None, cost={"wall_minutes": round((clock.now() - began).total_seconds() / 60, 2)})
        return True

    def _child(self, run: TrainingRun, module: str, options: list[str], *, minutes: float) -> None:
        cost = processes.run(
            children.python(module, *options),
            on_line=self.line,
            keep_going=self.beat,
            minutes=minutes,
            memory_gb=settings.TRAINING_MEMORY_GB,
            folder=folder_of(run),
        )
        run.refresh_from_db(fields=["cost"])
        before = run.cost
        self._set(
            cost={
                "wall_minutes": round(before.get("wall_minutes", 0) + cost.wall, 2),
                "cpu_minutes": round(before.get("cpu_minutes", 0) + cost.cpu, 2),
                "peak_memory_mb": round(max(before.get("peak_memory_mb", 0), cost.peak_mb)),
            }
        )

    def remember(self, **facts: Any) -> None:
        """Store facts about the remote job, from which the next process continues."""
        with transaction.atomic():
            run = TrainingRun.objects.select_for_update(no_key=True).get(pk=self.run_id)
            run.remote |= facts
            run.save(update_fields=["remote"])

    def line(self, line: str) -> None:
        """Log a line from the training, and update the progress."""
        if not any(noise in line for noise in NOISE):
            self.say(line)
            if found := STEP.search(line):
                step, steps = (int(text.replace(",", "")) for text in found.groups())
                self._set(progress=min(1.0, step / max(1, steps)))

    def beat(self) -> bool:
        """Renew the lease. Raises RunStopped if a person stopped the run, SystemExit if the lease is lost."""
        if time.monotonic() - self.beaten < BEAT_S and self.beaten:
            return True
        self.beaten = time.monotonic()
        now = clock.now()
        mine = TrainingRun.objects.filter(pk=self.run_id, lease_owner=self.owner)
        if not mine.update(lease_until=now + LEASE, heartbeat_at=now):
            raise SystemExit("another process is already working on this run")
        if mine.filter(stop_wanted=True).exists():
            raise RunStopped("stopped by a person")
        return True

    def _register(self, run: TrainingRun, output: Path) -> None:
        """Register the trained model: in the registry, and as a row. Idempotent."""
        sha256, version = artefact.verify(output), str(run.config["version"])
        store = registry.open_registry()
        store.register(output, name=NAME, version=version, properties={"run": run.run_key, "origin": "trained here"})
        folder = Path(settings.DATA_DIR) / "models" / f"{NAME}-{version}-{sha256[:8]}"
        store.pull(NAME, version, into=folder)
        with audit.atomic():
            candidate, created = ModelVersion.objects.get_or_create(
                name=NAME,
                version=version,
                defaults={
                    "sha256": sha256,
                    "folder": folder.name,
                    "origin": "trained here",
                    "metrics": json.loads((folder / "metrics.json").read_text()),
                    "card": (folder / "README.md").read_text(),
                },
            )
            self._set(candidate=candidate, artefact_sha256=sha256, progress=1.0)
            if created:
                audit.record(
                    actor="system:training", action="model.registered", object_type="model_version",
                    object_id=str(candidate.pk), after={"sha256": sha256, "state": candidate.state},
                    detail={"run": run.run_key, "sha256": sha256},
                )  # fmt: skip

    def _run(self) -> TrainingRun:
        run = TrainingRun.objects.select_related("snapshot", "candidate", "initiator").get(pk=self.run_id)
        if run.stop_wanted and not run.is_over:
            raise RunStopped("stopped by a person")
        return run

    def _set(self, **columns: Any) -> None:
        TrainingRun.objects.filter(pk=self.run_id).update(**columns)

    def _move(self, state: str, line: str) -> None:
        self.say(line)
        self._set(state=state)

    def _failed(self, error: str) -> None:
        self._end(State.FAILED, error)

    def _end(self, state: str, why: str) -> None:
        self.say(f"{state}{': ' if why else ''}{why}")
        with audit.atomic():
            self._set(state=state, finished_at=clock.now(), error=why, progress=1.0)
            record(TrainingRun.objects.get(pk=self.run_id), f"run.{state}", detail={"reason": why[:500]})


def _texts_to_judge(run: TrainingRun) -> int:
    """The limit of texts per task for the comparison; 0 takes all. On a few hundred, one answer is a whole percent."""
    limit = run.config.get("limit", 0)
    return max(limit, FEWEST_JUDGED) if limit else 0


def _snapshot(run: TrainingRun) -> Any:
    if run.snapshot is None:
        raise TrainingError("the run has no snapshot")
    return run.snapshot


STEPS: dict[str, Callable[[Worker, TrainingRun], None]] = {
    State.FROZEN: Worker.take_snapshot,
    State.READY: Worker.begin,
    State.TRAINING: Worker.train,
    State.EVALUATING: Worker.evaluate,
}
