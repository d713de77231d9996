"""The launcher's processes, each started again when it dies, and what is told of that on the status page.

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
QUICK_S = 60.0  # who lived longer has a clean slate
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0
MOST_QUICK_DEATHS = 8  # within about two minutes
LAST_LINES_S = 2.0  # what a dead process's pipe may still hold; others may keep it open for ever


@dataclass(slots=True)
class Told:
    """What is known of one process: `running`, or `waiting` for its next start."""

    state: str = "running"
    restarts: int = 0
    died_at: str = ""
    status: int | None = None


class Supervisor(manager.Manager):  # type: ignore[misc]  # honcho has no types
    """honcho's manager, whose processes come back; its loop ends on a signal, or when one of them cannot be kept alive.

    Arguments:
        folder: where the file lies that the status page reads.
    """

    def __init__(self, printer: Printer, *, folder: Path) -> None:
        super().__init__(printer)
        self.events: queue.Queue[Any] = queue.Queue()  # threads of this process write to it
        self.stopping = threading.Event()
        self._told: dict[str, Told] = {}
        self._file, self._lock = folder / FILE, threading.Lock()
        self._process_ctor = partial(Child, stopping=self.stopping, tell=self._tell)

    def loop(self) -> None:
        """As honcho's; afterwards nothing is told of processes that do not run."""
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
        """Signal every child's session, as it is now: the events may not have told of the newest yet."""
        for process in self._processes.values():
            process["obj"].send(signal.SIGKILL if force else signal.SIGTERM)

    def _tell(self, name: str, told: Told) -> None:
        with self._lock:
            self._told[name] = told
            new = self._file.with_suffix(".new")
            new.write_text(json.dumps({key: asdict(value) for key, value in self._told.items()}))
            os.replace(new, self._file)


class Child(Process):  # type: ignore[misc]
    """One process of the product, again and again.

    Arguments:
        stopping: set when no process is to be started any more.
        tell: told of each start and death.
    """

    def __init__(
        self, *args: Any, stopping: threading.Event, tell: Callable[[str, Told], None], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._stopping, self._tell, self._told = stopping, tell, Told()

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        """Keep it running until all stop, or it died too often; then, and only then, honcho is told that it stopped."""
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
        """Send a signal to it and to what it forked."""
        if self._child is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, number)

    def _once(self) -> int:
        """Start it, and wait until it and what it forked are gone; its exit status."""
        try:
            self._child = self._child_ctor(self.cmd, env=self.env, cwd=self.cwd)
        except OSError as error:  # want of memory or of processes
            self._say(f"{self.name} cannot be started: {error}")
            return 1
        self._send_message({"pid": self._child.pid}, type="start")
        self._tell_now(state="running")
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
        """Say so; the launcher's exit status."""
        self._say(
            f"{self.name} died {quick} times, each within {QUICK_S:.0f} s of its start (last: {_how(status)}). "
            "All processes stop: see its lines above."
        )
        log.critical("a process cannot be kept alive; all stop", process=self.name, status=status, deaths=quick)
        return 1

    def _wait_after(self, quick: int, status: int) -> None:
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (quick - 1))
        self._say(f"{self.name} died ({_how(status)}); restarting in {wait_s:g} s")
        self._told.restarts += 1
        self._tell_now(state="waiting", died_at=clock.now().isoformat(timespec="seconds"), status=status)
        self._stopping.wait(wait_s)

    def _say(self, line: str) -> None:
        self._send_message(f"{line}\n".encode())

    def _tell_now(self, **changes: Any) -> None:
        for name, value in changes.items():
            setattr(self._told, name, value)
        self._tell(self.name, self._told)


def _how(status: int) -> str:
    return f"killed by signal {-status}" if status < 0 else f"status {status}"


def processes(folder: Path) -> list[dict[str, Any]]:
    """What the launcher tells of its processes, by name; empty where no launcher runs them."""
    try:
        told = json.loads((folder / FILE).read_text())
        return [{"name": name} | asdict(Told(**facts)) for name, facts in sorted(told.items())]
    except (OSError, ValueError, TypeError, AttributeError):  # none, or of another version
        return []
