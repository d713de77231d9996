"""Storage of prediction jobs: a folder for each in the shared data directory."""

import gzip
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings

from classifier import tables
from responder.models import PredictionJob

INPUT = "input"
KNOWN_SUFFIXES = frozenset(tables.SUFFIXES)
FOLDER = "jobs"  # `backup` leaves it out: its files come and go


def root() -> Path:
    """The folder of all jobs."""
    return Path(settings.DATA_DIR) / FOLDER


def folder(ref: uuid.UUID) -> Path:
    """The folder of one job."""
    return root() / str(ref)


def input_of(job: PredictionJob) -> Path:
    """The path of the upload, which is deleted when the job is over."""
    return folder(job.ref) / input_name(job.name)


def input_name(name: str) -> str:
    """An upload's name on the disk: with the suffix by which its format is known, if that is harmless."""
    suffix = Path(name).suffix.lower()
    return INPUT + suffix if suffix in KNOWN_SUFFIXES else INPUT


def store_part(job: PredictionJob, number: int, lines: Iterable[str]) -> None:
    """Write a chunk's lines atomically and durably."""
    target = _part(job, number)
    partial = target.with_name(f"{target.name}.{uuid.uuid4().hex}")
    with partial.open("wb") as stream:
        with gzip.open(stream, "wt", encoding="utf-8", compresslevel=4) as packed:
            packed.writelines(f"{line}\n" for line in lines)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(partial, target)
    sync_folder(target.parent)


def lines_of(job: PredictionJob) -> Iterator[str]:
    """The lines of all stored chunks in order, loading one chunk at a time."""
    for number in range(job.chunks):
        with gzip.open(_part(job, number), "rt", encoding="utf-8", newline="\n") as lines:
            yield from lines


def remove(ref: uuid.UUID) -> None:
    """Remove a job's folder. Idempotent."""
    shutil.rmtree(folder(ref), ignore_errors=True)


def sync_folder(path: Path) -> None:
    """Sync a folder, so that its entries survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _part(job: PredictionJob, number: int) -> Path:
    return folder(job.ref) / f"part-{number:06}.ndjson.gz"
