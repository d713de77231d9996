"""A process's sign of life: a file whose time a probe compares with the clock (`deploy/kubernetes/base/workers.yaml`).

Each process without a port touches it from the loop that does its work: a loop that hangs stops touching it, and a database or
Redis that is away does not.
"""

import time
from contextlib import suppress

from django.conf import settings

EVERY_S = 5.0
_touched_at = -EVERY_S


def beat(*_: object, **__: object) -> None:
    """Touch the file of RESPONDER_HEARTBEAT_FILE, at most every EVERY_S seconds. Does nothing without that setting.

    Takes any arguments, as it is also the receiver of Celery's signal.
    """
    global _touched_at
    path, now = settings.HEARTBEAT_FILE, time.monotonic()
    if path is None or now - _touched_at < EVERY_S:
        return
    _touched_at = now
    with suppress(OSError):  # a full disk must not end the process that would make room
        path.touch(mode=0o600)
