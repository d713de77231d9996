"""Long-running jobs that a person requested, run by the queue in parts.

How a job goes, whose row is a `LongJob`:
1. Whoever asks stores the row and calls `send` in the same transaction: row and message are there together.
2. `run` claims the row for a while and does part after part. Each is stored, then said to be (`stored`), which renews the
   claim; a part that is done twice is the same, so whoever is killed costs one part.
3. After some parts, or some seconds, others have their turn. `wake` sends jobs again whose message was lost, or whose process died.
4. A part that failed too often ends the job with words.
5. While its owner is not active, or acts for paused organisations alone, a job waits.
"""

import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any, ClassVar, Generic, TypeVar

import structlog
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import F, OuterRef, QuerySet
from django_q.tasks import async_task

from classifier import clock, moments
from monitoring import audit
from responder import roles
from responder.models.long_job import LongJob
from responder.queueing import leases

log = structlog.get_logger(__name__)
PARTS_A_TURN = 20
TURN_S = 15.0  # a part more than that at most: others wait, and django-q ends what takes 15 minutes
LEASE = timedelta(minutes=1)  # for one part; renewed with each
MOST_ATTEMPTS = 5  # at one part
WOKEN_AT_ONCE = 100
Job = TypeVar("Job", bound=LongJob)
Part = TypeVar("Part")


class JobLost(Exception):
    """The job was deleted, or another process has claimed it."""


class LongWork(ABC, Generic[Job, Part]):
    """One kind of long job: its model, its parts, and how a part is processed.

    Attributes:
        model: of the rows.
        counter: their column that counts stored parts.
        task, group: the function that the queue calls with a row's id, and the group that its admin shows.
        action, object_type: of the audit record of a job that is over.
        nobodys_fault: errors after which the same part is tried again, however often.
        final: errors whose words end a job.
    """

    model: type[Job]
    counter: ClassVar[str]
    task: ClassVar[str]
    group: ClassVar[str]
    action: ClassVar[str]
    object_type: ClassVar[str]
    nobodys_fault: ClassVar[tuple[type[Exception], ...]] = ()
    final: ClassVar[tuple[type[Exception], ...]] = ()

    @abstractmethod
    def parts(self, job: Job) -> Iterator[Part]:
        """The remaining parts. `job` is up to date whenever the next part is requested."""

    @abstractmethod
    def do(self, job: Job, part: Part) -> None:
        """Process a part, then call `stored`. Raises JobLost."""

    @abstractmethod
    def place(self, job: Job) -> str:
        """The next part, as the beginning of a sentence."""

    @abstractmethod
    def audit_detail(self, job: Job) -> dict[str, Any]:
        """The detail of a finished job's audit event."""

    def over(self, job: Job) -> None:
        """Clean up after a finished job; called outside the transaction."""

    def send(self, job: Job) -> None:
        """Queue the job; the message is a row that commits or rolls back with the caller's transaction."""
        async_task(self.task, job.pk, group=self.group, task_name=str(job.ref))

    def wake(self) -> int:
        """Requeue jobs whose message or process was lost. Returns the number."""
        now = clock.now()
        stuck = self._allowed().filter(
            leases.free(now, longest=LEASE), moments.older("woken_at", now, than=LEASE), state__in=LongJob.OPEN
        )
        sent = 0
        for job in stuck[:WOKEN_AT_ONCE]:
            with transaction.atomic():
                if stuck.filter(pk=job.pk).update(woken_at=now):
                    self.send(job)
                    sent += 1
        return sent

    def run(self, job_id: int) -> None:
        """Process some parts of a job. Two concurrent calls process each part once."""
        job = self._claim(job_id)
        if job is None:
            return
        try:
            self._turn(job)
        except JobLost:
            log.info("a job was deleted or taken over", task=self.task, job=str(job.ref))
        except self.nobodys_fault:  # `wake` tries again
            self._mine(job).update(lease_until=None, attempts=0)
        except self.final as error:
            self._finish(job, LongJob.State.FAILED, str(error))
        except Exception:
            self._mine(job).update(lease_until=None)
            raise

    def stored(self, job: Job, **columns: Any) -> None:
        """Record in the row that a part is stored. Raises JobLost."""
        columns |= {self.counter: F(self.counter) + 1, "attempts": 0, "lease_until": clock.now() + LEASE}
        if not self._mine(job).update(**columns):
            raise JobLost

    def renew(self, job: Job) -> None:
        """Renew the claim of a job whose next part takes long to reach. Raises JobLost."""
        if not self._mine(job).update(lease_until=clock.now() + LEASE):
            raise JobLost

    def _claim(self, job_id: int) -> Job | None:
        now, me = clock.now(), uuid.uuid4().hex
        free = self._allowed().filter(leases.free(now, longest=LEASE), pk=job_id, state__in=LongJob.OPEN)
        taken = free.update(
            state=LongJob.State.RUNNING, lease_owner=me, lease_until=now + LEASE, attempts=F("attempts") + 1
        )
        job = self._rows().filter(pk=job_id, lease_owner=me).first() if taken else None
        if job and job.attempts > MOST_ATTEMPTS:
            self._finish(job, LongJob.State.FAILED, f"{self.place(job)} failed {MOST_ATTEMPTS} times.")
            return None
        return job

    def _turn(self, job: Job) -> None:
        parts, ends = self.parts(job), time.monotonic() + TURN_S
        for part in islice(parts, PARTS_A_TURN):
            self.do(job, part)
            _look_again(job)
            if not self._allowed().filter(pk=job.pk).exists():
                self._mine(job).update(lease_until=None, attempts=0)
                return
            if time.monotonic() > ends:
                break
        if next(parts, None) is None:
            self._finish(job, LongJob.State.DONE)
            return
        with transaction.atomic():
            if self._mine(job).update(lease_until=None, woken_at=clock.now()):
                self.send(job)

    def _finish(self, job: Job, state: LongJob.State, error: str = "") -> None:
        with audit.atomic():
            over = {"state": state, "error": error[:500], "finished_at": clock.now(), "lease_until": None}
            if not self._mine(job).update(**over):
                return
            job.refresh_from_db()
            detail = self.audit_detail(job) | {"state": str(state)}
            audit.record(
                actor="system:jobs", action=self.action, object_type=self.object_type, object_id=str(job.ref),
                detail=detail,
            )  # fmt: skip
        self.over(job)

    def _mine(self, job: Job) -> QuerySet[Job]:
        """The job's row, if this process still holds it and nobody else has advanced it."""
        at = {self.counter: getattr(job, self.counter)}
        return self._rows().filter(pk=job.pk, lease_owner=job.lease_owner, state=LongJob.State.RUNNING, **at)

    def _allowed(self) -> QuerySet[Job]:
        """Jobs whose owner still has the permission."""
        return self._rows().filter(roles.standing(OuterRef("owner")))

    def _rows(self) -> QuerySet[Job]:
        rows: QuerySet[Job] = self.model._default_manager.all()
        return rows


def _look_again(job: LongJob) -> None:
    try:
        job.refresh_from_db()
    except ObjectDoesNotExist as error:
        raise JobLost from error
