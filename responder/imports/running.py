"""Imports a file in batches, in bounded memory. After a crash one batch is repeated, and nothing is counted twice."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import F, OuterRef, QuerySet

from classifier.tables import UnusableInput
from monitoring import audit
from responder import roles
from responder.classification.wake_up import wake_classifier
from responder.errors import Closed
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.imports import files
from responder.imports.options import options_of
from responder.imports.reading import Batch, PostFile
from responder.imports.report import Problem, Report
from responder.models import ImportJob
from responder.privacy import masking
from responder.queueing.long_jobs import JobLost, LongWork

PART = 2_000  # posts; on SQLite other writers wait for them
RENEW_S = 10.0


class Imports(LongWork[ImportJob, Batch]):
    """Imports files of posts. A part is a batch of rows."""

    model, counter = ImportJob, "parts"
    task, group = "responder.jobs.import_file", "imports"
    action, object_type = "import.finished", "import"
    final = (UnusableInput, Closed)

    def parts(self, job: ImportJob) -> Iterator[Batch]:
        while batch := OPEN.batch(job, lambda: self.renew(job)):
            yield batch

    def do(self, job: ImportJob, part: Batch) -> None:
        """Store the posts and the counts of a batch in one transaction. Raises JobLost."""
        posts = [item for item in part.items if isinstance(item, RawPost)]
        report = Report.from_json(job.report)
        with audit.atomic():
            accepted = ingest.accept(posts=posts, source=job.source, event=job.event)
            if problems := report.add(part.items, accepted, hide=masking.mask):
                _store_problems(job, problems)
            read = F("rows_read") + part.rows
            self.stored(job, report=report.as_json(), rows_read=read, line=part.line)
            wake_classifier()

    def place(self, job: ImportJob) -> str:
        return f"The rows from {job.rows_read + 1} on"

    def audit_detail(self, job: ImportJob) -> dict[str, Any]:
        report = Report.from_json(job.report).as_json()
        return {"name": job.name, "sha256": job.sha256} | {
            name: value for name, value in report.items() if name != "problems"
        }

    def over(self, job: ImportJob) -> None:
        OPEN.close_if(job.pk)
        files.remove_input(job)  # texts are kept no longer than they are needed

    def run(self, job_id: int) -> None:
        """Run the job. Closes the file if the job was cancelled or deleted in the meantime."""
        try:
            super().run(job_id)
        finally:
            if not self._rows().filter(pk=job_id, state__in=ImportJob.OPEN).exists():
                OPEN.close_if(job_id)

    def _allowed(self) -> QuerySet[ImportJob]:
        """Return the imports whose owner still has the permission."""
        return self._rows().filter(roles.holding(roles.MANAGE_SOURCES, OuterRef("owner"), OuterRef("event")))


def _store_problems(job: ImportJob, problems: list[Problem]) -> None:
    try:
        files.store_problems(job, problems)
    except FileNotFoundError as error:  # its folder is gone
        raise JobLost from error


class OpenFile:
    """The file that this process is importing. It stays open between two turns of its job.

    A process that takes over a job reads the file once, up to the row that the job has reached.
    """

    def __init__(self) -> None:
        self._job_id: int | None = None
        self._file: PostFile | None = None
        self._batches: Iterator[Batch] = iter(())
        self._held: Batch | None = None
        self._start = 0

    def batch(self, job: ImportJob, renew: Callable[[], None]) -> Batch | None:
        """Return the batch after `job.rows_read` rows, and the same one again until it is stored; None at the end.

        Arguments:
            renew: called regularly while rows are skipped.

        Raises UnusableInput, and whatever `renew` raises.
        """
        done = job.rows_read
        try:
            if self._job_id == job.pk and self._held and done == self._held.start + self._held.rows:
                self._start, self._held = done, next(self._batches, None)
            elif self._job_id != job.pk or done != self._start:
                self._open(job, renew)
        except BaseException:  # a generator that raised would look as if the file had ended
            self.close()
            raise
        return self._held

    def close(self) -> None:
        """Close the file, if one is open."""
        if self._file:
            self._file.close()
        self._job_id, self._file, self._batches, self._held = None, None, iter(()), None

    def close_if(self, job_id: int) -> None:
        """Close the file of this job."""
        if self._job_id == job_id:
            self.close()

    def _open(self, job: ImportJob, renew: Callable[[], None]) -> None:
        self.close()
        path = files.input_of(job)
        if not path.exists():
            raise UnusableInput("The file is no longer on the server. Upload it again.")
        try:
            self._file = PostFile(str(path), options_of(job))
        except UnusableInput as error:
            raise UnusableInput(files.named(job, str(error))) from error
        self._batches = self._file.batches(PART, skip=job.rows_read, passing=_now_and_then(renew))
        self._job_id, self._start, self._held = job.pk, job.rows_read, next(self._batches, None)


def _now_and_then(renew: Callable[[], None]) -> Callable[[], None]:
    """`renew`, at most once in RENEW_S seconds."""
    last = time.monotonic()

    def passing() -> None:
        nonlocal last
        if time.monotonic() - last >= RENEW_S:
            last = time.monotonic()
            renew()

    return passing


OPEN = OpenFile()
IMPORTS = Imports()
run, send, wake = IMPORTS.run, IMPORTS.send, IMPORTS.wake
