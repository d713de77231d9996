"""Confidence intervals of figures, and reliability of probabilities. numpy only."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `wilson` does without, and pages need no more
    import numpy as np

ROUNDS = 500
BINS = 15
Z = 1.959964


def wilson(share: float, n: int) -> tuple[float, float]:
    """95 % Wilson interval of a share of `n` (Wilson, 1927); (0, 1) if n is 0."""
    if n == 0:
        return 0.0, 1.0
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))  # rounding included


def macro_f1(truth: "np.ndarray", predicted: "np.ndarray", classes: int, *, seed: int = 0) -> tuple[float, float]:
    """95 % interval of macro-F1 by the bootstrap, over the classes that occur. It contains the estimate.

    Drawn texts miss rare classes, which lowers the bootstrap's scores, and without a single error all of them are 1:
    the interval is widened to the estimate then, and down to the mean of the classes' Wilson bounds.

    Arguments:
        truth, predicted: class indices, shape (n,).
    """
    import numpy as np

    pairs = np.bincount(truth * classes + predicted, minlength=classes**2)
    drawn = np.random.default_rng(seed).multinomial(len(truth), pairs / len(truth), ROUNDS)
    tables = drawn.reshape(ROUNDS, classes, classes)
    hits = np.einsum("rcc->rc", tables)
    total = tables.sum(1) + tables.sum(2)
    present = pairs.reshape(classes, classes).sum(1) > 0
    scores = (2 * hits / np.maximum(total, 1))[:, present].mean(1)
    low, high = np.percentile(scores, [2.5, 97.5])
    table = pairs.reshape(classes, classes)
    right, seen = np.diag(table), table.sum(1)
    estimate = float((2 * right / np.maximum(seen + table.sum(0), 1))[present].mean())
    if right.sum() == len(truth):
        low = np.mean([wilson(1.0, int(count))[0] for count in seen[present]])
    return min(float(low), estimate), max(float(high), estimate)


def reliability(stated: "np.ndarray", right: "np.ndarray") -> list[dict[str, float]]:
    """Bins of the reliability diagram: mean stated probability, observed share and count of each non-empty bin.

    Arguments:
        stated: probability of each answer, shape (n,).
        right: whether it was right, shape (n,).
    """
    import numpy as np

    index = np.minimum((stated * BINS).astype(int), BINS - 1)
    return [
        {"stated": float(stated[index == b].mean()), "observed": float(right[index == b].mean()), "n": int(count)}
        for b, count in enumerate(np.bincount(index, minlength=BINS))
        if count
    ]
