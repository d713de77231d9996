"""Celery tasks: wake-ups only. Each may run twice, or never, without loss: rows tell what is to be done."""

import subprocess
from datetime import timedelta

import structlog
from celery import shared_task

from classifier import children, clock
from responder import exports, prediction_jobs, repairs, webhooks
from responder.accounts import changes
from responder.classification import labelling_feedback, pipeline
from responder.feeds import deletions, listener, runner, tombstones
from responder.models import Change, IdempotencyRecord
from responder.queueing import messages
from responder.triage import claims, snoozes

log = structlog.get_logger(__name__)
REPORT_WITHIN_S = 540
KEEP_CHANGES = timedelta(hours=24)
KEEP_ANSWERS = timedelta(hours=48)


@shared_task
def classify_posts() -> int:
    """Classify what waits; the number of posts done."""
    return pipeline.drain(limit=20 * pipeline.BATCH)


@shared_task
def sweep_posts() -> int:
    """Find posts whose wake-up was lost, whose worker died, whose next try is due, or whose time cannot be true."""
    repairs.times()
    pipeline.group()
    return classify_posts() if pipeline.waiting_up_to(1) else 0


@shared_task
def look_after_feeds() -> bool:
    """Listen to feeds that are wanted and that nobody listens to; say where posts may be missing."""
    listener.watch_for_gaps()
    return runner.start_if_needed()


@shared_task
def wake_exports() -> int:
    """Send files to the queue again whose message or process died; how many."""
    return exports.wake()


@shared_task
def wake_jobs() -> int:
    """Send files to the queue again whose message or process died; how many."""
    messages.free_from_the_future()
    return prediction_jobs.wake()


@shared_task
def wake_webhooks() -> bool:
    """Have what is due to partners sent."""
    return webhooks.wake()


@shared_task
def check_deletions() -> int:
    """Ask sources which posts they deleted without telling; how many went."""
    return deletions.check_all()


@shared_task
def fill_label_queue() -> dict[str, int]:
    """Choose the week's texts to label; how many by purpose, none where the week has them."""
    return labelling_feedback.fill_queue()


@shared_task
def report_drift(kind: str = "full") -> int:
    """Compare the newest posts with those before, in a process of its own: its libraries are heavy."""
    return _command("drift_report", "--kind", kind)


@shared_task
def report_accuracy() -> int:
    """Measure the accuracy of the last week and of this one."""
    return _command("accuracy_report")


def _command(*arguments: str) -> int:
    ran = subprocess.run(  # noqa: S603  our own interpreter and command
        children.python("django", *arguments), cwd=children.FOLDER, env=children.environment(),
        capture_output=True, text=True, timeout=REPORT_WITHIN_S, check=False,
    )  # fmt: skip
    if ran.returncode:
        log.error("a report failed", command=arguments[0], error=ran.stderr[-500:])
    return ran.returncode


@shared_task
def prune() -> None:
    """Forget changes, idempotent answers, claims, snoozes, files and failed log-ins that nobody needs any more."""
    Change.objects.filter(at__lt=clock.now() - KEEP_CHANGES).delete()
    IdempotencyRecord.objects.filter(created_at__lt=clock.now() - KEEP_ANSWERS).delete()
    claims.prune()
    snoozes.prune()
    tombstones.prune()
    exports.forget()
    prediction_jobs.forget()
    webhooks.forget()
    changes.prune()
