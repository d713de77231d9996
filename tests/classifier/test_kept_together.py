"""Rows of several requests share a statement; each request learns about its own rows, once they are stored."""

import threading
from collections.abc import Sequence

import pytest

from classifier.kept_together import KeptTogether

WAIT_S = 60


class Store:
    """Notes its batches; the first waits for `go`, so that others gather behind it. A row "bad" fails its batch."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.stored: list[str] = []
        self.began, self.go = threading.Event(), threading.Event()

    def __call__(self, rows: Sequence[str]) -> None:
        self.batches.append(list(rows))
        self.began.set()
        assert self.go.wait(WAIT_S)
        if "bad" in rows:
            raise ValueError("a row cannot be stored")
        self.stored += rows


def run(store: Store, requests: Sequence[Sequence[str]], most: int = 500) -> list[Exception | None]:
    """One thread a request: the first begins alone, the others wait together. Returns what each was told."""
    keep, told = KeptTogether(store, most=most), [None] * len(requests)  # type: list[Exception | None]

    def ask(number: int) -> None:
        try:
            keep(requests[number])
            assert set(requests[number]) <= set(store.stored)  # durable before it is told
        except Exception as error:
            told[number] = error

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(requests))]
    threads[0].start()
    assert store.began.wait(WAIT_S)
    for number, thread in enumerate(threads[1:], 1):
        thread.start()
        while len(keep._waiting) < number:
            thread.join(0.001)
    store.go.set()
    for thread in threads:
        thread.join(WAIT_S)
        assert not thread.is_alive()
    return told


def test_what_waits_is_stored_together_and_in_order() -> None:
    store = Store()
    assert run(store, [["a"], ["b1", "b2"], ["c"], ["d"]]) == [None] * 4
    assert store.batches == [["a"], ["b1", "b2", "c", "d"]] and store.stored == ["a", "b1", "b2", "c", "d"]


def test_a_request_does_not_fail_for_the_rows_of_another() -> None:
    store = Store()
    told = run(store, [["a"], ["b"], ["c", "bad"], ["d"]])
    assert [type(one) for one in told] == [type(None), type(None), ValueError, type(None)]
    assert store.stored == ["a", "b", "d"]


def test_a_batch_has_so_many_rows_and_a_request_is_never_divided() -> None:
    store = Store()
    run(store, [["a"], ["b"], ["c1", "c2", "c3", "c4"], ["d"]], most=3)
    assert store.batches == [["a"], ["b"], ["c1", "c2", "c3", "c4"], ["d"]]


def test_an_error_is_told_to_its_own_request_alone() -> None:
    store = Store()
    store.go.set()
    keep = KeptTogether(store)
    with pytest.raises(ValueError, match="cannot be stored"):
        keep(["bad"])
    keep(["good"])
    keep([])
    assert store.batches == [["bad"], ["good"]]
