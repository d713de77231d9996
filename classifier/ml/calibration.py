"""From logits to honest probabilities: a temperature per head, thresholds per class, a floor below which to abstain.

Fitted once after training on texts that training did not see, stored as JSON, applied at run time with numpy.
Temperature scaling: Guo et al., "On Calibration of Modern Neural Networks", 2017.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.integer[Any]]
TEMPERATURES = np.exp(np.linspace(np.log(0.3), np.log(5.0), 200))
OFFSETS = np.linspace(-0.6, 1.2, 19)
THRESHOLDS = np.linspace(0.1, 0.9, 33)


@dataclass(frozen=True)
class Calibration:
    """What turns logits into answers.

    Arguments:
        temperatures: head → divisor of its logits.
        category_offsets: added to the log-probabilities before the category is picked; raises rare classes.
        abstain_below: the category counts as "can't judge" below this probability.
        emergency_threshold: probability from which a post counts as an emergency.
        needs_thresholds: one per need.
        priority_worth: urgency of each priority, most urgent first, for the score 0–1.
    """

    temperatures: dict[str, float]
    category_offsets: list[float]
    abstain_below: float
    emergency_threshold: float
    needs_thresholds: list[float]
    priority_offsets: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0, 0.0])
    priority_worth: list[float] = field(default_factory=lambda: [1.0, 0.75, 0.25, 0.0])

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Calibration":
        return cls(**values)


def softmax(logits: Floats) -> Floats:
    """Row-wise probabilities; shape (n, classes) in and out."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def sigmoid(logits: Floats) -> Floats:
    """Element-wise probability, safe for large values."""
    return np.exp(-np.logaddexp(0, -logits))


def fit_softmax_temperature(logits: Floats, labels: Integers) -> float:
    """The divisor that makes the labels most likely.

    Arguments:
        logits: shape (n, classes).
        labels: class index of each row, shape (n,).
    """
    rows = np.arange(len(labels))
    losses = [-np.log(softmax(logits / t)[rows, labels] + 1e-12).mean() for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])


def fit_sigmoid_temperature(logits: Floats, labels: Floats) -> float:
    """The same for independent yes/no answers; both arguments of one shape, labels 0 or 1."""
    losses = [(np.logaddexp(0, logits / t) - labels * logits / t).mean() for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])


def fit_offsets(log_probabilities: Floats, labels: Integers, rounds: int = 3) -> list[float]:
    """Offsets per class that raise macro-F1, by coordinate search.

    Arguments:
        log_probabilities: shape (n, classes).
        labels: shape (n,).
        rounds: how often each class is tried; rare classes first.
    """
    classes = log_probabilities.shape[1]
    offsets = np.zeros(classes)
    order = np.argsort(np.bincount(labels, minlength=classes))
    best = macro_f1(labels, log_probabilities.argmax(1), classes)
    for _ in range(rounds):
        for c in order:
            for value in OFFSETS:
                trial = offsets.copy()
                trial[c] = value
                score = macro_f1(labels, (log_probabilities + trial).argmax(1), classes)
                if score > best + 1e-4:  # less is noise
                    best, offsets = score, trial
    return [float(value) for value in offsets]


def fit_thresholds(probabilities: Floats, labels: Floats) -> list[float]:
    """For each column the threshold with the best F1; shapes (n, columns)."""
    return [
        float(max(THRESHOLDS, key=lambda t: _f1(labels[:, c] == 1, probabilities[:, c] >= t)))
        for c in range(labels.shape[1])
    ]


def fit_abstention(probabilities: Floats, correct: NDArray[np.bool_], precision: float) -> float:
    """The lowest probability from which single answers are right with at least `precision`, in bins of .05."""
    for low in np.arange(0.05, 0.95, 0.05):
        inside = (probabilities >= low) & (probabilities < low + 0.05)
        if inside.sum() >= 20 and correct[inside].mean() >= precision:
            return float(round(low, 2))
    return 0.3


def macro_f1(labels: Integers, predicted: Integers, classes: int) -> float:
    """Unweighted mean of the classes' F1; classes that never occur count as zero."""
    return float(np.mean([_f1(labels == c, predicted == c) for c in range(classes)]))


def _f1(truth: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> float:
    hits = 2 * int((truth & predicted).sum())
    total = int(truth.sum()) + int(predicted.sum())
    return hits / total if total else 0.0


def expected_calibration_error(
    probabilities: Sequence[float] | Floats, correct: Sequence[bool] | NDArray[np.bool_], bins: int = 15
) -> float:
    """Mean gap between stated and observed frequency, weighted by bin size.

    Arguments:
        probabilities: of the answers given, shape (n,).
        correct: whether each answer was right, shape (n,).
    """
    stated, right = np.asarray(probabilities), np.asarray(correct, dtype=float)
    index = np.minimum((stated * bins).astype(int), bins - 1)
    gaps = [abs(stated[index == b].mean() - right[index == b].mean()) * (index == b).mean() for b in np.unique(index)]
    return float(np.sum(gaps))
