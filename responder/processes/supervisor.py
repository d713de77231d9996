"""Supervision of the launcher's processes: restarts, and their status for the status page.

How one child goes:
1. It is started in a session of its own; a thread hands its lines to honcho's printer and waits for its end.
2. When it ends, whatever it forked ends with it: a queue's or a worker's children must not work on beside their successors.
3. It is started again after a wait that doubles with each quick death. The others never notice.
4. One that dies quickly again and again has a fault that no start mends: then all end, with words.
"""

import json
import os
import queue
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from honcho import manager
from honcho.printer import Printer
from honcho.process import Process

from classifier import clock

log = structlog.get_logger(__name__)
FILE = "processes.json"
QUICK_S = 60.0  # a process that lived longer counts as healthy
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0
MOST_QUICK_DEATHS = 8  # within about two minutes
LAST_LINES_S = 2.0  # what a dead process's pipe may still hold; others may keep it open for ever


@dataclass(slots=True)
class ProcessStatus:
    """The status of one process: `running`, or `waiting` for its next start."""

    state: str = "running"
    restarts: int = 0
    died_at: str = ""
    status: int | None = None


class Supervisor(manager.Manager):  # type: ignore[misc]  # honcho has no types
    """honcho's manager, which restarts its processes. Its loop ends on a signal, or when a process cannot be kept alive.

    Arguments:
        folder: where the file lies that the status page reads.
    """

    def __init__(self, printer: Printer, *, folder: Path) -> None:
        super().__init__(printer)
        self.events: queue.Queue[Any] = queue.Queue()  # threads of this process write to it
        self.stopping = threading.Event()
        self._statuses: dict[str, ProcessStatus] = {}
        self._file, self._lock = folder / FILE, threading.Lock()
        self._process_ctor = partial(Child, stopping=self.stopping, publish=self._publish)

    def loop(self) -> None:
        """Run honcho's loop, then remove the status file."""
        self._file.unlink(missing_ok=True)
        try:
            super().loop()
        finally:
            self._file.unlink(missing_ok=True)

    def terminate(self) -> None:
        self.stopping.set()
        super().terminate()

    def _start(self) -> None:
        for name, process in self._processes.items():
            thread = threading.Thread(target=process["obj"].run, args=(self.events,), name=f"child {name}", daemon=True)
            thread.start()

    def _all_started(self) -> bool:
        return self.stopping.is_set() or bool(super()._all_started())  # who never started will not

    def _any_stopped(self) -> bool:
        return self.stopping.is_set() or bool(
            super()._any_stopped()
        )  # from then on honcho counts the seconds to a kill

    def _killall(self, force: bool = False) -> None:
        """Signal the current session of every child, also of those whose start event is still queued."""
        for process in self._processes.values():
            process["obj"].send(signal.SIGKILL if force else signal.SIGTERM)

    def _publish(self, name: str, status: ProcessStatus) -> None:
        with self._lock:
            self._statuses[name] = status
            new = self._file.with_suffix(".new")
            new.write_text(json.dumps({key: asdict(value) for key, value in self._statuses.items()}))
            os.replace(new, self._file)


class Child(Process):  # type: ignore[misc]
    """One process of the product, again and again.

    Arguments:
        stopping: set when no process is to be started any more.
        publish: called with the status after each start and death.
    """

    def __init__(
        self, *args: Any, stopping: threading.Event, publish: Callable[[str, ProcessStatus], None], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._stopping, self._publish, self._status = stopping, publish, ProcessStatus()

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        """Keep the process running until all stop or it died too often; only then report its end to honcho."""
        self._events = events
        quick, status = 0, 0
        while not self._stopping.is_set():
            began = time.monotonic()
            status = self._once()
            quick = quick + 1 if time.monotonic() - began < QUICK_S else 1
            if self._stopping.is_set():
                break
            if quick >= MOST_QUICK_DEATHS:
                status = self._give_up(quick, status)
                break
            self._wait_after(quick, status)
        self._send_message({"returncode": status}, type="stop")

    def send(self, number: int) -> None:
        """Send a signal to the process and its children."""
        if self._child is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, number)

    def _once(self) -> int:
        """Start the process and wait until it and its children are gone. Returns the exit status."""
        try:
            self._child = self._child_ctor(self.cmd, env=self.env, cwd=self.cwd)
        except OSError as error:  # out of memory or of processes
            self._say(f"{self.name} cannot be started: {error}")
            return 1
        self._send_message({"pid": self._child.pid}, type="start")
        self._publish_status(state="running")
        reader = threading.Thread(target=self._read, args=(self._child.stdout,), daemon=True)
        reader.start()
        if self._stopping.is_set():  # the signal came before it was there
            self.send(signal.SIGTERM)
        status: int = self._child.wait()
        if not self._stopping.is_set():
            self.send(signal.SIGKILL)
        reader.join(LAST_LINES_S)
        return status

    def _read(self, lines: Any) -> None:
        with lines:
            for line in iter(lines.readline, b""):
                if not self.quiet:
                    self._send_message(line)

    def _give_up(self, quick: int, status: int) -> int:
        """Log that the process is given up. Returns the launcher's exit status."""
        self._say(
            f"{self.name} died {quick} times, each within {QUICK_S:.0f} s of its start (last: {_how(status)}). "
            "All processes stop: see its lines above."
        )
        log.critical("a process cannot be kept alive; all stop", process=self.name, status=status, deaths=quick)
        return 1

    def _wait_after(self, quick: int, status: int) -> None:
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (quick - 1))
        self._say(f"{self.name} died ({_how(status)}); restarting in {wait_s:g} s")
        self._status.restarts += 1
        self._publish_status(state="waiting", died_at=clock.now().isoformat(timespec="seconds"), status=status)
        self._stopping.wait(wait_s)

    def _say(self, line: str) -> None:
        self._send_message(f"{line}\n".encode())

    def _publish_status(self, **changes: Any) -> None:
        for name, value in changes.items():
            setattr(self._status, name, value)
        self._publish(self.name, self._status)


def _how(status: int) -> str:
    return f"killed by signal {-status}" if status < 0 else f"status {status}"


def processes(folder: Path) -> list[dict[str, Any]]:
    """The statuses of the launcher's processes, by name; empty without a launcher."""
    try:
        statuses = json.loads((folder / FILE).read_text())
        return [{"name": name} | asdict(ProcessStatus(**facts)) for name, facts in sorted(statuses.items())]
    except (OSError, ValueError, TypeError, AttributeError):  # none, or of another version
        return []
