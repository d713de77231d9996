"""Supervision of a child process: passes on its lines as they come, and stops it at its limits of time and memory.

The child also ends when its parent dies, so that a killed run leaves no process behind.
"""

import ctypes
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from classifier import children
from classifier.errors import TrainingError

POLL_S = 0.5
YIELDING = 10  # niceness: a training takes hours, and posts must be classified meanwhile
PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(slots=True)
class Cost:
    """The cost of a process: wall and processor minutes, and peak memory in MB."""

    wall: float = 0.0
    cpu: float = 0.0
    peak_mb: float = 0.0


def run(
    command: Sequence[str],
    *,
    on_line: Callable[[str], None],
    keep_going: Callable[[], bool],
    minutes: float,
    memory_gb: float,
    folder: Path,
) -> Cost:
    """Run `command` to its end.

    Arguments:
        on_line: called with each line of its standard error.
        keep_going: called about twice a second; False stops the process.
        minutes, memory_gb: limits.
        folder: its working directory.

    Raises TrainingError if it failed or had to be stopped; the message ends with its last line.
    """
    cost, started, last = Cost(), time.monotonic(), ""
    child = subprocess.Popen(  # noqa: S603  our own interpreter and module
        list(command), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
        preexec_fn=_begin,  # noqa: PLW1509  no thread runs yet, and the function takes no lock
        # busy-waiting threads must not occupy the core that a web process needs
        env={"OMP_WAIT_POLICY": "PASSIVE"} | children.environment(),
    )  # fmt: skip
    assert child.stderr is not None
    lines, reader = _reader(child.stderr)
    try:
        while True:
            ended = child.poll() is not None
            for line in _waiting(lines, wait=not ended):
                last = line
                on_line(line)
            _measure(child.pid, cost, started)
            if ended and lines.empty():
                break
            _require(keep_going(), "it was told to stop")
            _require(cost.wall <= minutes, f"it took longer than {minutes:g} minutes")
            _require(cost.peak_mb <= memory_gb * 1024, f"it took more than {memory_gb:g} GB of memory")
    finally:
        _kill(child)
        reader.join(timeout=POLL_S)
    if child.returncode:
        raise TrainingError(f"the process ended with status {child.returncode}: {last[:400]}")
    return cost


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise TrainingError(otherwise)


def _begin() -> None:
    """Give way to the processes that people wait for, and end when the parent dies. Runs in the child, before exec."""
    os.nice(YIELDING)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _reader(stream: IO[str]) -> "tuple[queue.Queue[str], threading.Thread]":
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        with stream:
            for line in stream:
                if line.strip():
                    lines.put(line.strip())

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return lines, thread


def _waiting(lines: "queue.Queue[str]", *, wait: bool) -> list[str]:
    found = []
    with suppress(queue.Empty):
        found.append(lines.get(timeout=POLL_S if wait else 0.05))
        while True:
            found.append(lines.get_nowait())
    return found


def _measure(pid: int, cost: Cost, started: float) -> None:
    cost.wall = (time.monotonic() - started) / 60
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        times = process.cpu_times()
        cost.cpu = max(cost.cpu, (times.user + times.system) / 60)
        cost.peak_mb = max(cost.peak_mb, process.memory_info().rss / 2**20)


def _kill(child: "subprocess.Popen[str]") -> None:
    if child.poll() is None:
        child.kill()
    child.wait()
