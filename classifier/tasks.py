"""Celery tasks of the training week. All are idempotent, and rows determine what is due."""

import subprocess

from celery import shared_task

from classifier import children, clock, releases, train, weekly
from classifier.azure import sync
from classifier.models import ModelVersion


@shared_task
def freeze_labels() -> str:
    """Freeze the labels for this week's model. Scheduled for Sunday 18:00 UTC."""
    moment = weekly.last_freeze(clock.now())
    run, _ = train.freeze(run_key=weekly.run_key(moment), trigger="weekly", cutoff=moment)
    return run.run_key


@shared_task
def advance() -> list[int]:
    """Start everything that is due: a run's next step, a run whose process died, or a missed week."""
    _catch_up()
    releases.tick()
    return train.supervise()


@shared_task
def look_after_azure() -> int | None:
    """Synchronise the registry and the endpoint, in a child process because the SDK takes 100 MB. None if not used."""
    if not sync.is_used():
        return None
    ran = subprocess.run(  # noqa: S603  our own interpreter and command
        children.python("django", "azure", "sync"), cwd=children.FOLDER, env=children.environment(),
        check=False, stdin=subprocess.DEVNULL, timeout=550,
    )  # fmt: skip
    return ran.returncode


def _catch_up() -> None:
    """Freeze late if the machine was off on Sunday evening. A new installation waits for its first Sunday."""
    moment = weekly.last_freeze(clock.now())
    if clock.now() - moment < weekly.LATE and ModelVersion.objects.filter(created_at__lt=moment).exists():
        freeze_labels()
