"""Inter-annotator agreement: Cohen's kappa with a bootstrap interval. No kappa is given for too few pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEEDED = 30
RESAMPLES = 1_000
SEED = 20_261


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement on `n` texts that two people labelled. Kappa and its 95 % interval are None if `n` is below 30."""

    n: int
    kappa: float | None = None
    low: float | None = None
    high: float | None = None


def cohen(pairs: Sequence[tuple[str, str]]) -> Agreement:
    """Cohen's kappa of first and second labels (Cohen, 1960), with a percentile bootstrap over the texts."""
    if len(pairs) < NEEDED:
        return Agreement(len(pairs))
    import numpy as np  # the labelling page needs it only for enough pairs

    names = sorted({name for pair in pairs for name in pair})
    codes = np.array([[names.index(first), names.index(second)] for first, second in pairs])
    drawn = np.random.default_rng(SEED).integers(len(pairs), size=(RESAMPLES, len(pairs)))
    low, high = np.percentile(_kappas(codes[drawn], len(names)), (2.5, 97.5))
    point = _kappas(codes[None], len(names))[0]
    return Agreement(len(pairs), float(point), float(low), float(high))


def _kappas(codes: "NDArray[Any]", classes: int) -> "NDArray[Any]":
    """One kappa per sample; shape of `codes`: (samples, texts, 2)."""
    import numpy as np

    observed = (codes[..., 0] == codes[..., 1]).mean(axis=1)
    shares = np.stack([(codes == code).mean(axis=1) for code in range(classes)], axis=1)  # (samples, classes, 2)
    chance = shares.prod(axis=2).sum(axis=1)
    # If everybody gave the same answer, chance explains all of it: full agreement, by convention.
    return np.where(chance < 1, (observed - chance) / np.where(chance < 1, 1 - chance, 1), 1.0)
