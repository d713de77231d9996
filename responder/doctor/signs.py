"""Signs of life that the worker, beat and the queue give, for `work` to read."""

import time
from contextlib import suppress
from datetime import timedelta

from django.core.cache import cache

from classifier import clock

ANSWER = "responder.tasks.answer_doctor"
BEAT = "responder.doctor.beat"
KEPT_S = 3600
TAKEN_WITHIN = timedelta(minutes=2)


def answer(token: str) -> None:
    """Store a worker's answer to the doctor's question; called by the task."""
    cache.set(f"responder.doctor.{token[:32]}", 1, 60)


def answered(token: str) -> bool:
    """Whether a worker has answered."""
    return bool(cache.get(f"responder.doctor.{token}"))


def note_beat() -> None:
    """Store that beat is alive; called by a task that beat sends every few seconds. Doesn't fail if Redis is down."""
    from redis.exceptions import RedisError

    with suppress(RedisError, OSError):
        cache.set(BEAT, int(time.time()), KEPT_S)


def untaken_jobs() -> int:
    """Messages of the queue that nobody has taken for a while."""
    from django_q.models import OrmQ

    return OrmQ.objects.filter(lock__lt=clock.now() - TAKEN_WITHIN).count()
