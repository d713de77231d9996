"""Accuracy and macro-F1 without labels, from calibrated probabilities (CBPE).

Hides how expected hits and errors are counted and how wide the band is. It assumes that probabilities stay calibrated,
which a new event breaks: the band is widened by what that has cost before, and an estimate promotes no model.
Source: Garg et al., "Leveraging unlabeled data to predict out-of-distribution performance", 2022; NannyML's CBPE.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.stats.result import Signal, too_few

ACCURACY, MACRO_F1 = "estimated_accuracy", "estimated_macro_f1"
NEEDED = 100
CHUNKS = 10
SIGMAS = 3

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimated metric with its interval; None where there are too few posts.

    Arguments:
        point, low, high: 0 to 1.
        baseline: the metric as labels gave it on the reference.
        signal: the same as a signal.
    """

    point: float | None
    low: float | None
    high: float | None
    baseline: float
    signal: Signal


@dataclass(frozen=True)
class Cbpe:
    """A labelled reference.

    Arguments:
        probabilities: calibrated, shape (n, classes).
        answered: class index answered, shape (n,).
        baseline: accuracy and macro-F1 of the reference by its labels.
        unseen_error: mean absolute error of both estimates on events that a model had not seen.
    """

    probabilities: Floats
    answered: Integers
    baseline: tuple[float, float]
    unseen_error: tuple[float, float]
    seed: int = 0

    @classmethod
    def fit(
        cls,
        probabilities: Floats,
        truth: Integers,
        leave_one_event_out_errors: Sequence[tuple[float, float]],
        *,
        answered: Integers | None = None,
        seed: int = 0,
    ) -> "Cbpe":
        """Measure the reference.

        Arguments:
            probabilities: calibrated, shape (n, classes).
            truth: class indices, shape (n,).
            leave_one_event_out_errors: absolute errors of estimated accuracy and macro-F1, one pair an event.
            answered: class indices, shape (n,); the most probable class where None.
            seed: of the chunks.

        Raises:
            ValueError: no errors on unseen events, without which the band would promise too much.
        """
        if not leave_one_event_out_errors:
            raise ValueError("the band needs the errors on at least one unseen event")
        said = probabilities.argmax(1) if answered is None else answered
        errors = np.abs(np.asarray(leave_one_event_out_errors, dtype=float)).mean(0)
        baseline = float((said == truth).mean()), f1_of_answers(truth, said, probabilities.shape[1])
        return cls(probabilities, said, baseline, (float(errors[0]), float(errors[1])), seed)

    def measure(self, probabilities: Floats, *, answered: Integers | None = None) -> tuple[Estimate, Estimate]:
        """Accuracy and macro-F1 of a window; shapes as for `fit`. Amber below the baseline's band."""
        said = probabilities.argmax(1) if answered is None else answered
        spread = self._spread(len(said)) if min(len(said), len(self.answered)) >= NEEDED else (0.0, 0.0)
        points = accuracy(probabilities, said), macro_f1(probabilities, said)
        sizes = len(self.answered), len(said)
        first, second = (
            _estimate(name, points[i], self.baseline[i], SIGMAS * spread[i] + self.unseen_error[i], sizes)
            for i, name in enumerate((ACCURACY, MACRO_F1))
        )
        return first, second

    def _spread(self, size: int) -> tuple[float, float]:
        """Standard deviation of both estimates over chunks of the reference as large as the window, if it has ten."""
        rows = np.random.default_rng(self.seed).permutation(len(self.answered))
        chunks = np.array_split(rows, max(CHUNKS, len(rows) // size))
        pairs = [
            (accuracy(self.probabilities[c], self.answered[c]), macro_f1(self.probabilities[c], self.answered[c]))
            for c in chunks
        ]
        low, high = np.std(pairs, axis=0, ddof=1)
        return float(low), float(high)


def accuracy(probabilities: Floats, answered: Integers) -> float:
    """Expected share of right answers: the mean probability of the class answered; NaN of nothing."""
    return float(probabilities[np.arange(len(answered)), answered].mean()) if len(answered) else float("nan")


def class_f1(probabilities: Floats, answered: Integers) -> Floats:
    """Expected F1 of each class, shape (classes,): 2 TP / (2 TP + FP + FN) with expected counts."""
    classes = probabilities.shape[1]
    hits = np.array([probabilities[answered == c, c].sum() for c in range(classes)])
    # TP + FP is how often the class is answered, TP + FN how often it is expected to be true.
    total = np.bincount(answered, minlength=classes) + probabilities.sum(0)
    return np.divide(2 * hits, total, out=np.zeros(classes), where=total > 0)


def macro_f1(probabilities: Floats, answered: Integers) -> float:
    """Expected unweighted mean of the classes' F1."""
    return float(class_f1(probabilities, answered).mean())


def f1_of_answers(truth: Integers, answered: Integers, classes: int) -> float:
    """Macro-F1 by labels; a class that neither occurs nor is answered counts as zero, as it nearly does in
    `macro_f1`."""
    return macro_f1(np.eye(classes)[truth], answered)


def _estimate(name: str, point: float, baseline: float, half: float, sizes: tuple[int, int]) -> Estimate:
    n, m = sizes
    if min(n, m) < NEEDED:
        return Estimate(None, None, None, baseline, too_few(name, n_reference=n, n_window=m, needed=NEEDED))
    floor = baseline - half
    why = f"estimated {point:.3f} without labels; labels gave {baseline:.3f} before, amber below {floor:.3f}"
    signal = Signal(name, point, floor, None, "amber" if point < floor else "ok", n, m, why)
    return Estimate(point, max(0.0, point - half), min(1.0, point + half), baseline, signal)
