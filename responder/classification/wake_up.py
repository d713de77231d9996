"""The wake-up of the workers that classify. A task's name, not the task: the tasks import the feeds that call this."""

import time

import structlog
from django.db import transaction
from kombu.exceptions import OperationalError

TASK = "responder.tasks.classify_posts"
EXPIRES_S = 60
PAUSE_S = (
    30.0  # without wake-ups after a broker did not answer: each try takes four seconds, and the sweeper comes anyway
)
_paused_until = float("-inf")
log = structlog.get_logger(__name__)


def wake_classifier() -> None:
    """Ask a worker to classify, once the rows are committed. Without a broker the sweeper finds them later."""
    transaction.on_commit(_send)


def _send() -> None:
    global _paused_until
    if time.monotonic() < _paused_until:
        return
    # Celery is heavy, and its default application would send to another broker.
    from responder.celery import app

    try:
        app.send_task(TASK, retry=False, expires=EXPIRES_S)
    except OperationalError:
        _paused_until = time.monotonic() + PAUSE_S
        log.debug("no broker: accepted posts wait for the sweeper")
