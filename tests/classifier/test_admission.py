"""Who uses the model at once, who waits, and who is told to come back."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack

import pytest

from classifier import admission, database
from classifier.errors import TooManyRequests

MANY = 12


def gate(**changes: float) -> admission.AdmissionGate:
    return admission.AdmissionGate(**({"places": 2, "seats": 3, "patience_s": 60, "refusal": "Later."} | changes))  # type: ignore[arg-type]


def test_a_few_wait_and_the_others_are_told_at_once() -> None:
    full, came = gate(), threading.Semaphore(0)

    def enter() -> str:
        try:
            with full.place():
                return "entered"
        except TooManyRequests as error:
            came.release()
            return f"{error} {error.retry_after_s}"

    with ThreadPoolExecutor(MANY) as pool:
        with ExitStack() as held:
            for _ in range(2):
                held.enter_context(full.place())
            tasks = [pool.submit(enter) for _ in range(MANY)]
            for _ in range(MANY - 3):  # refused while both places are taken
                assert came.acquire(timeout=30)
        wait(tasks, timeout=30)
        assert sorted(task.result() for task in tasks) == ["Later. 5"] * (MANY - 3) + ["entered"] * 3
    with full.place(), full.place():
        pass


def test_nobody_waits_longer_than_the_patience_and_the_seat_is_free_again() -> None:
    full = gate(places=1, seats=1, patience_s=0.01)
    with full.place():
        for _ in range(3):
            with pytest.raises(TooManyRequests), full.place():
                pass
    with full.place():
        pass


def test_connections_go_back_before_anybody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    released: list[str] = []
    monkeypatch.setattr(database, "release_connections", lambda: released.append("released"))
    full = gate(places=1, seats=0)
    with full.place(), pytest.raises(TooManyRequests), full.place():
        pass
    assert len(released) == 2


def test_each_caller_has_one_explanation_at_a_time() -> None:
    with admission.explaining("user:1"):
        with pytest.raises(TooManyRequests, match="previous explanation"), admission.explaining("user:1"):
            pass
        with admission.explaining("user:2"):
            pass
    with admission.explaining("user:1"):
        pass


def test_a_caller_who_was_refused_a_place_may_ask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "explanations", gate(places=1, seats=0))
    with admission.explaining("user:1"), pytest.raises(TooManyRequests, match="Later"), admission.explaining("user:2"):
        pass
    with admission.explaining("user:2"):
        pass
