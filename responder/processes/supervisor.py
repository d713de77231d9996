"""Supervision of the launcher's processes: restarts, their end, and their status for the status page.

How one child goes:
1. It is started in a session of its own; a thread hands its lines to honcho's printer and waits for its end.
2. When it ends, whatever it forked ends with it: a queue's or a worker's children must not work on beside their successors.
3. It is started again after a wait that doubles with each quick death. The others never notice.
4. One that dies quickly again and again has a fault that no start mends: then all end, with words.

How all end, after SIGINT, SIGTERM or SIGHUP:
1. The leader of each child gets SIGTERM, and ends its own children in its own order. So does every process that a child
   started in a session of its own (feeds, a training run): it would outlive its parent.
2. What still runs after `INSIST_S` gets SIGTERM itself, for example a worker in the middle of a long task. Work that is
   cut short is claimed again at the next start.
3. What still runs after `KILL_S` is killed, and named.
4. The broker ends last, so that the others can still reach it.
"""

import json
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil
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
INSIST_S, KILL_S = 3.0, 8.5  # after the signal to end
LAST_KILL_S = 1.0  # after the signal to the broker
LOOK_EVERY_S = 0.2
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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
        last: the name of the process that ends after all others.
        belongs: whether a process is one of this product's, wherever it was started.
    """

    def __init__(
        self,
        printer: Printer,
        *,
        folder: Path,
        last: str = "redis",
        belongs: Callable[[psutil.Process], bool] = lambda _process: False,
    ) -> None:
        super().__init__(printer)
        self.returncode: int | None = None
        self.events: queue.Queue[Any] = queue.Queue()  # threads of this process write to it
        self.stopping = threading.Event()
        self.killed: list[str] = []
        self._last, self._belongs, self._signal = last, belongs, 0
        self._threads: dict[str, threading.Thread] = {}
        self._statuses: dict[str, ProcessStatus] = {}
        self._file, self._lock = folder / FILE, threading.Lock()
        self._process_ctor = partial(Child, stopping=self.stopping, publish=self._publish)

    def loop(self) -> None:
        """Run the processes until a signal comes or one is given up; end all."""
        self._file.unlink(missing_ok=True)
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # of nohup, for example
                signal.signal(number, self._note_signal)
        try:
            self._start()
            while not (self._signal or self.stopping.is_set()):
                self._print_next()
        finally:
            self._end_all()
            self._file.unlink(missing_ok=True)

    def terminate(self) -> None:
        """End the loop from another thread."""
        self.stopping.set()

    def _note_signal(self, number: int, _frame: Any) -> None:
        """Only note the signal: it may have come in the middle of a line that is printed."""
        self._signal = self._signal or number

    def _start(self) -> None:
        for name, process in self._processes.items():
            self._threads[name] = threading.Thread(
                target=process["obj"].run, args=(self.events,), name=f"child {name}", daemon=True
            )
            self._threads[name].start()

    def _print_next(self, wait_s: float = 0.1) -> bool:
        """Print the next event of a child. Returns whether there was one."""
        try:
            event = self.events.get(timeout=wait_s)
        except queue.Empty:
            return False
        if event.type == "line":
            self._printer.write(event)
        elif event.type == "start":
            self._system_print(f"{event.name} started (pid={event.data['pid']})\n")
        elif event.type == "stop":
            self._system_print(f"{event.name} stopped ({_how(event.data['returncode'])})\n")
            if self.returncode is None:
                self.returncode = event.data["returncode"]
            self.stopping.set()  # a child reports its end only when it is given up, or all stop
        return True

    def _end_all(self) -> None:
        began = time.monotonic()
        self.stopping.set()
        if self._signal:
            self.returncode = 128 + self._signal
            self._system_print(f"{signal.Signals(self._signal).name} received; ending all processes\n")
        names = [name for name in self._processes if name != self._last]
        self._end(names, others=True, insist_s=INSIST_S, kill_s=KILL_S)
        if self._last in self._processes:
            self._end([self._last], others=False, insist_s=LAST_KILL_S / 2, kill_s=LAST_KILL_S)
        took = time.monotonic() - began
        killed = f"; killed, as they did not end by themselves: {', '.join(self.killed)}" if self.killed else ""
        self._system_print(f"all processes have ended after {took:.1f} s{killed}\n")

    def _end(self, names: list[str], *, others: bool, insist_s: float, kill_s: float) -> None:
        """End children with all that they started, and print their last lines.

        Arguments:
            others: whether processes in sessions of their own end too.
            insist_s, kill_s: seconds after which each process that is left gets SIGTERM, and SIGKILL.
        """
        began, asked, killed = time.monotonic(), set[int](), set[int]()
        while True:
            children = {pid: name for name in names if (pid := self._processes[name]["obj"].pid)}
            waited_s = time.monotonic() - began
            found = list(self._living(children, others=others))
            for process, name in found:
                if waited_s > kill_s and process.pid not in killed:
                    killed.add(process.pid)
                    self._kill(process, name)
                elif process.pid not in asked and _is_asked(process, children, found, insist=waited_s > insist_s):
                    asked.add(process.pid)
                    _send(process, signal.SIGTERM)
            threads = any(self._threads[name].is_alive() for name in names if name in self._threads)
            if not (found or threads) or waited_s > kill_s + LAST_LINES_S:
                break
            until = time.monotonic() + LOOK_EVERY_S
            while self._print_next(min(0.1, LOOK_EVERY_S)) and time.monotonic() < until:
                pass
        for _ in range(self.events.qsize()):
            self._print_next(0)

    def _living(self, children: dict[int, str], *, others: bool) -> Iterator[tuple[psutil.Process, str]]:
        """(process, name) of each process in the children's groups; with `others` also of this product's elsewhere."""
        groups = {process["obj"].pid for process in self._processes.values()}
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):  # gone in the meantime
                if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                    continue
                group = os.getpgid(process.pid)
                if group in children:
                    yield process, children[group]
                elif others and group not in groups and self._belongs(process):
                    yield process, " ".join(process.cmdline()[-2:])

    def _kill(self, process: psutil.Process, name: str) -> None:
        self.killed.append(f"{name} (pid {process.pid})")
        log.error("a process did not end in time and was killed", process=name, pid=process.pid)
        _send(process, signal.SIGKILL)

    def _publish(self, name: str, status: ProcessStatus) -> None:
        with self._lock:
            self._statuses[name] = status
            new = self._file.with_suffix(".new")
            new.write_text(json.dumps({key: asdict(value) for key, value in self._statuses.items()}))
            os.replace(new, self._file)


def _is_asked(
    process: psutil.Process, children: dict[int, str], found: list[tuple[psutil.Process, str]], *, insist: bool
) -> bool:
    """Whether a process itself gets the signal now: not while the leader of its group still ends it."""
    group = _group(process)
    return insist or group not in children or process.pid == group or all(one.pid != group for one, _ in found)


def _group(process: psutil.Process) -> int:
    with suppress(OSError):
        return os.getpgid(process.pid)
    return process.pid


def _send(process: psutil.Process, number: int) -> None:
    with suppress(psutil.Error, OSError):
        process.send_signal(number)


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

    @property
    def pid(self) -> int:
        """The process id of the newest start, which is its group's too; 0 before the first."""
        return self._child.pid if self._child is not None else 0

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
