"""For the tests: the stand-in's process, its log and its faults."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]


class StandIn:
    """A running stand-in."""

    def __init__(self, control: str, environment: dict[str, str]) -> None:
        self.control, self.environment = control, environment
        self._open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open

    def ask(self, what: str, content: Any = None) -> Any:
        request = urllib.request.Request(f"{self.control}/control/{what}", json.dumps(content).encode(), method="POST")
        with self._open(request, timeout=60) as answer:
            return json.loads(answer.read())

    def reset(self) -> None:
        self.ask("reset")

    def log(self) -> list[dict[str, Any]]:
        return self.ask("log")  # type: ignore[no-any-return]

    def calls(self, method: str, part: str) -> list[dict[str, Any]]:
        """The logged calls with this method whose host and path hold `part`."""
        return [call for call in self.log() if call["method"] == method and part in call["host"] + call["path"]]

    def problems(self) -> list[str]:
        return self.ask("problems")  # type: ignore[no-any-return]

    def state(self) -> dict[str, Any]:
        return self.ask("state")  # type: ignore[no-any-return]

    def fault(self, **fault: Any) -> None:
        """See `state.Fault`."""
        self.ask("fault", fault)

    def mend(self) -> None:
        self.ask("mend")

    def down(self, is_down: bool = True) -> None:
        self.ask("down", is_down)

    def job(self, **change: Any) -> Any:
        """See `jobs.change_job`."""
        return self.ask("job", change)

    def flip(self, ends: str) -> list[str]:
        return self.ask("blob", {"ends": ends, "action": "flip"})  # type: ignore[no-any-return]

    def remove(self, ends: str) -> list[str]:
        return self.ask("blob", {"ends": ends, "action": "remove"})  # type: ignore[no-any-return]


@contextmanager
def running(folder: Path, *options: str) -> Iterator[StandIn]:
    """Start it, wait until it listens, stop it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.azure_emulator", str(folder), *options],
            cwd=REPOSITORY, env=os.environ | {"PYTHONPATH": str(REPOSITORY)}, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 180
        while not (folder / "ready.json").exists():
            assert process.poll() is None and time.monotonic() < deadline, (folder / "output.log").read_text()
            time.sleep(0.05)
        ready = json.loads((folder / "ready.json").read_text())
        yield StandIn(ready["control"], ready["environment"])
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
