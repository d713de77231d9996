"""Accuracy and recall from a labelled random sample whose strata were drawn with different probabilities.

The sample is weighted: a post drawn with probability π represents 1/π posts, and unequal weights make the sample worth
fewer posts than it has. Sources: Hájek, 1971; Kish, "Survey Sampling", 1965; Wilson, 1927; Clopper and Pearson, 1934.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from monitoring.stats.result import Level, Signal, too_few

if TYPE_CHECKING:  # pages take `wilson` from here, without numpy
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Integers = NDArray[np.integer[Any]]

NAME = "audited_accuracy"
NEEDED = 100
MARGIN = 0.03
Z = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """A share of all posts, estimated from a weighted sample.

    Arguments:
        point: the Hájek estimate; None if there are no labels.
        low, high: 95 % Wilson interval with `n_eff`.
        n: labels. n_eff: the effective sample size.
    """

    point: float | None
    low: float
    high: float
    n: int
    n_eff: float


@dataclass(frozen=True, slots=True)
class Audit:
    """A measured share and its signal against the baseline."""

    share: Share
    signal: Signal


@dataclass(frozen=True)
class Audited:
    """The baseline that was measured at promotion.

    Arguments:
        accuracy: 0 to 1.
        recalls: class index → recall.
        n: number of labels.
    """

    accuracy: float
    recalls: Mapping[int, float] = field(default_factory=dict)
    n: int = 0

    @classmethod
    def fit(cls, truth: "Integers", answered: "Integers", *, critical: tuple[int, ...] = ()) -> "Audited":
        """Compute the baseline from an evaluation.

        Arguments:
            truth, answered: class indices, shape (n,).
            critical: classes whose recall is monitored; classes that don't occur are left out.
        """
        right = truth == answered
        recalls = {c: float(right[truth == c].mean()) for c in critical if (truth == c).any()}
        return cls(float(right.mean()), recalls, len(truth))

    def measure(self, truth: "Integers", answered: "Integers", inclusion: "Floats") -> dict[str, Audit]:
        """Accuracy, and the recall of each monitored class: name → audit.

        Arguments:
            truth, answered: class indices of the labelled sample, shape (m,).
            inclusion: probability with which each was drawn, above 0 and at most 1, shape (m,).

        Raises:
            ValueError: an inclusion probability is not above 0 and at most 1.
        """
        right = truth == answered
        audits = {NAME: self._audit(NAME, weighted(right, inclusion), self.accuracy)}
        for c, baseline in self.recalls.items():
            name = f"audited_recall_{c}"
            audits[name] = self._audit(name, weighted(right[truth == c], inclusion[truth == c]), baseline)
        return audits

    def _audit(self, name: str, share: Share, baseline: float) -> Audit:
        limit = baseline - MARGIN
        if share.n < NEEDED or share.point is None:
            few = too_few(name, n_reference=self.n, n_window=share.n, needed=NEEDED, threshold=limit, have=share.n)
            return Audit(share, few)
        level: Level = "red" if share.high < limit else "ok"
        why = (
            f"{share.point:.3f} by labels, at most {share.high:.3f}; "
            f"the baseline is {baseline:.3f}, red when surely below {limit:.3f}"
        )
        return Audit(share, Signal(name, share.point, limit, None, level, self.n, share.n, why))


@dataclass(frozen=True, slots=True)
class MissedUrgent:
    """Urgent posts among those answered as not urgent.

    Arguments:
        share: found in the sample; upper: its upper bound with 95 % confidence; both None without a sample.
        posts: the number of predicted negatives that `upper` corresponds to.
    """

    share: float | None
    upper: float | None
    posts: int | None


def weighted(right: "NDArray[np.bool_]", inclusion: "Floats") -> Share:
    """The share of right answers among all posts, from a sample with inclusion probabilities; both of shape (n,).

    Raises:
        ValueError: an inclusion probability is not above 0 and at most 1.
    """
    if len(right) == 0:
        return Share(None, 0.0, 1.0, 0, 0.0)
    if not ((inclusion > 0) & (inclusion <= 1)).all():
        raise ValueError("inclusion probabilities are over 0 and up to 1")
    weights = 1 / inclusion
    point = float(weights @ right / weights.sum())
    n_eff = float(weights.sum() ** 2 / (weights**2).sum())
    return Share(point, *wilson(point, n_eff), len(right), n_eff)


def wilson(share: float, n: float) -> tuple[float, float]:
    """95 % Wilson interval of a share of `n` labels; `n` need not be an integer."""
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def missed_urgent(found: int, n: int, predicted_negatives: int) -> MissedUrgent:
    """Upper bound of the urgent posts that the model misses: one-sided Clopper–Pearson at 95 %.

    Arguments:
        found: urgent posts in the sample.
        n: size of the sample, drawn at random from the predicted negatives.
        predicted_negatives: all posts answered as not urgent.

    Raises:
        ValueError: `found` is above `n`, or `n` is above `predicted_negatives`.
    """
    if not 0 <= found <= n <= predicted_negatives:
        raise ValueError("found, sample and predicted negatives must rise in this order")
    if n == 0:
        return MissedUrgent(None, None, None)
    from scipy.stats import beta

    upper = 1.0 if found == n else float(beta.ppf(0.95, found + 1, n - found))
    return MissedUrgent(found / n, upper, math.ceil(upper * predicted_negatives))
