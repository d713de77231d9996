"""Celery tasks of the training week. Each may run twice, or late: rows tell what is to be done."""

import subprocess

from celery import shared_task

from classifier import children, clock, releases, train, weekly
from classifier.azure import sync
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


@shared_task
def look_after_azure() -> int | None:
    """Registry and endpoint brought up to date, in a process of its own: the SDK takes 100 MB. None where not used."""
    if not sync.is_used():
        return None
    ran = subprocess.run(  # noqa: S603  our own interpreter and command
        children.python("django", "azure", "sync"), cwd=children.FOLDER, env=children.environment(),
        check=False, stdin=subprocess.DEVNULL, timeout=550,
    )  # fmt: skip
    return ran.returncode


def _catch_up() -> None:
    """A machine that was off on Sunday evening freezes when it is back; a new installation waits for its first Sunday."""
    moment = weekly.last_freeze(clock.now())
    if clock.now() - moment < weekly.LATE and ModelVersion.objects.filter(created_at__lt=moment).exists():
        freeze_labels()
