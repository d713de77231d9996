"""Classifying a file in chunks, within bounded memory; a killed process repeats one chunk."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import F

from classifier import recording, serving, tables
from classifier.errors import ModelUnavailable, Overloaded
from classifier.models import Prediction
from classifier.predict import Message, classify
from responder.models import PredictionJob
from responder.prediction_jobs import files
from responder.queueing.long_jobs import JobLost, LongWork

CHUNK = 500  # rows
MOST_ROWS = 500_000
LISTED = 1_000  # bad rows whose line numbers are stored
LONGEST_ID = 255


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows in order, split into those that can be classified and bad ones."""

    messages: list[Message]
    bad: list[tables.BadRow]
    repairs: list[tables.Repair]

    @property
    def rows(self) -> int:
        return len(self.messages) + len(self.bad)


class PredictionJobs(LongWork[PredictionJob, Chunk]):
    """Files of texts; a part is a chunk of their rows."""

    model, counter = PredictionJob, "chunks"
    task, group = "responder.jobs.classify_file", "prediction jobs"
    action, object_type = "job.finished", "prediction_job"
    nobodys_fault = (ModelUnavailable, Overloaded)
    final = (tables.UnusableInput,)

    def parts(self, job: PredictionJob) -> Iterator[Chunk]:
        return _chunks(job)

    def do(self, job: PredictionJob, part: Chunk) -> None:
        """Classify a chunk and store the results. Raises JobLost."""
        current = serving.current()
        predictions = classify(part.messages, runtime=current.runtime) if part.messages else []
        try:
            files.store_part(job, job.chunks, map(json.dumps, predictions))
        except FileNotFoundError as error:  # its folder is gone
            raise JobLost from error
        bad_rows = [(row.line, row.reason) for row in part.bad]
        repairs = [(repair.line, repair.detail) for repair in part.repairs]
        model = f"{current.runtime.info.name} {current.runtime.info.version}"
        read, bad = F("rows_read") + part.rows, F("rows_bad") + len(part.bad)
        with transaction.atomic():
            self.stored(
                job, rows_read=read, rows_bad=bad, bad=_listed(job.bad, bad_rows), model=model,
                rows_repaired=F("rows_repaired") + len({line for line, _detail in repairs}),
                repaired=_listed(job.repaired, repairs),
            )  # fmt: skip
            _record(job, predictions, current.version_id)

    def place(self, job: PredictionJob) -> str:
        return f"The rows from {job.rows_read + 1} on"

    def audit_detail(self, job: PredictionJob) -> dict[str, Any]:
        return {"rows": job.rows_read, "bad": job.rows_bad, "repaired": job.rows_repaired, "model": job.model}

    def over(self, job: PredictionJob) -> None:
        files.input_of(job).unlink(missing_ok=True)  # texts are kept no longer than they are needed


JOBS = PredictionJobs()
run, send, wake = JOBS.run, JOBS.send, JOBS.wake


def _chunks(job: PredictionJob) -> Iterator[Chunk]:
    """The chunks that are not classified yet."""
    path = files.input_of(job)
    if not path.exists():
        raise tables.UnusableInput("The file is no longer on the server. Upload it again.")
    with tables.open_table(str(path), form=job.form) as table:
        # Each row is released before the next is read: it may be a hundred times as long as its text.
        rest = (_read(job, position, line, row) for position, (line, row) in _rest(table, job.rows_read))
        while read := list(islice(rest, CHUNK)):
            if job.rows_read + len(read) > MOST_ROWS:  # a workbook packs more rows than its bytes tell
                raise tables.UnusableInput(f"The file has more than {MOST_ROWS:,} rows. Split it and send the parts.")
            yield Chunk(
                [one for one, _repairs in read if isinstance(one, Message)],
                [one for one, _repairs in read if isinstance(one, tables.BadRow)],
                [repair for _one, repairs in read for repair in repairs],
            )


def _rest(table: tables.Table, start: int) -> Iterator[tuple[int, tuple[int, tables.Row | tables.BadRow]]]:
    return islice(enumerate(table.rows()), start, None)


def _read(
    job: PredictionJob, position: int, line: int, row: tables.Row | tables.BadRow
) -> tuple[Message | tables.BadRow, tuple[tables.Repair, ...]]:
    """Return the message of a row, or a BadRow, and the repairs."""
    if isinstance(row, tables.BadRow):
        return row, ()
    if problem := tables.text_problem(line, row, job.text_column) or tables.id_problem(line, row, job.id_column):
        return problem, ()
    given = row.get(job.id_column)
    key = str(position if given is None else given)
    if len(key) > LONGEST_ID:
        return tables.BadRow(line, f"The ID has {len(key):,} characters; the limit is {LONGEST_ID}."), ()
    return Message(id=_whole(key), text=_whole(str(row[job.text_column]))), row.repairs


def _listed(before: list[Any], found: list[tuple[int, str]]) -> list[Any]:
    """Return the first LISTED rows with their messages."""
    return before + [list(one) for one in found[: max(0, LISTED - len(before))]]


def _whole(text: str) -> str:
    """The text without lone surrogates, which JSON can hold and UTF-8 can't."""
    return text.encode("utf-8", "replace").decode()


def _record(job: PredictionJob, predictions: list[dict[str, Any]], version_id: int | None) -> None:
    if version_id is not None:
        rows = [
            recording.prediction_row(one, f"job:{job.ref}/{job.chunks}/{position}", version_id)
            for position, one in enumerate(predictions)
        ]
        Prediction.objects.bulk_create(rows, batch_size=CHUNK)
