"""Training of a run in Azure: uploads its snapshot, follows its job, and downloads and verifies its model.

Everything else is as for a local run: the same gates, the same approval. The job's name is stored before the job is
submitted. If the process dies, the next one finds the job by its name, and nothing is trained twice.
"""

import contextlib
import hashlib
import json
import shutil
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

from django.conf import settings

from classifier import clock, weekly
from classifier.azure import client, jobs
from classifier.azure.job import BASE, CORPUS, MODEL, RUN
from classifier.azure.jobs import INPUT, OUTPUT, WEEKLY, Job, Jobs, Log
from classifier.azure.storage import Folder
from classifier.errors import ArtefactError, RunStopped, TrainingError
from classifier.ml import artefact, bases
from classifier.models import TrainingRun
from classifier.registry.errors import Integrity, NotFound, RegistryError

T = TypeVar("T")
POLL_S, NAP_S = 20.0, 0.5
LOST_MINUTES = 60.0
LOOKED_AT = 52  # runs
GRACE, ASK_AGAIN = timedelta(hours=1), timedelta(minutes=5)
WORDS = {
    "NotStarted": "is accepted", "Queued": "waits for a machine", "Preparing": "has its environment prepared",
    "Provisioning": "waits for a machine to start", "Starting": "starts", "Running": "runs",
    "Finalizing": "writes its output", "CancelRequested": "is being cancelled", "NotResponding": "does not respond",
    "Paused": "is paused", "Completed": "is complete", "Failed": "failed", "Canceled": "was cancelled",
}  # fmt: skip


class Watch(Protocol):
    """The interface of the process that works on the run."""

    def say(self, line: str) -> None: ...
    def line(self, line: str) -> None: ...
    def beat(self) -> bool: ...
    def remember(self, **facts: Any) -> None: ...


