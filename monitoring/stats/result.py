"""A monitor's result: one signal, with its level and the evidence for the level.

A small sample gives a suppressed signal.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Level = Literal["ok", "amber", "red", "suppressed"]


@dataclass(frozen=True, slots=True)
class Signal:
    """One measured quantity of a window against a reference.

    Arguments:
        name: which quantity, in snake case.
        value: as measured; None if there is not enough data.
        threshold: the value from which the level is amber, or None.
        null_99: 99th percentile of the value if nothing has changed; None if not computed.
        level: ok, amber (look), red (act), or suppressed (not enough data).
        n_reference, n_window: rows that were compared.
        why: a sentence for people.
    """

    name: str
    value: float | None
    threshold: float | None
    null_99: float | None
    level: Level
    n_reference: int
    n_window: int
    why: str

    @property
    def fired(self) -> bool:
        return self.level in ("amber", "red")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def too_few(
    name: str, *, n_reference: int, n_window: int, needed: int, threshold: float | None = None, have: int | None = None
) -> Signal:
    """A suppressed signal that says how many rows there are and how many are needed.

    Arguments:
        have: number of rows that count towards `needed`; None: the smaller side.
    """
    counted = min(n_reference, n_window) if have is None else have
    why = f"not enough data: {counted} of {needed} needed"
    return Signal(name, None, threshold, None, "suppressed", n_reference, n_window, why)


def fired(signals: Iterable[Signal]) -> list[str]:
    """Names of the signals that are amber or red."""
    return [signal.name for signal in signals if signal.fired]
