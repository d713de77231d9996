"""The request to stop, for work that runs in a worker's process: a long loop looks at it between two pieces of work.

Celery tells nothing to the processes of its pool when a worker stops: it waits for their tasks, however long they take.
Here the worker passes the signal on. A task that looks finishes its piece and returns; what is left is claimed from its
rows by the next worker. The second signal ends the process in the middle of its task: open transactions are rolled back.
"""

import logging
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import Any

UNWINDS_WITHIN_S = 1.0
_requested = threading.Event()


def is_requested() -> bool:
    """Whether this process should finish its piece of work and stop."""
    return _requested.is_set()


def listen() -> None:
    """In a process of the pool, before a task: treat SIGTERM as a request to stop, and exit at a second one.

    Not when the process starts: the pool sets its own handler after that.
    """
    signal.signal(signal.SIGTERM, _note)


def pass_on() -> None:
    """In the worker's main process: send SIGTERM to the processes that work on a task. The pool ends the idle ones."""
    from celery.worker import state

    logging.getLogger("celery.worker.request").addFilter(_is_no_cut)
    for request in list(state.active_requests):
        with suppress(OSError, TypeError):  # it has ended
            os.kill(request.worker_pid, signal.SIGTERM)


def _note(_number: int, _frame: Any) -> None:
    if _requested.is_set():
        last = threading.Timer(UNWINDS_WITHIN_S, os._exit, [0])
        last.daemon = True
        last.start()  # whatever else waits for its own end: a library's threads, or the pool
        sys.exit(0)
    _requested.set()


def _is_no_cut(record: logging.LogRecord) -> bool:
    """Whether a line is about anything else than a task that the end of the worker cut short, which is no error."""
    return "WorkerLostError" not in record.getMessage()