class Wait(Exception):
    """There is nothing to do before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until.isoformat())
        self.until = until


class Training:
    """The training of one run in Azure."""

    def __init__(self, run: TrainingRun, watch: Watch) -> None:
        self.run, self.watch, self.there = run, watch, dict(run.remote)
        self.jobs = Jobs(client.place(), compute=settings.AZURE_COMPUTE)
        self.folder: Folder | None = None

    def go(self, *, corpus: Path, base: str, output: Path, arguments: dict[str, Any]) -> None:
        """Train, and write the model's folder to `output`. Raises Wait, TrainingError, RunStopped.

        Arguments:
            base: the folder of the version that `arguments` name as the base; only needed until it is uploaded.
        """
        try:
            if not self.there.get("job"):
                self._hand_over(corpus, base, arguments)
            job = self._follow()
            self._fetch(job, output)
        except RunStopped:
            self._cancel()
            self.clear()
            raise
        except (TrainingError, RegistryError):
            self.clear()
            raise
        self.clear()

    def clear(self) -> None:
        """Remove the run's texts from Azure's store."""
        try:
            removed = self._folder().clear()
        except RegistryError as error:
            self.watch.say(f"its files in Azure's store are still there ({error}) The next look at Azure removes them.")
        else:
            self._remember(cleared=True)
            self.watch.say(f"{removed} files of this run removed from Azure's store")

    def _hand_over(self, corpus: Path, base: str, arguments: dict[str, Any]) -> None:
        """Upload the snapshot and have a job train it: the schedule's or one of our own."""
        if not self.there.get("prefix"):
            scheduled = self._by_schedule()
            self._remember(prefix=WEEKLY if scheduled else f"responder/{self._name()}", scheduled=scheduled)
        if not self.there.get("uploaded_at"):
            self._patiently(lambda: self._upload(corpus, base, arguments))
            self._remember(uploaded_at=clock.now().isoformat())
        if self.there["scheduled"]:
            job = self._wait_for_schedule()
            if job:
                self._remember(job=job.name, url=job.url, began_at=clock.now().isoformat())
                self.watch.say(f"the weekly schedule of Azure ML started the job {job.name}")
                return
            self.watch.say("the weekly schedule of Azure ML started no job; this installation submits it")
        self._remember(job=self._name(), began_at=clock.now().isoformat())

    def _by_schedule(self) -> bool:
        """Whether Azure's own schedule is going to train this week's snapshot."""
        if self.run.trigger != TrainingRun.Trigger.WEEKLY or clock.now() >= self._due() + GRACE:
            return False
        return self._patiently(self.jobs.is_scheduled)

    def _due(self) -> datetime:
        return self.run.label_cutoff + weekly.AZURE_AFTER

    def _wait_for_schedule(self) -> Job | None:
        now, uploaded = clock.now(), datetime.fromisoformat(self.there["uploaded_at"])
        if now < self._due():
            self.watch.say(f"the snapshot is in Azure; its schedule starts the job at {self._due():%A %H:%M} UTC")
            raise Wait(self._due() + timedelta(minutes=1))
        job = self._patiently(lambda: self.jobs.started_by_schedule(since=uploaded))
        if job is None and now < self._due() + GRACE:
            raise Wait(now + ASK_AGAIN)
        return job

    def _upload(self, corpus: Path, base: str, arguments: dict[str, Any]) -> None:
        payload = {"run_key": self.run.run_key, "snapshot": self._snapshot(), "arguments": arguments}
        folder = self._folder()
        folder.clear()
        self.watch.say("bringing the snapshot to Azure …")
        count = folder.upload(corpus, f"{INPUT}/{CORPUS}")
        if arguments.get("base", "").startswith(bases.VERSION):
            folder.upload(Path(base), f"{INPUT}/{BASE}")
        aside = corpus.with_name("upload")
        aside.mkdir(exist_ok=True)
        (aside / RUN).write_text(json.dumps(payload))
        folder.upload(aside, INPUT)
        self.watch.say(f"{count} files of the snapshot are in Azure's store")

    def _follow(self) -> Job:
        """Wait for the job to end. Raises TrainingError, with an explanation, unless it succeeds."""
        name, log, said = self.there["job"], Log(), ""
        job = self._patiently(self._found_or_submitted)
        while True:
            if job.status != said:
                said = job.status
                self._remember(status=said, url=job.url)
                self.watch.say(f"Azure ML: the job {name} {WORDS.get(said, 'is ' + said)}")
            for line in self._patiently(lambda: self.jobs.new_lines(name, log)):
                self.watch.line(line)
            if job.status in jobs.FINAL:
                return self._ended(job)
            self._within_time()
            self._nap(POLL_S)
            job = self._patiently(lambda: self.jobs.get(name))

    def _found_or_submitted(self) -> Job:
        name = self.there["job"]
        try:
            return self.jobs.get(name)
        except NotFound:
            if name != self._name() or self.there.get("status"):
                raise TrainingError(f"Azure ML no longer knows the job {name}: somebody removed it") from None
            tags = {"run": self.run.run_key, "snapshot": self._snapshot()[:12]}
            return self.jobs.submit(name, prefix=self.there["prefix"], tags=tags)

    def _ended(self, job: Job) -> Job:
        if job.status == "Completed":
            return job
        if job.status == "Canceled":
            raise TrainingError(f"the job {job.name} was cancelled in Azure ML")
        why = ""
        with contextlib.suppress(RegistryError):
            why = self.jobs.error(job.name)
        raise TrainingError(f"the job {job.name} failed in Azure ML: {why or 'Azure gives no reason'}")

    def _fetch(self, job: Job, output: Path) -> None:
        """Download the model's folder, and install it only if it is complete and of this run."""
        staging = output.with_name(f".{output.name}.fetched")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        self.watch.say("fetching the model from Azure …")
        self._patiently(lambda: self._folder().download(OUTPUT, staging))
        try:
            payload = json.loads((staging / RUN).read_text())
            mine = (payload["run_key"], payload["snapshot"]) == (self.run.run_key, self._snapshot())
            sha256 = artefact.verify(staging / MODEL)
        except (OSError, ValueError, KeyError, TypeError, ArtefactError) as error:
            raise Integrity(f"What the job {job.name} left is no model ({error})") from error
        if not mine:
            raise Integrity(f"The job {job.name} trained another run's snapshot ({str(payload['run_key'])[:100]})")
        shutil.rmtree(output, ignore_errors=True)
        (staging / MODEL).rename(output)
        shutil.rmtree(staging)
        self.watch.say(f"the model is here, every file checked: SHA-256 {sha256[:12]}…")

    def _cancel(self) -> None:
        if not self.there.get("job"):
            return
        try:
            self.jobs.cancel(self.there["job"])
            self.watch.say(f"the job {self.there['job']} is told to stop")
        except RegistryError as error:
            self.watch.say(f"the job {self.there['job']} could not be told to stop: {error}")

    def _within_time(self) -> None:
        spent = clock.now() - datetime.fromisoformat(self.there["began_at"])
        if spent > timedelta(minutes=settings.TRAINING_MINUTES):
            self._cancel()
            raise TrainingError(f"the job took longer than {settings.TRAINING_MINUTES} minutes and was cancelled")

    def _patiently(self, work: Callable[[], T]) -> T:
        """Return `work()`, retrying while Azure is unavailable and logging it once. Raises TrainingError after 1 h."""
        away = 0.0
        while True:
            try:
                value = work()
            except RegistryError as error:
                if not error.temporary:
                    raise
                if not away:
                    away = time.monotonic()
                    self.watch.say(f"the connection to Azure is lost ({error}) The job there goes on; asking again …")
                if time.monotonic() - away > LOST_MINUTES * 60:
                    known = self.there.get("status", "no job yet")
                    raise TrainingError(
                        f"the connection to Azure was lost for {LOST_MINUTES:g} minutes; last known: {known}. {error}"
                    ) from error
                self._nap(POLL_S)
                continue
            if away:
                self.watch.say("Azure answers again")
            return value

    def _nap(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self.watch.beat() and time.monotonic() < until:
            time.sleep(min(NAP_S, seconds))

    def _folder(self) -> Folder:
        self.folder = self.folder or Folder(client.place(), self.there["prefix"])
        return self.folder

    def _name(self) -> str:
        """The job's name: the same for every process of this run, unique per run and installation."""
        payload = f"{self.run.run_key} {self.run.created_at.isoformat()}"
        return f"responder-run-{self.run.pk}-{hashlib.sha256(payload.encode()).hexdigest()[:10]}"

    def _snapshot(self) -> str:
        return self.run.snapshot.hash if self.run.snapshot else ""

    def _remember(self, **facts: Any) -> None:
        self.there |= facts
        self.watch.remember(**facts)


def clear_left() -> None:
    """Delete files of finished runs that were left in Azure's store because of an outage. Raises a RegistryError."""
    over = TrainingRun.objects.filter(place=TrainingRun.Place.AZURE, finished_at__isnull=False)
    for run in over.only("remote")[:LOOKED_AT]:
        if run.remote.get("prefix") and not run.remote.get("cleared"):
            Folder(client.place(), run.remote["prefix"]).clear()
            run.remote["cleared"] = True
            run.save(update_fields=["remote"])
