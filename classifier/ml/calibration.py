"""Calibration of logits: a temperature per head, thresholds per class, and a probability below which to abstain.

It is fitted once after training, on texts that training didn't use, stored as JSON, and applied at run time with numpy.
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
NOISE = 1e-3  # a smaller gain in macro-F1 is noise
THRESHOLDS = np.linspace(0.1, 0.9, 33)
ALERT = 0.7  # the priority score from which a post deserves an alert, as in TREC-IS


@dataclass(frozen=True)
class Calibration:
    """The parameters that turn logits into answers.

    Arguments:
        temperatures: head → divisor of its logits.
        category_offsets: added to the log-probabilities before the category is picked; raises rare classes.
        abstain_below: the category counts as "can't judge" below this probability.
        emergency_threshold: probability from which a post counts as an emergency.
        needs_thresholds: one per need.
        priority_offsets: added to the priority's logits after its temperature; part of its probabilities.
        priority_worth: urgency of each priority, most urgent first, for the score 0–1.
        priority_shift: added to the log-odds of the mean worth, so that alerts are better than silence from `ALERT` on.
        priority_lifts: added to the log-probabilities before the priority is picked; raises rare classes.
        location_offset: added to the logits of "here a location is named".
        classes_abstain_below: as `abstain_below`, for the classes of one's own, where the model has some.
    """

    temperatures: dict[str, float]
    category_offsets: list[float]
    abstain_below: float
    emergency_threshold: float
    needs_thresholds: list[float]
    priority_offsets: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0, 0.0])
    priority_worth: list[float] = field(default_factory=lambda: [1.0, 0.75, 0.25, 0.0])
    priority_lifts: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0, 0.0])
    location_offset: float = 0.0
    priority_shift: float = 0.0
    classes_abstain_below: float = 0.0

    def score(self, priorities: Floats) -> Floats:
        """Urgency, 0 to 1; from `ALERT` on, a post deserves an alert; shape (n, 4) → (n,)."""
        return sigmoid(log_odds(priorities @ np.array(self.priority_worth)) + self.priority_shift)

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


def log_odds(probabilities: Floats | float) -> Any:
    """The inverse of `sigmoid`, finite everywhere."""
    inside = np.clip(probabilities, 1e-6, 1 - 1e-6)
    return np.log(inside / (1 - inside))


def fit_softmax_temperature(logits: Floats, labels: Integers, bias: Floats | float = 0.0) -> float:
    """The temperature that maximises the labels' likelihood.

    Arguments:
        logits: shape (n, classes).
        labels: class index of each row, shape (n,).
        bias: added after the division, shape (classes,).
    """
    rows = np.arange(len(labels))
    losses = [-np.log(softmax(logits / t + bias)[rows, labels] + 1e-12).mean() for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])


def fit_temperature_and_bias(logits: Floats, labels: Integers, rounds: int = 10) -> tuple[float, Floats]:
    """The temperature and the bias per class that together maximise the labels' likelihood; shapes as above.

    For a head that was trained with class weights: the bias restores the classes' true frequencies.
    """
    classes = logits.shape[1]
    share = np.bincount(labels, minlength=classes) / len(labels) + 1e-4
    heat, bias = 1.0, np.zeros(classes)
    for _ in range(rounds):
        heat = fit_softmax_temperature(logits, labels, bias)
        for _ in range(50):  # at the optimum a class's mean probability equals its share
            bias += 0.5 * np.log(share / (softmax(logits / heat + bias).mean(0) + 1e-4))
    return heat, bias - bias.mean()


def fit_sigmoid_temperature(logits: Floats, labels: Floats) -> float:
    """The same for independent binary answers; both arguments have the same shape, labels 0 or 1."""
    losses = [(np.logaddexp(0, logits / t) - labels * logits / t).mean() for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])


def fit_offsets(log_probabilities: Floats, labels: Integers, rounds: int = 3) -> list[float]:
    """Offsets per class that raise macro-F1, by coordinate search.

    Arguments:
        log_probabilities: shape (n, classes).
        labels: shape (n,).
        rounds: passes over the classes; rare classes first.
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
                if score > best + NOISE:
                    best, offsets = score, trial
    return [float(value) for value in offsets]


def lift(
    offsets: Sequence[float], log_probabilities: Floats, labels: Integers, *, classes: Sequence[int], cost: float
) -> list[float]:
    """Raise the offsets of `classes` in turn for recall, as long as macro-F1 falls by no more than `cost`.

    Arguments:
        offsets: initial offsets; those of `classes` start at zero or above.
        log_probabilities, labels: as for `fit_offsets`.
    """
    lifted = np.array(offsets)
    lifted[list(classes)] = np.maximum(lifted[list(classes)], 0.0)
    width = log_probabilities.shape[1]
    floor = macro_f1(labels, (log_probabilities + lifted).argmax(1), width) - cost
    rising = True
    while rising:
        rising = False
        for c in classes:
            trial = lifted.copy()
            trial[c] += 0.1
            if trial[c] <= OFFSETS[-1] and macro_f1(labels, (log_probabilities + trial).argmax(1), width) >= floor:
                lifted, rising = trial, True
    return [round(float(value), 2) for value in lifted]


def fit_thresholds(probabilities: Floats, labels: Floats, *, cost: float = 0.0) -> list[float]:
    """The threshold of each column; shapes (n, columns).

    Arguments:
        cost: of the best F1 that may be given up for precision: the highest threshold within it is taken.
    """
    return [_threshold(labels[:, c] == 1, probabilities[:, c], cost) for c in range(labels.shape[1])]


def _threshold(truth: NDArray[np.bool_], probabilities: Floats, cost: float) -> float:
    scores = {float(t): _f1(truth, probabilities >= t) for t in THRESHOLDS}
    best = max(scores.values())
    if not cost:
        return max(scores, key=scores.__getitem__)
    return max(t for t, score in scores.items() if score >= best - cost) if best else max(scores)


def fit_abstention(probabilities: Floats, correct: NDArray[np.bool_], precision: float) -> float:
    """The lowest probability from which answers are right with at least `precision`, in bins of .05."""
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
        probabilities: of the answers, shape (n,).
        correct: whether each answer was right, shape (n,).
    """
    stated, right = np.asarray(probabilities), np.asarray(correct, dtype=float)
    index = np.minimum((stated * bins).astype(int), bins - 1)
    gaps = [abs(stated[index == b].mean() - right[index == b].mean()) * (index == b).mean() for b in np.unique(index)]
    return float(np.sum(gaps))
