"""PDFs of reports, made by the queue: asked for, followed, downloaded, and forgotten after a day.

A file belongs to one version of a report in one state, which stands in it; whoever may read the report may download it.
"""

import os
import shutil
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from classifier import clock, locks
from monitoring import audit
from responder.errors import Missing, NotReady, TooMany
from responder.models import SituationFile, SituationReport, User
from responder.queueing import retained_jobs
from responder.queueing.long_jobs import JobLost, LongWork
from responder.situation import document, pdf, writing

log = structlog.get_logger(__name__)
FOLDER = "situation"  # `backup` leaves it out: its files come and go
KEPT = timedelta(hours=24)
MOST_UNFINISHED = 3  # of one owner
RENEWED_EVERY_S = 20.0
PAGE, FILE = "page.html", "report.pdf"


@audit.atomic()
def ask(*, report: SituationReport, by: User) -> SituationFile:
    """Queue the PDF of a report as it is now, or return the one that is there or on its way. Raises TooMany, NoLayout."""
    if why := pdf.why_not():
        raise pdf.NoLayout(why)
    locks.one_at_a_time("situation files", report.pk)
    if (found := of_report(report)) is not None and found.state != SituationFile.State.FAILED:
        return found
    if SituationFile.objects.filter(owner=by, state__in=SituationFile.OPEN).count() >= MOST_UNFINISHED:
        raise TooMany(
            _("%(most)d of your PDFs are already being made. Wait until one is done.") % {"most": MOST_UNFINISHED}
        )
    now = clock.now()
    job = SituationFile.objects.create(
        owner=by, of_version=writing.latest(report), report_version=report.version, asked_at=now, woken_at=now,
        expires_at=now + KEPT,
    )  # fmt: skip
    FILES.send(job)
    audit.record(
        actor=f"user:{by.username}", action="situation.pdf_asked", object_type="situation", object_id=report.ref,
        detail={"file": str(job.ref), "version": report.version},
    )  # fmt: skip
    return job


def of_report(report: SituationReport) -> SituationFile | None:
    """The newest PDF of the report as it is now, finished or not; None if nobody asked for it or it expired."""
    rows = SituationFile.objects.filter(of_version__report=report, report_version=report.version)
    return rows.filter(expires_at__gt=clock.now()).order_by("-id").first()


def read(report: SituationReport, *, actor: str) -> bytes:
    """The finished PDF of the report as it is now. Raises Missing, NotReady."""
    job = of_report(report)
    if job is None:
        raise Missing(_("This PDF does not exist. It may have expired: ask for it again."))
    if not job.is_done:
        raise NotReady(_("The PDF is not ready yet. Try again in a few seconds."))
    try:
        content = (folder(job.ref) / FILE).read_bytes()
    except OSError:
        raise Missing(_("This PDF does not exist. It may have expired: ask for it again.")) from None
    audit.record(
        actor=actor, action="situation.downloaded", object_type="situation", object_id=report.ref,
        detail={"format": "pdf", "version": report.version},
    )  # fmt: skip
    return content


def forget() -> int:
    """Delete expired PDFs, and folders without a row. Returns the number of PDFs."""
    return retained_jobs.forget(SituationFile.objects.all(), root=root(), delete=_delete)


def root() -> Path:
    """The folder of all files."""
    return Path(settings.DATA_DIR) / FOLDER


def folder(ref: uuid.UUID) -> Path:
    """The folder of one file."""
    return root() / str(ref)


def _delete(*, job: SituationFile, actor: str) -> None:
    SituationFile.objects.filter(pk=job.pk).delete()
    shutil.rmtree(folder(job.ref), ignore_errors=True)


class Files(LongWork[SituationFile, str]):
    """PDFs of reports; the parts are the page, then its layout."""

    model, counter = SituationFile, "steps"
    task, group = "responder.jobs.make_situation_file", "situation"
    action, object_type = "situation.pdf_finished", "situation"
    final = (pdf.NoLayout,)

    def parts(self, job: SituationFile) -> Iterator[str]:
        while job.steps < SituationFile.STEPS:
            yield (PAGE, FILE)[job.steps]

    def do(self, job: SituationFile, part: str) -> None:
        path = folder(job.ref) / part
        path.parent.mkdir(parents=True, exist_ok=True)
        if part == PAGE:
            version = type(job.of_version).objects.select_related("report__event", "facts").get(pk=job.of_version_id)
            _replace(path, pdf.html(document.of_version(version)).encode())
            self.stored(job)
            return
        with self._renewed(job):
            content, pages = pdf.render((folder(job.ref) / PAGE).read_text("utf-8"))
        _replace(path, content)
        self.stored(job, pages=pages)

    @contextmanager
    def _renewed(self, job: SituationFile) -> Iterator[None]:
        """Renew the claim while the block runs: on a busy machine, a layout takes longer than a claim lasts."""
        done = threading.Event()

        def renew() -> None:
            while not done.wait(RENEWED_EVERY_S):
                try:
                    self.renew(job)
                except JobLost:
                    return  # `stored` finds out, too
                except DatabaseError as error:  # it is busy or away: the next round tries again
                    log.warning("the claim of a PDF could not be renewed", error=str(error)[:200])
                finally:
                    connection.close()

        thread = threading.Thread(target=renew, name="situation-file", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def place(self, job: SituationFile) -> str:
        return "The page" if job.steps == 0 else "The layout"

    def audit_detail(self, job: SituationFile) -> dict[str, Any]:
        return {"pages": job.pages, "report_version": job.report_version}


FILES = Files()
run, wake = FILES.run, FILES.wake


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    partial.write_bytes(content)
    os.replace(partial, path)
