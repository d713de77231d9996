"""What a check found."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Arguments:
        check: the check's name.
        state: `skipped` where another failure makes the check impossible.
        message: a sentence.
        action: what to do; empty if nothing.
    """

    check: str
    state: State
    message: str
    action: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A check.

    Arguments:
        run: yields (state, message, action) for each thing that it looks at.
        needs: names of checks that must not have failed.
        within_s: seconds that it may take.
    """

    name: str
    run: Callable[[], Iterable[tuple[State, str, str]]]
    needs: tuple[str, ...] = ()
    within_s: float = 5.0


def worst(found: Iterable[Finding]) -> State:
    """The worst state of all findings: failed, warning or ok."""
    states = {one.state for one in found}
    return "failed" if "failed" in states else "warning" if "warning" in states else "ok"
