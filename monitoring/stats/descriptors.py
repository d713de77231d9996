"""Drift of posts' descriptors: length, language, links, duplicates, words that the tokenizer doesn't know.

Numbers, booleans and codes are brought to one scale: the Wasserstein distance divided by the reference's standard
deviation, which for a boolean is the difference of shares divided by √(p(1−p)). A difference must also exceed the
largest one of all descriptors when the sides are shuffled, so that a report has one chance in a hundred of a false
alarm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.stats.result import Signal, too_few

NEEDED = 500
AMBER = 0.1
ROUNDS = 200
LEAST_SIGMA = 0.01
LEAST_SIGMA_OF_SHARE = 0.1  # that of a share of 1 %: a rare descriptor that occurs twice raises no alarm

Columns = Mapping[str, NDArray[Any]]
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Descriptors:
    """The reference's descriptors: name → array of shape (n,); see `fit`."""

    columns: Columns
    seed: int = 0

    @classmethod
    def fit(cls, columns: Columns, *, seed: int = 0) -> "Descriptors":
        """Store the reference's descriptors.

        Arguments:
            columns: name → one value per text, shape (n,): numbers (length, share of unknown tokens), booleans
                (has a link, is a duplicate) or strings (language code).
            seed: seed of the permutations.

        Raises:
            ValueError: columns of different lengths.
        """
        if len({len(values) for values in columns.values()}) != 1:
            raise ValueError("every descriptor needs one value per text")
        return cls({name: np.asarray(values) for name, values in columns.items()}, seed)

    def measure(self, window: Columns) -> list[Signal]:
        """One signal per descriptor, in the reference's order; `window` has the same names, arrays of shape (m,).

        Raises:
            KeyError: the window lacks a descriptor.
        """
        n, m = (len(next(iter(side.values()))) for side in (self.columns, window))
        if min(n, m) < NEEDED:
            return [too_few(name, n_reference=n, n_window=m, needed=NEEDED, threshold=AMBER) for name in self.columns]
        weights = _weights(n, m, self.seed)
        values = {name: _scaled(known, np.asarray(window[name]), weights) for name, known in self.columns.items()}
        null = float(np.percentile(np.max([v[1:] for v in values.values()], axis=0), 99))
        return [_signal(name, float(v[0]), null, n, m) for name, v in values.items()]


def wasserstein(values: Floats, weights: Floats) -> Floats:
    """Wasserstein-1 distances between two samples, for several divisions of their union into two.

    Arguments:
        values: both samples, shape (n + m,).
        weights: 1/n on one side's rows and −1/m on the other's, shape (divisions, n + m).
    """
    order = np.argsort(values, kind="stable")
    gaps = np.diff(values[order])
    return np.abs(np.cumsum(weights[:, order], axis=1)[:, :-1]) @ gaps


def _weights(n: int, m: int, seed: int) -> Floats:
    """The weights of the true division, then of shuffled ones; shape (1 + ROUNDS, n + m)."""
    true = np.repeat([1 / n, -1 / m], [n, m])
    rng = np.random.default_rng(seed)
    return np.stack([true, *(rng.permutation(true) for _ in range(ROUNDS))])


def _scaled(reference: NDArray[Any], window: NDArray[Any], weights: Floats) -> Floats:
    """Distance over sigma for every division, shape (1 + ROUNDS,). For codes: of the code that changed most."""
    both = np.concatenate([reference, window])
    if both.dtype.kind in "USO":
        return np.max([_over_sigma(both == code, reference == code, weights) for code in np.unique(both)], axis=0)
    return _over_sigma(both, reference, weights)


def _over_sigma(both: NDArray[Any], reference: NDArray[Any], weights: Floats) -> Floats:
    least = LEAST_SIGMA_OF_SHARE if both.dtype == bool else LEAST_SIGMA
    return wasserstein(both.astype(float), weights) / max(float(reference.astype(float).std()), least)


def _signal(name: str, value: float, null: float, n: int, m: int) -> Signal:
    moved = value >= AMBER and value > null
    why = f"{name} moved by {value:.3f} standard deviations; amber from {AMBER} and above chance ({null:.3f})"
    return Signal(name, value, AMBER, null, "amber" if moved else "ok", n, m, why)
