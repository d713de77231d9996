"""Imports are visible to their owner for a week. Their posts are kept."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder import roles
from responder.errors import Missing
from responder.imports import files
from responder.models import ImportJob, User
from responder.models.import_job import ImportState
from responder.queueing import retained_jobs


def owned_by(owner: User) -> QuerySet[ImportJob]:
    """A person's imports, the newest first. One into an event in which they may no longer import is not among them."""
    rows = ImportJob.objects.filter(owner=owner, expires_at__gt=clock.now()).select_related("event")
    return roles.within(rows, roles.events_of(owner, roles.MANAGE_SOURCES))


def find(*, owner: User, ref: str) -> ImportJob:
    """The person's import with this reference. Raises Missing for anyone but the owner."""
    if (job := retained_jobs.find(owned_by(owner), ref)) is None:
        raise Missing(_("This import does not exist. It may have expired."))
    return job


def cancel(*, job: ImportJob, actor: str) -> bool:
    """Cancel a queued or running import. Its posts are kept. Returns False if it had already ended."""
    with audit.atomic():
        going_on = ImportJob.objects.filter(pk=job.pk, state__in=ImportJob.OPEN)
        if not going_on.update(state=ImportState.CANCELLED, finished_at=clock.now(), lease_until=None):
            return False
        job.refresh_from_db()
        _record("import.cancelled", job, actor)
    files.remove_input(job)
    return True


def delete(*, job: ImportJob, actor: str) -> None:
    """Delete an import's file and report. Its posts are kept."""
    with audit.atomic():
        if ImportJob.objects.filter(pk=job.pk).delete()[0]:
            _record("import.deleted", job, actor)
    files.remove(job.ref)


def forget() -> int:
    """Delete expired imports, and folders without a row. Returns the number of imports."""
    return retained_jobs.forget(ImportJob.objects.all(), root=files.root(), delete=delete)


def _record(action: str, job: ImportJob, actor: str) -> None:
    detail = {"name": job.name, "rows": job.rows_read}
    audit.record(actor=actor, action=action, object_type="import", object_id=str(job.ref), detail=detail)
