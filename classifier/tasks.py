"""Celery tasks of the training week. Each may run twice, or late: rows tell what is to be done."""

from celery import shared_task

from classifier import clock, releases, train, weekly
from classifier.models import ModelVersion


@shared_task
def freeze_labels() -> str:
    """Sunday 18:00 UTC: what is labelled until now is what this week's model learns from."""
    moment = weekly.last_freeze(clock.now())
    run, _ = train.freeze(run_key=weekly.run_key(moment), trigger="weekly", cutoff=moment)
    return run.run_key


@shared_task
def advance() -> list[int]:
    """Start what is due: the next step of a run, a run that a dead process left, a week that was slept through."""
    _catch_up()
    releases.tick()
    return train.supervise()


def _catch_up() -> None:
    """A machine that was off on Sunday evening freezes when it is back; a new installation waits for its first Sunday."""
    moment = weekly.last_freeze(clock.now())
    if clock.now() - moment < weekly.LATE and ModelVersion.objects.filter(created_at__lt=moment).exists():
        freeze_labels()
