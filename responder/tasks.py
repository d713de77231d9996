"""Celery tasks: wake-ups only. Each may run twice, or never, without loss: rows tell what is to be done."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from classifier import clock
from responder import pipeline, teaching
from responder.models import Change, IdempotencyRecord

log = structlog.get_logger(__name__)
KEEP_CHANGES = timedelta(hours=24)
KEEP_ANSWERS = timedelta(hours=48)


@shared_task
def classify_posts() -> int:
    """Classify what waits; the number of posts done."""
    return pipeline.drain(limit=20 * pipeline.BATCH)


@shared_task
def sweep_posts() -> int:
    """Find posts whose wake-up was lost or whose worker died."""
    return classify_posts() if pipeline.waiting() else 0


@shared_task
def fill_label_queue() -> dict[str, int]:
    """Choose the week's texts to label; how many by purpose, none where the week has them."""
    return teaching.fill_queue()


@shared_task
def prune() -> None:
    """Forget changes and idempotent answers that nobody needs any more."""
    Change.objects.filter(at__lt=clock.now() - KEEP_CHANGES).delete()
    IdempotencyRecord.objects.filter(created_at__lt=clock.now() - KEEP_ANSWERS).delete()


def wake_classifier() -> None:
    """Ask a worker to classify, once the rows are committed. Without a broker the sweeper finds them later."""
    transaction.on_commit(_send_wake_up)


def _send_wake_up() -> None:
    try:
        classify_posts.apply_async(retry=False, expires=60)
    except OperationalError:
        log.debug("no broker: accepted posts wait for the sweeper")
