"""Prediction jobs, visible to their owner for a week."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder.errors import Missing
from responder.models import PredictionJob, User
from responder.prediction_jobs import files
from responder.queueing import retained_jobs


def owned_by(owner: User) -> QuerySet[PredictionJob]:
    """A person's jobs, the newest first."""
    return PredictionJob.objects.filter(owner=owner, expires_at__gt=clock.now())


def find(*, owner: User, ref: str) -> PredictionJob:
    """The person's job with this reference. Raises Missing for anyone but the owner."""
    if (job := retained_jobs.find(owned_by(owner), ref)) is None:
        raise Missing(_("This job does not exist. It may have expired."))
    return job


def delete(*, job: PredictionJob, actor: str) -> None:
    """Cancel a job and delete its results."""
    with audit.atomic():
        if PredictionJob.objects.filter(pk=job.pk).delete()[0]:
            audit.record(actor=actor, action="job.deleted", object_type="prediction_job", object_id=str(job.ref))
    files.remove(job.ref)


def forget() -> int:
    """Delete expired jobs, and folders without a row. Returns the number of jobs."""
    return retained_jobs.forget(PredictionJob.objects.all(), root=files.root(), delete=delete)
