"""Rows of many requests, stored together before any of their answers leaves.

Each statement costs a connection, a transaction and Django's work; under load several requests share one. There is no
thread of its own: whoever holds the turn stores what waits, the rows of others included, until its own are stored. A
batch that fails is stored request by request, so that no request fails for the rows of another.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")
MOST_ROWS = 500


@dataclass(eq=False, slots=True)
class _Job(Generic[Row]):
    rows: Sequence[Row]
    error: Exception | None = None
    done: bool = False


class KeptTogether(Generic[Row]):
    """Stores rows in shared batches.

    Arguments:
        store: stores rows, all or none.
        most: maximum number of rows in a batch of several requests; a single one may bring more.
    """

    def __init__(self, store: Callable[[Sequence[Row]], None], *, most: int = MOST_ROWS) -> None:
        self._store, self._most = store, most
        self._waiting: list[_Job[Row]] = []
        self._lock, self._turn = threading.Lock(), threading.Lock()

    def __call__(self, rows: Sequence[Row]) -> None:
        """Store the rows; they are durable when it returns. Raises what `store` raises for them alone."""
        if not rows:
            return
        job = _Job(rows)
        with self._lock:
            self._waiting.append(job)
        while not job.done:
            with self._turn:
                if not job.done:
                    self._store_some()
        if job.error:
            raise job.error

    def _store_some(self) -> None:
        jobs = self._next()
        try:
            self._store([row for job in jobs for row in job.rows])
        except Exception as error:  # of any type: each request must know about its own rows
            if len(jobs) == 1:
                jobs[0].error = error
            else:
                for job in jobs:
                    self._store_alone(job)
        finally:
            for job in jobs:
                job.done = True

    def _store_alone(self, job: _Job[Row]) -> None:
        try:
            self._store(job.rows)
        except Exception as error:
            job.error = error

    def _next(self) -> list[_Job[Row]]:
        """The jobs of the next batch, in the order in which they came; at least one."""
        with self._lock:
            taken, rows = 0, 0
            for job in self._waiting:
                if taken and rows + len(job.rows) > self._most:
                    break
                taken, rows = taken + 1, rows + len(job.rows)
            jobs = self._waiting[:taken]
            del self._waiting[:taken]
        return jobs
