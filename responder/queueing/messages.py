"""Messages of django-q's queue: signed JSON that may call the functions listed here, and nothing else.

Left to itself, django-q pickles its messages and calls whatever function they name, and a row of its `Schedule` becomes such
a message. Whoever could write that row, or knew the key that signs messages, could run any program. So here
1. a message is JSON: a function, ids as arguments, the time it was sent. Reading one creates no objects;
2. a message for a function that is not listed is neither written nor read: django-q drops it and logs why;
3. django-q's scheduler is off (settings: Q_CLUSTER) and its hooks, functions named by a row of a finished task, are not called.

What a refused message was about is not lost: each job's row is its queue, and `wake` sends another message.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db.models.signals import post_save
from django_q import signals, signing
from django_q.conf import Conf
from django_q.models import OrmQ, Task

from classifier import clock, moments

FUNCTIONS = frozenset({
    "responder.jobs.carry_out_correction",
    "responder.jobs.make_export",
    "responder.jobs.classify_file",
    "responder.jobs.import_file",
    "responder.jobs.make_situation_file",
    "responder.jobs.deliver_webhooks",
})  # fmt: skip
PARTS = {"id": str, "name": str, "func": str, "args": list, "kwargs": dict, "started": str}
OPTIONAL_PARTS = {"group": str}


class MessageRefused(signing.BadSignature):  # type: ignore[misc]  # what django-q drops a message for
    """A message that the queue may not carry."""


class JsonSerializer:
    """A JSON serializer in place of django-q's pickles: `dumps` and `loads` for `django.core.signing`."""

    @staticmethod
    def dumps(task: dict[str, Any]) -> bytes:
        """Serialise a message for storage. Raises MessageRefused."""
        started = task.get("started")
        message = task | {"args": list(task.get("args", ())), "started": started.isoformat() if started else None}
        _check(message)
        return json.dumps(message, separators=(",", ":")).encode()

    @staticmethod
    def loads(stored: bytes) -> dict[str, Any]:
        """A stored message as django-q works on it. Raises MessageRefused."""
        try:
            message = json.loads(stored)
        except (ValueError, RecursionError) as error:  # such as a pickle of the previous version
            raise MessageRefused("A message of the queue is JSON.") from error
        _check(message)
        return message | {"args": tuple(message["args"]), "started": datetime.fromisoformat(message["started"])}


def free_from_the_future() -> int:
    """Release messages that were written or taken before the clock was set back. Returns the number.

    django-q reads a message when the moment that it notes is past: that of its writing, or the end of a try.
    """
    now = clock.now()
    longest = now + timedelta(seconds=Conf.RETRY) + moments.SKEW
    return int(OrmQ.objects.filter(lock__gt=longest).update(lock=now))


def install() -> None:
    """Make django-q use these messages; call it in every process before the first message."""
    signing.PickleSerializer = JsonSerializer
    post_save.disconnect(signals.call_hook, sender=Task)


def _check(message: Any) -> None:
    if not isinstance(message, dict) or not PARTS.keys() <= message.keys() <= PARTS.keys() | OPTIONAL_PARTS.keys():
        raise MessageRefused("A message of the queue holds a function, its arguments and no options.")
    kinds = PARTS | OPTIONAL_PARTS
    if not all(isinstance(value, kinds[part]) for part, value in message.items()):
        raise MessageRefused("A part of the queue's message is of the wrong type.")
    if message["func"] not in FUNCTIONS:
        raise MessageRefused(f"The queue does not call {message['func']!r}.")
    if message["kwargs"] or not all(type(argument) is int for argument in message["args"]):
        raise MessageRefused("Functions that the queue calls take ids alone.")
    try:
        datetime.fromisoformat(message["started"])
    except ValueError as error:
        raise MessageRefused("A message of the queue says when it was sent.") from error
