"""Rows of many threads in common batches: each gets its own answer, and too many are turned away."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from classifier.errors import Overloaded
from classifier.ml.shared_batches import SharedBatches


def test_answers_come_in_the_order_of_the_rows_and_batches_hold_rows_of_like_length() -> None:
    seen: list[list[int]] = []

    def run(rows: list[list[int]]) -> list[int]:
        seen.append([len(row) for row in rows])
        return [row[0] for row in rows]

    lengths = [9, 1, 8, 2, 7, 3]
    assert SharedBatches(run, batch=2)([[n] * n for n in lengths]) == lengths
    assert sorted(map(sorted, seen)) == [[1, 2], [3], [7], [8, 9]]


def test_many_threads_get_their_own_answers_in_fewer_batches_than_rows() -> None:
    batches: list[int] = []
    gate = threading.Event()

    def run(rows: list[list[int]]) -> list[int]:
        gate.wait(5)
        batches.append(len(rows))
        return [row[0] for row in rows]

    shared = SharedBatches(run)
    with ThreadPoolExecutor(16) as pool:
        waiting = [pool.submit(shared, [[n]]) for n in range(64)]
        gate.set()
        assert [future.result(10) for future in waiting] == [[n] for n in range(64)]
    assert sum(batches) == 64 and len(batches) < 64


def test_who_comes_when_too_many_wait_is_turned_away_and_the_others_are_answered() -> None:
    started, gate = threading.Event(), threading.Event()

    def run(rows: list[list[int]]) -> list[int]:
        started.set()
        gate.wait(5)
        return [1] * len(rows)

    shared = SharedBatches(run, batch=1, waiting=3)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(shared, [[1], [1, 1]])
        assert started.wait(5)
        with pytest.raises(Overloaded):
            shared([[1], [2], [3]])
        gate.set()
        assert first.result(10) == [1, 1]


def test_a_caller_alone_may_bring_any_number() -> None:
    assert len(SharedBatches(lambda rows: [0] * len(rows), waiting=3)([[1]] * 50)) == 50


def test_a_failure_reaches_everybody_who_waited_for_the_batch_and_nobody_hangs() -> None:
    def run(rows: list[list[int]]) -> list[int]:
        raise ValueError("broken")

    shared = SharedBatches(run)
    for _ in range(2):
        with pytest.raises(ValueError, match="broken"):
            shared([[1], [2]])
