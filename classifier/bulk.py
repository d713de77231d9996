"""Classification of many texts on all cores: each process loads the model once, and results keep the input's order."""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain, islice
from pathlib import Path
from typing import Any

from classifier import predict
from classifier.ml.runtime import Runtime
from classifier.predict import Message

CHUNK = 512
AHEAD = 3  # chunks in flight per process: bounds memory whatever the size of the input

_runtime: Runtime | None = None


def classify_many(
    messages: Iterable[Message], *, folder: Path, processes: int | None = None
) -> Iterator[dict[str, Any]]:
    """Yield one prediction per message, in order, as `predict.classify` returns them.

    Arguments:
        messages: any number; read lazily.
        folder: the model's folder, loaded once by each process.
        processes: default: one per core; inputs of a single chunk stay in this process.
    """
    source = iter(messages)
    first = list(islice(source, CHUNK))
    if len(first) < CHUNK:
        if first:
            yield from predict.classify(first, runtime=Runtime.load(folder))
        return
    yield from _in_processes(chain(first, source), folder, processes or os.cpu_count() or 1)


def _in_processes(messages: Iterator[Message], folder: Path, processes: int) -> Iterator[dict[str, Any]]:
    # spawn: a process with threads (onnxruntime's, a progress bar's) must not be forked.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_start, initargs=(folder,)) as pool:
        pending: deque[Future[list[dict[str, Any]]]] = deque()
        while chunk := list(islice(messages, CHUNK)):
            pending.append(pool.submit(_chunk, chunk))
            if len(pending) >= processes * AHEAD:
                yield from pending.popleft().result()
        while pending:
            yield from pending.popleft().result()


def _start(folder: Path) -> None:
    global _runtime
    _runtime = Runtime.load(folder)


def _chunk(messages: list[Message]) -> list[dict[str, Any]]:
    return predict.classify(messages, runtime=_runtime)
