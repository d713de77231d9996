"""django-q's cluster, for processes that die without a word: by the system's want of memory, by kill -9.

Processes of a cluster share queues and timers, which have locks. One that waits for work holds its queue's lock, and takes it
along when it is killed: whoever takes its place would wait for ever (django-q2, issue 23; 339 for one that dies while it
writes). So here
1. after such a death all of a cluster's processes are started anew, with queues of their own. What they had in hand comes again:
   jobs by their `wake`, every other message after django-q's `retry`;
2. a timer's lock that a dead process holds is passed over.
"""

import multiprocessing
from contextlib import suppress
from multiprocessing.process import BaseProcess
from typing import Any, cast

import structlog
from django_q import cluster
from django_q.conf import Conf
from django_q.queues import Queue
from django_q.worker import worker

log = structlog.get_logger(__name__)
HELD_AT_MOST_S = 5.0  # a timer's lock, by one that lives
STOPS_WITHIN_S = 5.0


class PassableLock:
    """A lock whose holder may be dead: whoever has waited long enough goes on without it."""

    def __init__(self) -> None:
        self._lock = multiprocessing.RLock()

    def acquire(self, *_: Any, **__: Any) -> bool:
        return self._lock.acquire(timeout=HELD_AT_MOST_S)

    def release(self) -> None:
        with suppress(AssertionError):  # it was passed over
            self._lock.release()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class Sentinel(cluster.Sentinel):
    """Looks after a cluster's processes."""

    def spawn_worker(self) -> None:
        timer = multiprocessing.Value("f", -1, lock=cast(Any, PassableLock()))
        self.spawn_process(worker, self.task_queue, self.result_queue, timer, self.timeout)

    def reincarnate(self, process: BaseProcess) -> None:
        """Replace a process that is gone, or a worker that is over its time."""
        if process not in self._children():
            return  # replaced already, with all the others
        if process.exitcode == 0:  # it ended by itself and holds nothing
            super().reincarnate(process)
            return
        log.critical("a process of the queue died; all start anew", process=process.name, status=process.exitcode)
        self._start_anew()
        self.reincarnations += 1

    def _start_anew(self) -> None:
        for child in self._children():
            child.kill()
        for child in self._children():
            child.join(STOPS_WITHIN_S)
        self.task_queue = Queue(maxsize=Conf.QUEUE_LIMIT) if Conf.QUEUE_LIMIT else Queue()
        self.result_queue, self.event_out = Queue(), multiprocessing.Event()
        self.spawn_cluster()

    def _children(self) -> list[BaseProcess]:
        return [*self.pool, self.monitor, self.pusher]
