"""A dead process comes back, later after each quick death; one that cannot be kept alive ends all, with words."""

import io
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from honcho.printer import Printer

from responder.processes import supervisor
from responder.processes.supervisor import FILE, Supervisor

PYTHON = f"exec {sys.executable} -c "


class Running:
    """A supervisor in a thread, what it printed, and the exit status once it ended."""

    def __init__(self, folder: Path, commands: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.output = folder, io.StringIO()
        monkeypatch.setattr(signal, "signal", lambda *_: None)  # only a main thread may
        self.supervisor = Supervisor(Printer(self.output), folder=folder)
        for name, command in commands.items():
            self.supervisor.add_process(name, command)
        self.thread = threading.Thread(target=self.supervisor.loop)
        self.thread.start()

    def process_states(self) -> dict[str, dict[str, object]]:
        file = self.folder / FILE
        return json.loads(file.read_text()) if file.exists() else {}

    def pid(self, name: str) -> int:
        child = self.supervisor._processes[name]["obj"]._child
        return child.pid if child else 0

    def stop(self) -> None:
        self.supervisor.terminate()
        self.thread.join(30)
        assert not self.thread.is_alive()


def until(ready: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_killed_process_comes_back_alone_and_what_it_forked_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forks = f"sh -c 'sleep 600 & echo $! > {tmp_path}/forked; wait'"
    running = Running(tmp_path, {"forks": f"exec {forks}", "other": "exec sleep 600"}, monkeypatch)
    until(
        lambda: (
            len(running.process_states()) == 2 and (tmp_path / "forked").exists() and (tmp_path / "forked").read_text()
        )
    )
    first, other = running.pid("forks"), running.pid("other")
    grandchild = psutil.Process(int((tmp_path / "forked").read_text()))
    os.kill(first, signal.SIGKILL)
    until(lambda: running.pid("forks") != first and running.process_states()["forks"]["state"] == "running")
    assert running.pid("other") == other and running.process_states()["other"]["restarts"] == 0
    assert {name: running.process_states()["forks"][name] for name in ("restarts", "status")} == {
        "restarts": 1,
        "status": -9,
    }
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE
    assert "forks died (killed by signal 9); restarting in 0.5 s" in running.output.getvalue()
    running.stop()
    assert not psutil.pid_exists(other) and not running.process_states()


def test_waits_double_and_one_that_always_dies_ends_all_with_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_WAIT_S", 0.01)
    running = Running(tmp_path, {"bad": f"{PYTHON}'exit(3)'", "good": "exec sleep 600"}, monkeypatch)
    until(lambda: running.pid("good"))
    good = running.pid("good")
    running.thread.join(60)
    assert not running.thread.is_alive() and running.supervisor.returncode == 1
    output = running.output.getvalue()
    waits = [float(line.split(" in ")[1].split()[0]) for line in output.splitlines() if "restarting" in line]
    assert waits == [0.01 * 2**n for n in range(supervisor.MOST_QUICK_DEATHS - 1)]
    assert f"bad died {supervisor.MOST_QUICK_DEATHS} times, each within 60 s of its start (last: status 3)" in output
    assert not psutil.pid_exists(good)


def test_who_lived_long_enough_has_a_clean_slate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "QUICK_S", 0.0)
    monkeypatch.setattr(supervisor, "FIRST_WAIT_S", 0.01)
    running = Running(tmp_path, {"ends": "exec true"}, monkeypatch)
    until(lambda: running.process_states().get("ends", {}).get("restarts", 0) > 2 * supervisor.MOST_QUICK_DEATHS)  # type: ignore[operator]
    assert running.thread.is_alive()
    running.stop()


def test_a_process_that_ignores_the_signal_is_killed_when_all_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stubborn = f"trap '' TERM; touch {tmp_path}/ready; while :; do sleep 1; done"
    running = Running(tmp_path, {"stubborn": stubborn}, monkeypatch)
    until((tmp_path / "ready").exists)
    pid = running.pid("stubborn")
    running.stop()
    assert not psutil.pid_exists(pid)
