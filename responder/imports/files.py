"""File storage for imports: one folder per import in the shared data directory, with the upload and the problems of each batch."""

import gzip
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.conf import settings

from responder.imports.report import Problem
from responder.models import ImportJob
from responder.prediction_jobs.files import input_name, sync_folder

FOLDER = "imports"  # `backup` leaves it out: its files come and go


def root() -> Path:
    """The folder of all imports."""
    return Path(settings.DATA_DIR) / FOLDER


def folder(ref: uuid.UUID) -> Path:
    """The folder of one import."""
    return root() / str(ref)


def input_of(job: ImportJob) -> Path:
    """Return the path of the upload, which is deleted when the import ends."""
    return folder(job.ref) / input_name(job.name)


def named(job: ImportJob, message: str) -> str:
    """A message about the upload, with the name that its owner knows."""
    return message.replace(input_name(job.name), job.name)


def store_problems(job: ImportJob, problems: Sequence[Problem]) -> None:
    """Write the problems of the batch that is about to be stored. Atomic and idempotent."""
    target = _part(job, job.parts)
    partial = target.with_name(f"{target.name}.{uuid.uuid4().hex}")
    with gzip.open(partial, "wt", encoding="utf-8", compresslevel=4) as packed:
        packed.writelines(json.dumps([one.line, one.kind, one.sentence, one.lossy]) + "\n" for one in problems)
    os.replace(partial, target)


def problems_of(job: ImportJob) -> Iterator[Problem]:
    """Yield the problems of all stored batches in order, loading one batch at a time."""
    for number in range(job.parts):
        path = _part(job, number)
        if path.exists():  # most parts have none
            with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
                yield from (Problem(*json.loads(line)) for line in lines)


def remove_input(job: ImportJob) -> None:
    """Remove the upload. Idempotent."""
    input_of(job).unlink(missing_ok=True)


def remove(ref: uuid.UUID) -> None:
    """Remove an import's folder. Idempotent."""
    shutil.rmtree(folder(ref), ignore_errors=True)


def sync(ref: uuid.UUID) -> None:
    """Sync a new folder, so that its entries survive a power cut."""
    sync_folder(folder(ref))
    sync_folder(folder(ref).parent)


def _part(job: ImportJob, number: int) -> Path:
    return folder(job.ref) / f"problems-{number:06}.ndjson.gz"
