"""Starts a process for every run that is due and has none, also after one has died."""

import subprocess
from collections.abc import Callable

from classifier import children, clock
from classifier.models import TrainingRun
from classifier.train.runs import due_at, folder_of, unheld


def supervise(*, spawn: "Callable[[TrainingRun], None] | None" = None) -> list[int]:
    """Start a process for every due run that has none. Returns the ids of those runs. Idempotent."""
    now = clock.now()
    started = []
    for run in unheld():
        if due_at(run) <= now or run.stop_wanted:
            (spawn or start_process)(run)
            started.append(run.pk)
    return started


def start_process(run: TrainingRun) -> None:
    """Start a detached process, which survives restarts of the worker and claims the run before doing anything."""
    folder = folder_of(run)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "process.log").open("ab") as output:
        subprocess.Popen(  # noqa: S603  our own interpreter and command
            children.python("django", "run_training", str(run.pk)), cwd=children.FOLDER, env=children.environment(),
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
