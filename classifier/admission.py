"""Admission control: how many requests of one process may use the model at once, and how many may wait for it.

A waiting request occupies one of the threads that all pages share. So only a few requests may wait; the others are
rejected at once with a time to retry. None of them holds a database connection while it waits: the pool has fewer
connections than there may be requests here.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext_lazy as _

from classifier import database
from classifier.errors import TooManyRequests


class AdmissionGate:
    """Limits how many requests run at once and how many wait.

    Arguments:
        places: requests that run at once.
        seats: requests that may wait for a place; 0 rejects every request that finds no free place.
        patience_s: how long a request waits, in seconds.
        refusal: message for rejected requests.
        retry_after_s: after how many seconds a rejected request should be retried.
    """

    def __init__(self, *, places: int, seats: int, patience_s: float, refusal: Any, retry_after_s: int = 5) -> None:
        self._places, self._seats = threading.BoundedSemaphore(places), threading.Semaphore(seats)
        self._patience_s, self._refusal, self._retry_after_s = patience_s, refusal, retry_after_s

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place, after returning this thread's database connection to the pool. Raises TooManyRequests."""
        database.release_connections()
        if not self._places.acquire(blocking=False):
            self._wait()
        try:
            yield
        finally:
            self._places.release()

    def _wait(self) -> None:
        if not self._seats.acquire(blocking=False):
            raise self._refused()
        try:
            if not self._places.acquire(timeout=self._patience_s):
                raise self._refused()
        finally:
            self._seats.release()

    def _refused(self) -> TooManyRequests:
        return TooManyRequests(str(self._refusal), retry_after_s=self._retry_after_s)


class OneEach:
    """Limits each caller to one request at a time. A second one is rejected at once."""

    def __init__(self, *, refusal: Any, retry_after_s: int = 5) -> None:
        self._lock = threading.Lock()
        self._callers: set[str] = set()
        self._refusal, self._retry_after_s = refusal, retry_after_s

    @contextmanager
    def place(self, caller: str) -> Iterator[None]:
        """Hold the caller's only place. Raises TooManyRequests."""
        with self._lock:
            if caller in self._callers:
                raise TooManyRequests(str(self._refusal), retry_after_s=self._retry_after_s)
            self._callers.add(caller)
        try:
            yield
        finally:
            with self._lock:
                self._callers.discard(caller)


# The texts of several requests share the model's batches. Running and waiting requests take half of the threads.
predictions = AdmissionGate(
    places=16,
    seats=16,
    patience_s=10.0,
    refusal=_("The server is handling too many requests. Try again in a few seconds."),
)
# One request's texts may take 50 MB until it is answered, and longer than a thread should wait.
large_batches = AdmissionGate(
    places=1, seats=2, patience_s=2.0, retry_after_s=30,
    refusal=_("Another large batch is being classified. Try again in 30 seconds, or send fewer messages at a time."),
)  # fmt: skip
# An explanation takes as long as 61 predictions.
explanations = AdmissionGate(
    places=2,
    seats=4,
    patience_s=10.0,
    refusal=_("Too many explanations are being prepared. Try again in a few seconds."),
)
explanations_of_one = OneEach(
    refusal=_("Your previous explanation is still being prepared. Try again in a few seconds.")
)


@contextmanager
def explaining(caller: str) -> Iterator[None]:
    """Hold a place for one explanation or similarity search of this caller. Raises TooManyRequests."""
    with explanations_of_one.place(caller), explanations.place():
        yield
