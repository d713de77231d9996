"""`responder up`: everything starts, everything stops, nothing is left behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from responder.processes.launcher import MARK
from tests.product.conftest import Run
from tests.services import free_port

NAMES = {"redis", "web", "worker", "beat", "queue", "exercise"}


class Up:
    """A running `responder up --demo` and what it has printed."""

    def __init__(
        self, environment: dict[str, str], folder: Path, port: int, python: str = sys.executable, demo: bool = True
    ) -> None:
        self.url, self.data = f"http://127.0.0.1:{port}", environment["RESPONDER_DATA_DIR"]
        self.log = folder / f"up-{port}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [python, "-m", "responder.cli", "up", *(["--demo"] if demo else []), "--port", str(port)],
                env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def stop(self) -> None:
        """Ask the launcher to stop; whatever is left after that is killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
        for process in self.children():
            process.kill()

    def until(self, pattern: str, seconds: float = 300) -> re.Match[str]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = re.search(pattern, self.log.read_text())
            if found:
                return found
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.2)
        raise AssertionError(f"no {pattern!r} in:\n{self.log.read_text()}")

    def children(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == self.data:
                    found.append(process)
            except (psutil.Error, OSError):
                continue
        return found


@pytest.fixture
def up(environment: dict[str, str], tmp_path: Path):
    started: list[Up] = []

    def start(demo: bool = True) -> Up:
        started.append(Up(environment, tmp_path, free_port(), demo=demo))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def call(url: str, body: object | None = None, token: str = "") -> tuple[int, dict[str, object]]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Token {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=30) as response:
        return response.status, json.loads(response.read())


@pytest.mark.fresh
def test_it_starts_answers_plays_the_exercise_outlives_kills_and_stops_whole(up) -> None:
    running = up()
    running.until(r"Responder is running at")
    token = running.until(r"Authorization: Token (\S+)'").group(1)
    assert set(re.findall(r"(\w+) started \(pid=", running.log.read_text())) == NAMES
    status, answer = call(f"{running.url}/api/v1/predictions", {"messages": [{"text": "Water needed in Beira"}]}, token)
    assert status == 200 and answer["predictions"][0]["places"][0]["name"] == "Beira"
    _until_classified(running)
    assert call(f"{running.url}/readyz")[0] == 200
    _each_killed_process_comes_back_alone(running)
    os.killpg(running.process.pid, signal.SIGINT)  # what Ctrl-C does
    running.process.wait(30)
    assert running.children() == []


def _until_classified(running: Up, more_than: int = 0) -> None:
    """The exercise's posts are classified by the worker."""
    deadline = time.monotonic() + 120
    while (_classified(running) or 0) <= more_than:
        assert time.monotonic() < deadline, running.log.read_text()
        time.sleep(0.5)


def _classified(running: Up) -> int | None:
    """How many posts are classified; None while nobody answers."""
    with suppress(OSError), urllib.request.urlopen(f"{running.url}/metrics", timeout=20) as response:
        counted = re.search(r'responder_posts\{state="classified"\} (\d+)', response.read().decode())
        return int(counted.group(1)) if counted else None
    return None


def _each_killed_process_comes_back_alone(running: Up) -> None:
    """And the status page tells it; in the end all work again."""
    before = pids(running)
    for name, killed in before.items():
        os.kill(killed, signal.SIGKILL)
        running.until(rf"(?s)pid={killed}\).*\b{name} died \(killed by signal 9\).*\b{name} started \(pid=")
    after = pids(running)
    _until_classified(running, more_than=_classified(running) or 0)  # a new worker, told by a new broker
    assert pids(running) == after and not set(before.values()) & set(after.values())  # nobody followed the killed
    assert all(psutil.pid_exists(pid) for pid in after.values())
    assert len(re.findall(r"started \(pid=", running.log.read_text())) == 2 * len(NAMES), running.log.read_text()
    with urllib.request.urlopen(f"{running.url}/status/", timeout=60) as page:
        restarted = re.findall(r"<code>(\w+)</code>:\s+crashed once and was restarted", page.read().decode())
    assert set(restarted) == NAMES
    assert call(f"{running.url}/readyz")[0] == 200


def pids(running: Up) -> dict[str, int]:
    """Name → the newest process of that name."""
    found = re.findall(r"(\w+) started \(pid=(\d+)\)", running.log.read_text())
    return {name: int(pid) for name, pid in found}


@pytest.mark.slow
def test_a_second_launcher_is_refused_and_stops_what_a_killed_one_left(up, responder: Run) -> None:
    first = up(demo=False)
    first.until(r"Responder is running at")
    refused = responder("up", "--port", str(free_port()))
    assert refused.returncode == 1 and "already runs on" in refused.stderr
    assert first.process.poll() is None
    assert "onnxruntime" not in Path(f"/proc/{first.process.pid}/maps").read_text()  # a child tried the model
    first.process.kill()
    first.process.wait(10)
    orphans = first.children()
    assert {"redis-server"} <= {process.name() for process in orphans}
    second = up(demo=False)
    second.until(r"Stopped \d+ processes left over from an earlier start")
    second.until(r"redis started")
    _gone, left = psutil.wait_procs(orphans, timeout=20)
    assert all(
        process.status() == psutil.STATUS_ZOMBIE for process in left
    )  # whom this machine's init has not asked yet


def test_a_port_in_use_is_said_in_a_sentence(responder: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = responder("up", "--port", str(port))
    assert refused.returncode == 1 and f"Port {port} on 127.0.0.1 cannot be used" in refused.stderr
    assert "Traceback" not in refused.stderr
