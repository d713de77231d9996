"""Progress of a training: the step, the time left, and the time spent."""

import json
import time
from collections.abc import Callable
from pathlib import Path

REPORT_EVERY = 50
Report = Callable[[str], None]


class Progress:
    """Reports the step, the losses and the time left every few steps."""

    def __init__(self, steps: int, report: Report, *, first: int = 0) -> None:
        self.steps, self.report, self.first, self.started = steps, report, first, time.monotonic()
        self.losses: dict[str, float] = {}

    def step(self, step: int, task: str, loss: float) -> None:
        self.losses[task] = 0.98 * self.losses.get(task, loss) + 0.02 * loss
        if step % REPORT_EVERY == 0 or step == self.steps - 1:
            pace = (time.monotonic() - self.started) / (step + 1 - self.first)
            losses = ", ".join(f"{name} {value:.3f}" for name, value in sorted(self.losses.items()))
            left = pace * (self.steps - step - 1) / 60
            self.report(f"step {step + 1:,} of {self.steps:,}, {left:.1f} min left; loss: {losses}")


class Spent:
    """Wall and processor minutes of a run, summed over the processes that resumed it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "spent.json"
        self.before = json.loads(self.file.read_text()) if self.file.exists() else {"wall": 0.0, "cpu": 0.0}
        self.wall, self.cpu = time.monotonic(), time.process_time()

    def so_far(self) -> dict[str, float]:
        """Minutes so far, `wall` and `cpu`; also stored for the next process."""
        total = {
            "wall": self.before["wall"] + (time.monotonic() - self.wall) / 60,
            "cpu": self.before["cpu"] + (time.process_time() - self.cpu) / 60,
        }
        self.file.write_text(json.dumps(total))
        return {key: round(value, 2) for key, value in total.items()}
