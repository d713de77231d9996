"""Drift of the shares of predicted classes: Jensen–Shannon distance and PSI.

Fixed thresholds raise false alarms on few posts: below `NEEDED`, a bootstrap of "nothing changed" decides instead.
Sources: Lin, "Divergence measures based on the Shannon entropy", 1991; Siddiqi, "Credit Risk Scorecards", 2006 (PSI).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.stats.result import Level, Signal, too_few

JS, PSI = "prediction_js", "prediction_psi"
LIMITS = {JS: (0.10, 0.20), PSI: (0.10, 0.25)}  # amber, red
NEEDED = 500
LEAST = 50
ROUNDS = 1_000
EMPTY = 1e-4  # share assigned to a class that doesn't occur, so that PSI stays finite

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class PredictionDrift:
    """How often each class was answered in the reference; `counts` has shape (classes,)."""

    counts: NDArray[np.integer[Any]]
    seed: int = 0

    @classmethod
    def fit(cls, answered: NDArray[np.integer[Any]], *, classes: int, seed: int = 0) -> "PredictionDrift":
        """Count the reference's answers.

        Arguments:
            answered: class indices, shape (n,).
            classes: number of classes.
            seed: seed of the bootstrap.
        """
        return cls(np.bincount(answered, minlength=classes), seed)

    def measure(self, answered: NDArray[np.integer[Any]]) -> tuple[Signal, Signal]:
        """Jensen–Shannon distance and PSI of the window's answers, class indices of shape (m,)."""
        window = np.bincount(answered, minlength=len(self.counts))
        n, m = int(self.counts.sum()), int(window.sum())
        if min(n, m) < LEAST:
            return _none(JS, n, m), _none(PSI, n, m)
        p, q = _null(self.counts, window, self.seed)
        here = self.counts / n, window / m
        return _signal(JS, js(*here), js(p, q), n, m), _signal(PSI, psi(*here), psi(p, q), n, m)


def js(p: Floats, q: Floats) -> Any:
    """Jensen–Shannon distance with base 2, 0 to 1; shares along the last axis."""
    middle = (p + q) / 2
    return np.sqrt(np.maximum((_divergence(p, middle) + _divergence(q, middle)) / 2, 0))


def psi(p: Floats, q: Floats) -> Any:
    """Return the population stability index Σ(q−p)ln(q/p) along the last axis. Shares below `EMPTY` count as `EMPTY`."""
    p, q = np.maximum(p, EMPTY), np.maximum(q, EMPTY)
    return ((q - p) * np.log(q / p)).sum(-1)


def _divergence(p: Floats, q: Floats) -> Floats:
    ratio = np.divide(p, q, out=np.ones_like(p, dtype=float), where=p > 0)
    return (p * np.log2(ratio)).sum(-1)


def _null(reference: NDArray[Any], window: NDArray[Any], seed: int) -> tuple[Floats, Floats]:
    """Shares of both sides, each drawn `ROUNDS` times from all posts together; shapes (rounds, classes)."""
    rng = np.random.default_rng(seed)
    shares = (reference + window) / (reference.sum() + window.sum())
    n, m = int(reference.sum()), int(window.sum())
    return rng.multinomial(n, shares, ROUNDS) / n, rng.multinomial(m, shares, ROUNDS) / m


def _signal(name: str, value: float, chance: Floats, n: int, m: int) -> Signal:
    null = float(np.percentile(chance, 99))
    amber, red = LIMITS[name]
    level: Level
    if min(n, m) < NEEDED:
        amber, level = null, "amber" if value > null else "ok"
        why = f"class shares differ by {value:.3f}; with so few posts chance alone reaches {null:.3f}"
    else:
        level = "red" if value >= red else "amber" if value >= amber else "ok"
        why = f"class shares differ by {value:.3f}; amber from {amber:.2f}, red from {red:.2f}"
    return Signal(name, float(value), amber, null, level, n, m, why)


def _none(name: str, n: int, m: int) -> Signal:
    return too_few(name, n_reference=n, n_window=m, needed=LEAST, threshold=LIMITS[name][0])
