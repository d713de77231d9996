"""Answering a file by the chunk, within bounded memory; whoever is killed costs one chunk."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, Q
from django_q.tasks import async_task

from classifier import clock, recording, serving, tables
from classifier.errors import ModelUnavailable, Overloaded
from classifier.models import Prediction
from classifier.predict import Message, classify
from monitoring import audit
from responder.models import PredictionJob
from responder.prediction_jobs import files

log = structlog.get_logger(__name__)
TASK = "responder.jobs.classify_file"
CHUNK = 500  # rows
CHUNKS_A_TURN = 20  # then other jobs have theirs, long before django-q's time-out
LEASE = timedelta(minutes=1)  # for one chunk; renewed with each
MOST_ATTEMPTS = 5  # at one chunk
LISTED = 1_000  # bad rows whose lines are told
LONGEST_ID = 255
OPEN = (PredictionJob.State.WAITING, PredictionJob.State.RUNNING)


class Lost(Exception):
    """The job was deleted, or is another's by now."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows in order: what can be classified, and what cannot."""

    messages: list[Message]
    bad: list[tables.BadRow]

    @property
    def rows(self) -> int:
        return len(self.messages) + len(self.bad)


def send(job: PredictionJob) -> None:
    """Put the queue's message, a row of the same database: it is there with the caller's transaction, or not at all."""
    async_task(TASK, job.pk, group="prediction jobs", task_name=f"{job.ref}"[:100])


def wake() -> int:
    """Send jobs again whose message or process died; how many."""
    now = clock.now()
    quiet = Q(lease_until=None) | Q(lease_until__lt=now)
    stuck = PredictionJob.objects.filter(quiet, state__in=OPEN, woken_at__lt=now - LEASE)
    sent = 0
    for job in stuck[:100]:
        with transaction.atomic():
            if stuck.filter(pk=job.pk).update(woken_at=now):
                send(job)
                sent += 1
    return sent


def run(job_id: int) -> None:
    """Answer some chunks of a job; twice at once does it once."""
    job = _claim(job_id)
    if job is None:
        return
    try:
        _turn(job)
    except Lost:
        log.info("a job was deleted or taken over", job=str(job.ref))
    except (ModelUnavailable, Overloaded):  # nobody's fault: `wake` tries again
        _mine(job).update(lease_until=None, attempts=0)
    except tables.UnusableInput as error:
        _finish(job, PredictionJob.State.FAILED, str(error))
    except Exception:
        _mine(job).update(lease_until=None)
        raise


def _claim(job_id: int) -> PredictionJob | None:
    now, me = clock.now(), uuid.uuid4().hex
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    taken = PredictionJob.objects.filter(free, pk=job_id, state__in=OPEN).update(
        state=PredictionJob.State.RUNNING, lease_owner=me, lease_until=now + LEASE, attempts=F("attempts") + 1
    )
    job = PredictionJob.objects.filter(pk=job_id, lease_owner=me).first() if taken else None
    if job and job.attempts > MOST_ATTEMPTS:
        _finish(job, PredictionJob.State.FAILED, f"The rows from {job.rows_read + 1} on failed {MOST_ATTEMPTS} times.")
        return None
    return job


def _turn(job: PredictionJob) -> None:
    chunks = _chunks(job)
    for chunk in islice(chunks, CHUNKS_A_TURN):
        _answer(job, chunk)
    left = next(chunks, None)
    if left is None:
        _finish(job, PredictionJob.State.DONE)
        return
    with transaction.atomic():
        if _mine(job).update(lease_until=None, woken_at=clock.now()):
            send(job)


def _chunks(job: PredictionJob) -> Iterator[Chunk]:
    """What is not answered yet, by the chunk."""
    path = files.input_of(job)
    if not path.exists():
        raise tables.UnusableInput("The file is gone from the server. Send it again.")
    rows = enumerate(tables.read_rows(str(path), form=job.form))
    rest = islice(rows, job.rows_read, None)
    while part := list(islice(rest, CHUNK)):
        read = [_read(job, position, line, row) for position, (line, row) in part]
        yield Chunk(
            [one for one in read if isinstance(one, Message)], [one for one in read if isinstance(one, tables.BadRow)]
        )


def _read(job: PredictionJob, position: int, line: int, row: dict[str, Any] | tables.BadRow) -> Message | tables.BadRow:
    if isinstance(row, tables.BadRow):
        return row
    if problem := tables.text_problem(line, row, job.text_column):
        return problem
    given = row.get(job.id_column)
    key = str(position if given is None else given)
    if len(key) > LONGEST_ID:
        return tables.BadRow(line, f"the id has {len(key):,} characters; the limit is {LONGEST_ID}")
    return Message(id=_whole(key), text=_whole(str(row[job.text_column])))


def _whole(text: str) -> str:
    """Without halves of surrogate pairs, which JSON can say and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode()


def _answer(job: PredictionJob, chunk: Chunk) -> None:
    """Classify a chunk and store what came of it. Raises Lost."""
    current = serving.current()
    predictions = classify(chunk.messages, runtime=current.runtime) if chunk.messages else []
    try:
        files.store_part(job, job.chunks, map(json.dumps, predictions))
    except FileNotFoundError as error:  # its folder is gone
        raise Lost from error
    listed = job.bad + [[row.line, row.reason] for row in chunk.bad[: max(0, LISTED - len(job.bad))]]
    model = f"{current.runtime.info.name} {current.runtime.info.version}"
    with transaction.atomic():
        stored = _mine(job).update(
            rows_read=F("rows_read") + chunk.rows, rows_bad=F("rows_bad") + len(chunk.bad), chunks=F("chunks") + 1,
            bad=listed, model=model, attempts=0, lease_until=clock.now() + LEASE,
        )  # fmt: skip
        if not stored:
            raise Lost
        _record(job, predictions, current.version_id)
    job.refresh_from_db()


def _record(job: PredictionJob, predictions: list[dict[str, Any]], version_id: int | None) -> None:
    if version_id is not None:
        rows = [
            recording.prediction_row(one, f"job:{job.ref}/{job.chunks}/{position}", version_id)
            for position, one in enumerate(predictions)
        ]
        Prediction.objects.bulk_create(rows, batch_size=CHUNK)


def _finish(job: PredictionJob, state: str, error: str = "") -> None:
    with transaction.atomic():
        if not _mine(job).update(state=state, error=error[:500], finished_at=clock.now(), lease_until=None):
            return
        job.refresh_from_db()
        detail = {"rows": job.rows_read, "bad": job.rows_bad, "model": job.model, "state": state}
        audit.record(
            actor="system:jobs", action="job.finished", object_type="prediction_job", object_id=str(job.ref),
            detail=detail,
        )  # fmt: skip
    files.input_of(job).unlink(missing_ok=True)  # texts are kept no longer than they are needed


def _mine(job: PredictionJob) -> Any:
    """The job's row, if it still is this process' and where it left it."""
    return PredictionJob.objects.filter(
        pk=job.pk, lease_owner=job.lease_owner, chunks=job.chunks, state=PredictionJob.State.RUNNING
    )
