"""The product's processes in a drill, each started again after it was killed; their output goes to files."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from classifier import children

WORKER = children.python(
    "celery", "--quiet", "-A", "responder.drill.poisoned", "worker", "--loglevel", "WARNING", "--concurrency", "1",
    "--without-gossip", "--without-mingle",
)  # fmt: skip


def commands(*, data: Path, port: int) -> dict[str, list[str]]:
    """Name → command of every process of the product: two workers, as on two machines."""
    beat = ["celery", "--quiet", "-A", "responder.drill.poisoned", "beat", "--loglevel", "ERROR", "--pidfile="]
    return {
        "worker-1": [*WORKER, "--hostname", "one@%h"],
        "worker-2": [*WORKER, "--hostname", "two@%h"],
        "beat": children.python(*beat, "--schedule", str(data / "celerybeat")),
        "feeds": children.python("responder.cli", "run-feeds"),
        "web": children.python("responder.processes.server", "--port", str(port), "--log-level", "error"),
    }


class Process:
    """One process with its children."""

    def __init__(self, name: str, command: list[str], *, environment: dict[str, str], logs: Path) -> None:
        self.name, self._command, self._environment, self._log = name, command, environment, logs / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    def start(self) -> None:
        """Start the process in its own group, so that a kill includes its children."""
        self.starts += 1
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603
                self._command, cwd=children.FOLDER, env=self._environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Kill the process and its children with SIGKILL."""
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def run(arguments: list[str], *, environment: dict[str, str], logs: Path, within_s: float) -> str:
    """Run one of the product's commands. Returns its output. Raises RuntimeError if it fails."""
    ran = subprocess.run(  # noqa: S603
        children.python("responder.cli", *arguments),
        cwd=children.FOLDER,
        env=environment,
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
    )
    (logs / f"{arguments[0]}.log").write_text(ran.stdout + ran.stderr)
    if ran.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {ran.stderr[-600:]}")
    return ran.stdout
