"""One line that says how far a training is: what it does, the loss, the current score and the time left."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

EVERY_S = 0.2  # on a terminal
EVERY_LOG_S = 10.0  # in a log
WIDTH = 100

Report = Callable[[str], None]


class ProgressLine:
    """Overwrites one line on a terminal; elsewhere writes a line every few seconds.

    Arguments:
        stream: where to write; None writes nothing.
    """

    def __init__(self, stream: TextIO | None = sys.stderr) -> None:
        self.stream, self.terminal = stream, bool(stream and stream.isatty())
        self.shown = float("-inf")
        self.open = False

    def start(self, doing: str, total: int) -> None:
        """Begin a part of so many steps."""
        self.doing, self.total, self.started = doing, max(1, total), time.monotonic()
        self.loss: float | None = None
        self.score: float | None = None
        self.shown = float("-inf")

    def step(self, done: int, *, loss: float | None = None, score: float | None = None) -> None:
        """Say how many steps are done, and the newest loss and score if there is one."""
        if loss is not None:
            self.loss = loss if self.loss is None else 0.9 * self.loss + 0.1 * loss
        self.score = self.score if score is None else score
        now = time.monotonic()
        due = now - self.shown >= (EVERY_S if self.terminal else EVERY_LOG_S) or done >= self.total
        if self.stream and due:
            self.shown = now
            self._write(self.line(done, (now - self.started) / max(1, done) * (self.total - done)))

    def line(self, done: int, left_s: float) -> str:
        """The line after so many steps."""
        parts = [f"{self.doing} {done:,}/{self.total:,}"]
        if self.loss is not None:
            parts.append(f"loss {self.loss:.3f}")
        if self.score is not None:
            parts.append(f"dev macro-F1 {self.score:.3f}")
        return " · ".join([*parts, f"{duration(left_s)} left" if done < self.total else "done"])

    def say(self, line: str) -> None:
        """Write a line that stays."""
        if self.stream:
            self._close()
            self.stream.write(f"{line}\n")
            self.stream.flush()

    def end(self) -> None:
        """End the current part's line."""
        self._close()

    def _write(self, line: str) -> None:
        assert self.stream is not None
        if self.terminal:
            self.stream.write(f"\r{line[:WIDTH]:<{WIDTH}}")
            self.open = True
        else:
            self.stream.write(f"{line}\n")
        self.stream.flush()

    def _close(self) -> None:
        if self.open and self.stream:
            self.stream.write("\n")
            self.open = False


def duration(seconds: float) -> str:
    """A time for people: `40 s`, `3 min`."""
    return f"{max(0, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60):,} min"
