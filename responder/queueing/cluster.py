"""django-q's cluster, made to survive processes that are killed (out of memory, kill -9).

Processes of a cluster share queues and timers, which have locks. One that waits for work holds its queue's lock, and takes it
along when it is killed: whoever takes its place would wait for ever (django-q2, issue 23; 339 for one that dies while it
writes). So here
1. after such a death all of a cluster's processes are started anew, with queues of their own. What they had in hand comes again:
   jobs by their `wake`, every other message after django-q's `retry`;
2. a timer's lock that a dead process holds is passed over.

Finished tasks are noted without arguments and results: django-q pickles those, and unpickles whatever the row holds.
"""

import multiprocessing
from contextlib import suppress
from multiprocessing.process import BaseProcess
from typing import Any, cast

import structlog
from django.db import Error
from django.db.models import F
from django_q import cluster
from django_q.brokers import Broker, get_broker
from django_q.conf import Conf
from django_q.models import Task
from django_q.queues import Queue
from django_q.utils import close_old_django_connections
from django_q.worker import worker

from responder import heartbeat

log = structlog.get_logger(__name__)
HELD_AT_MOST_S = 5.0  # a timer's lock, by one that lives
STOPS_WITHIN_S = 5.0


class PassableLock:
    """A lock whose holder may have been killed: after a timeout, a waiter proceeds without it."""

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


class Heartbeat:
    """A heartbeat in place of django-q's status, which pickles the state into the cache twice a second."""

    def __init__(self, sentinel: cluster.Sentinel) -> None:
        """Same arguments as django-q's."""

    def save(self) -> None:
        """Touch the heartbeat's file."""
        heartbeat.beat()


class Sentinel(cluster.Sentinel):
    """The process that supervises a cluster's processes."""

    def spawn_worker(self) -> None:
        timer = multiprocessing.Value("f", -1, lock=cast(Any, PassableLock()))
        self.spawn_process(worker, self.task_queue, self.result_queue, timer, self.timeout)

    def spawn_monitor(self) -> BaseProcess:
        monitor: BaseProcess = self.spawn_process(note_results, self.result_queue, self.broker)
        return monitor

    def reincarnate(self, process: BaseProcess) -> None:
        """Replace a process that is gone, or a worker that is over its time."""
        if process not in self._children():
            return  # replaced already, with all the others
        if process.exitcode == 0:  # it ended normally and holds no lock
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


def note_results(results: Any, broker: Broker | None = None) -> None:
    """Note finished tasks in the database, until the queue of results says STOP; in place of django-q's monitor."""
    broker = broker or get_broker()
    for task in iter(results.get, "STOP"):
        close_old_django_connections()
        try:
            attempts = _note(task)
        except Error:  # the message stays in the queue and is delivered again
            log.exception("could not note a finished task", task=task["func"])
            continue
        if task["success"] or attempts >= Conf.MAX_ATTEMPTS:
            broker.acknowledge(task["ack_id"])
        if not task["success"]:
            log.error(
                "a task of the queue failed", task=task["func"], name=task["name"], error=str(task["result"])[-2000:]
            )


def _note(task: dict[str, Any]) -> int:
    """Record a task's result and number of attempts."""
    rows = Task.objects.filter(id=task["id"])
    ended = {"stopped": task["stopped"], "success": task["success"], "attempt_count": F("attempt_count") + 1}
    if rows.update(**ended):
        return int(rows.values_list("attempt_count", flat=True)[0])
    known = {
        name: task.get(name) for name in ("id", "name", "func", "group", "cluster", "started", "stopped", "success")
    }
    Task.objects.bulk_create([Task(attempt_count=1, **known)])
    _forget_old()
    return 1


def _forget_old() -> None:
    """Delete successful tasks beyond the newest SAVE_LIMIT."""
    done = Task.objects.filter(success=True).order_by("-stopped").values_list("pk", flat=True)
    Task.objects.filter(pk__in=list(done[Conf.SAVE_LIMIT :][:100])).delete()
