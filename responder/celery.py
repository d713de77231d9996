"""The Celery application and its one schedule.

Streams and schedules run here. One-off work that a person waits for is django-q's (see `jobs.py`).
Every task is a wake-up: what it works on is claimed from rows, so losing a message loses nothing.
"""

import os
import sys
from typing import Any

from celery import Celery
from celery.loaders.app import AppLoader
from celery.schedules import crontab
from celery.signals import heartbeat_sent, task_prerun, worker_process_init, worker_shutting_down

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "responder.settings")


class Loader(AppLoader):  # type: ignore[misc]  # Celery has no types
    """Imports installed modules; Celery's own loader puts the current folder first while it imports."""

    def import_from_cwd(self, module: str, imp: Any = None, package: str | None = None) -> Any:
        return (imp or self.import_module)(module, package=package)


module_path = list(sys.path)
app = Celery("responder", loader=f"{__name__}:Loader")
sys.path[:] = module_path  # Celery's support of Django puts the current folder first, for good
app.config_from_object("django.conf:settings", namespace="CELERY")


@worker_process_init.connect
def _follow_releases(**options: object) -> None:
    from django.conf import settings

    from classifier import serving  # needs Django set up

    serving.watch()
    if settings.OTEL_ENDPOINT:
        from responder import tracing

        tracing.start()


@task_prerun.connect
def _listen_for_the_end(**options: object) -> None:
    from responder import stopping

    stopping.listen()


@worker_shutting_down.connect
def _pass_on_the_end(**options: object) -> None:
    from responder import stopping

    stopping.pass_on()


@heartbeat_sent.connect
def _beat(**options: object) -> None:
    from responder import heartbeat  # needs Django set up

    heartbeat.beat()


app.autodiscover_tasks(["responder", "classifier", "monitoring"])

app.conf.beat_scheduler = "responder.processes.beat:Scheduler"
app.conf.beat_schedule = {
    "classify posts that a lost message left behind": {
        "task": "responder.tasks.sweep_posts",
        "schedule": 2.0,
        "options": {"expires": 2.0},  # while all workers are busy, none is needed
    },
    "feeds that nobody listens to": {
        "task": "responder.tasks.look_after_feeds",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
    "exports whose message or process died": {
        "task": "responder.tasks.wake_exports",
        "schedule": 20.0,
    },
    "files whose message or process died": {
        "task": "responder.tasks.wake_jobs",
        "schedule": 20.0,
    },
    "corrections whose message or process died": {
        "task": "responder.tasks.wake_corrections",
        "schedule": 20.0,
    },
    "events that partners' systems wait for": {
        "task": "responder.tasks.wake_webhooks",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
    "alert rules: what holds, who is notified next": {
        "task": "responder.tasks.check_alert_rules",
        "schedule": 30.0,
        "options": {"expires": 30.0},
    },
    "notifications to people": {
        "task": "responder.tasks.send_notifications",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
    "emails to people: invitations, and password reset links": {
        "task": "responder.tasks.send_account_emails",
        "schedule": 10.0,
        "options": {"expires": 10.0},
    },
    "reports in mailboxes, and long messages that are not complete": {
        "task": "responder.tasks.read_mailboxes",
        "schedule": 60.0,
        "options": {"expires": 60.0},
    },
    "official alerts of hazards": {
        "task": "responder.tasks.read_official_alerts",
        "schedule": 60.0,
        "options": {"expires": 60.0},
    },
    "posts that somebody wants to read in another language": {
        "task": "responder.tasks.translate_posts",
        "schedule": 2.0,
        "options": {"expires": 2.0},
    },
    "posts that their source deleted without telling": {
        "task": "responder.tasks.check_deletions",
        "schedule": crontab(minute=40, hour="*/6"),
    },
    "forget changes that no live page still needs": {
        "task": "responder.tasks.prune",
        "schedule": 3600.0,
    },
    "Sunday 18:00: freeze the labels": {
        "task": "classifier.tasks.freeze_labels",
        "schedule": crontab(day_of_week="sunday", hour=18, minute=0),
    },
    "Sunday 19:00, 20:00, 22:00, and whatever is late: snapshot, training, evaluation, releases": {
        "task": "classifier.tasks.advance",
        "schedule": crontab(minute="*"),
    },
    "Monday 00:30: choose the week's texts to label": {
        "task": "responder.tasks.fill_label_queue",
        "schedule": crontab(day_of_week="monday", hour=0, minute=30),
    },
    "daily 02:15: answers and descriptors against the days before, accuracy without labels": {
        "task": "responder.tasks.report_drift",
        "schedule": crontab(hour=2, minute=15),
        "args": ["light"],
    },
    "Monday 02:00: the week's drift": {
        "task": "responder.tasks.report_drift",
        "schedule": crontab(day_of_week="monday", hour=2, minute=0),
        "args": ["full"],
    },
    "daily 02:05: accuracy": {
        "task": "responder.tasks.report_accuracy",
        "schedule": crontab(hour=2, minute=5),
    },
    "Azure, where it is used: registry and endpoint brought up to date": {
        "task": "classifier.tasks.look_after_azure",
        "schedule": crontab(minute="*/5"),
    },
    "alerts, and reasons to train early": {
        "task": "monitoring.tasks.look_after_the_loop",
        "schedule": crontab(minute="*/10"),
    },
    "check the audit log and write its end down": {
        "task": "monitoring.tasks.check_audit_log",
        "schedule": crontab(hour=3, minute=0),
    },
}
