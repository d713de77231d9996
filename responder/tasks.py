"""Celery tasks, which only wake work that rows describe: each may run twice, or never, without loss."""

import subprocess
from datetime import timedelta

import structlog
from celery import shared_task

from classifier import children, clock, recording
from responder import (
    alerting,
    corrections,
    exports,
    imports,
    prediction_jobs,
    rekeying,
    repairs,
    situation,
    webhooks,
)
from responder.accounts import changes, invitations, mailing, password_links, sessions
from responder.classification import labelling_feedback, pipeline
from responder.doctor import signs
from responder.feeds import deletions, listener, runner, testing, tombstones
from responder.field_reports import mailbox, message_parts
from responder.hazards import storing
from responder.models import Change, IdempotencyRecord
from responder.queueing import messages
from responder.triage import claims, snoozes

log = structlog.get_logger(__name__)
REPORT_WITHIN_S = 540
REKEY_S = 0.5  # of each sweep: a million posts take some ten minutes, and nothing waits for it
KEEP_CHANGES = timedelta(hours=24)
KEEP_ANSWERS = timedelta(hours=48)


@shared_task
def classify_posts() -> int:
    """Classify waiting posts. Returns the number done."""
    # Not at the end alone: while many posts wait, that may be a minute later.
    return pipeline.drain(limit=20 * pipeline.BATCH, on_progress=lambda _done: alerting.check_after_batch())


@shared_task
def sweep_posts() -> int:
    """Find posts whose wake-up was lost, whose worker died, whose retry is due, or whose time is impossible."""
    for stage in (repairs.times, pipeline.group, _rekey):
        try:
            stage()
        except Exception:  # a row that stops one of them must not stop the others, nor classification
            log.exception("a stage of the sweep failed", stage=stage.__name__)
    return classify_posts() if pipeline.waiting_up_to(1) else 0


def _rekey() -> None:
    if rekeying.is_pending():
        rekeying.remake(seconds=REKEY_S)


@shared_task
def look_after_feeds() -> bool:
    """Start feeds that should run and that no process holds; open gaps where posts may be missing."""
    signs.note_beat()
    listener.watch_for_gaps()
    return runner.start_if_needed()


@shared_task
def categorise_feed_test(ref: str) -> int:
    """Add categories to the sample of a feed's test. Returns the number of posts."""
    return testing.add_categories(ref)


@shared_task
def answer_doctor(token: str) -> None:
    """Answer `responder doctor`, which asks whether a worker takes tasks."""
    signs.answer(token)


@shared_task
def wake_exports() -> int:
    """Requeue files whose message or process was lost. Returns the number."""
    return exports.wake() + situation.wake()


@shared_task
def wake_jobs() -> int:
    """Requeue files whose message or process was lost. Returns the number."""
    messages.free_from_the_future()
    return prediction_jobs.wake() + imports.wake()


@shared_task
def wake_corrections() -> int:
    """Requeue decisions on corrections whose message or process was lost. Returns the number."""
    return corrections.wake()


@shared_task
def wake_webhooks() -> bool:
    """Queue due webhook deliveries."""
    return webhooks.wake()


@shared_task
def check_alert_rules() -> int:
    """Check all alert rules, and notify the next people. Returns how many rules fired anew."""
    return alerting.check()


@shared_task
def send_notifications() -> int:
    """Compose due messages and send them. Returns how many were delivered."""
    alerting.compose()
    return alerting.deliver()


@shared_task
def send_account_emails() -> int:
    """Send invitations and password reset links. Returns how many emails were sent."""
    return mailing.deliver()


@shared_task
def read_mailboxes() -> bool:
    """Begin to read reports from mailboxes, and store long messages whose other parts did not come."""
    message_parts.join_late()
    return mailbox.start()


@shared_task
def read_official_alerts() -> bool:
    """Begin to read the sources of official alerts that are due."""
    from responder.hazards import polling  # its HTTP client is heavy

    return polling.start()


@shared_task
def translate_posts() -> bool:
    """Begin to translate the posts that wait, and to test the engine."""
    from responder.translation import working  # its HTTP client is heavy

    return working.start()


@shared_task
def check_deletions() -> int:
    """Delete posts that their sources deleted without notice. Returns the number."""
    return deletions.check_all()


@shared_task
def fill_label_queue() -> dict[str, int]:
    """Fill the week's labelling queue. Returns how many by purpose, none if the week has them already."""
    return labelling_feedback.fill_queue()


@shared_task
def report_drift(kind: str = "full") -> int:
    """Compare the newest posts with earlier ones, in a separate process because its libraries are heavy."""
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
    """Delete expired changes, idempotent answers, claims, snoozes, files, failed log-ins, one-time links and partners' predictions."""
    Change.objects.filter(at__lt=clock.now() - KEEP_CHANGES).delete()
    IdempotencyRecord.objects.filter(created_at__lt=clock.now() - KEEP_ANSWERS).delete()
    claims.prune()
    snoozes.prune()
    tombstones.prune()
    exports.forget()
    prediction_jobs.forget()
    imports.forget()
    situation.forget()
    webhooks.forget()
    alerting.forget()
    corrections.forget()
    changes.prune()
    sessions.prune()
    invitations.prune()
    password_links.prune()
    recording.forget()
    storing.prune()
