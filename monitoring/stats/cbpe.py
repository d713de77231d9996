"""Accuracy and macro-F1 without labels, from calibrated probabilities (CBPE).

The module makes three corrections. The reference's labels show whether the model is under- or overconfident; the
exponent that corrects this there is applied to windows. Classes that a window hardly expects are left out of macro-F1,
on both sides of the comparison. And the band is widened by the error on earlier unseen events, since a new event breaks
calibration. An estimate never promotes a model.
Source: Garg et al., "Leveraging unlabeled data to predict out-of-distribution performance", 2022; NannyML's CBPE.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.stats.result import Signal, too_few

ACCURACY, MACRO_F1 = "estimated_accuracy", "estimated_macro_f1"
NEEDED = 100
LEAST_OF_CLASS = 20
CHUNKS = 10
SIGMAS = 3
SHARPNESS = 0.4, 2.5  # the range of the search

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.integer[Any]]
Side = tuple[Floats, Integers]  # probabilities and answered classes
Metric = Callable[[Floats, Integers], float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimated metric with its interval; None if there are too few posts.

    Arguments:
        point, low, high: 0 to 1.
        baseline: the metric on the reference, measured with labels.
        signal: the same result as a signal.
    """

    point: float | None
    low: float | None
    high: float | None
    baseline: float
    signal: Signal


@dataclass(frozen=True)
class Cbpe:
    """A labelled reference that windows are compared with.

    Arguments:
        probabilities: sharpened, shape (n, classes).
        answered: class index answered, shape (n,).
        truth: class indices, shape (n,).
        sharpness: the exponent that made the probabilities fit the labels.
        unseen_error: mean absolute error of accuracy and macro-F1 on events that a model had not seen.
    """

    probabilities: Floats
    answered: Integers
    truth: Integers
    sharpness: float
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
            leave_one_event_out_errors: errors of estimated accuracy and macro-F1, one pair per event.
            answered: class indices, shape (n,); None: the most probable class.
            seed: seed of the chunks' random division.

        Raises:
            ValueError: there are no errors on unseen events, and without them the band would be too narrow.
        """
        if not leave_one_event_out_errors:
            raise ValueError("the band needs the errors on at least one unseen event")
        said = probabilities.argmax(1) if answered is None else answered
        exponent = fit_sharpness(probabilities, said, float((said == truth).mean()))
        first, second = np.abs(np.asarray(leave_one_event_out_errors, dtype=float)).mean(0)
        return cls(sharpened(probabilities, exponent), said, truth, exponent, (float(first), float(second)), seed)

    def measure(self, probabilities: Floats, *, answered: Integers | None = None) -> tuple[Estimate, Estimate]:
        """Accuracy and macro-F1 of a window; shapes as for `fit`. Amber below the reference's band.

        Macro-F1 and its baseline use the classes that the window expects `LEAST_OF_CLASS` times or more.
        """
        said = probabilities.argmax(1) if answered is None else answered
        known, seen = (self.probabilities, self.answered), (sharpened(probabilities, self.sharpness), said)
        classes = np.flatnonzero(seen[0].sum(0) >= LEAST_OF_CLASS)
        labels = np.eye(probabilities.shape[1])[self.truth], self.answered
        return (
            self._estimate(ACCURACY, accuracy, (known, seen, labels), self.unseen_error[0]),
            self._estimate(MACRO_F1, partial(macro_f1, classes=classes), (known, seen, labels), self.unseen_error[1]),
        )

    def _estimate(self, name: str, metric: Metric, sides: tuple[Side, Side, Side], error: float) -> Estimate:
        known, seen, labels = sides
        n, m = len(self.answered), len(seen[1])
        baseline, before, point = metric(*labels), metric(*known), metric(*seen)
        if min(n, m) < NEEDED or math.isnan(point):
            return Estimate(None, None, None, baseline, too_few(name, n_reference=n, n_window=m, needed=NEEDED))
        half = SIGMAS * self._spread(metric, m) + error
        floor = before - half
        why = f"estimated {point:.3f} without labels, {before:.3f} on the reference; amber below {floor:.3f}"
        signal = Signal(name, point, floor, None, "amber" if point < floor else "ok", n, m, why)
        return Estimate(point, max(0.0, point - half), min(1.0, point + half), baseline, signal)

    def _spread(self, metric: Metric, size: int) -> float:
        """Standard deviation of a metric over chunks of the reference as large as the window, if there are ten."""
        rows = np.random.default_rng(self.seed).permutation(len(self.answered))
        chunks = np.array_split(rows, max(CHUNKS, len(rows) // size))
        return float(np.std([metric(self.probabilities[c], self.answered[c]) for c in chunks], ddof=1))


def sharpened(probabilities: Floats, exponent: float) -> Floats:
    """Probabilities raised to `exponent` and normalised to a sum of one; shape (n, classes) in and out."""
    raised = np.power(probabilities, exponent)
    return raised / np.maximum(raised.sum(1, keepdims=True), 1e-300)


def fit_sharpness(probabilities: Floats, answered: Integers, right: float) -> float:
    """The exponent that makes the mean probability of the answers equal `right`, the share of right answers."""
    low, high = SHARPNESS
    for _ in range(30):  # the mean increases with the exponent
        middle = (low + high) / 2
        low, high = (middle, high) if accuracy(sharpened(probabilities, middle), answered) < right else (low, middle)
    return (low + high) / 2


def errors_by_event(
    probabilities: Floats, truth: Integers, events: Sequence[str], *, answered: Integers | None = None
) -> list[tuple[float, float]]:
    """Errors of estimated accuracy and macro-F1 for each event, with the other events as the reference.

    The model itself may have seen the event. If models trained without it exist, prefer their errors.

    Arguments:
        probabilities, truth, answered: as for `Cbpe.fit`.
        events: name of each row's event, length n; events with fewer than `NEEDED` rows are left out.
    """
    said = probabilities.argmax(1) if answered is None else answered
    right, event_names = said == truth, np.asarray(events)
    errors = []
    for name, count in zip(*np.unique(event_names, return_counts=True), strict=True):
        here = event_names == name
        if count >= NEEDED and not here.all():
            exponent = fit_sharpness(probabilities[~here], said[~here], float(right[~here].mean()))
            errors.append(error(sharpened(probabilities[here], exponent), truth[here], said[here]))
    return errors


def error(probabilities: Floats, truth: Integers, answered: Integers) -> tuple[float, float]:
    """Estimated less true accuracy and macro-F1 (over the classes expected often enough); shapes as for `Cbpe.fit`."""
    labels = np.eye(probabilities.shape[1])[truth]
    classes = np.flatnonzero(probabilities.sum(0) >= LEAST_OF_CLASS)
    off = macro_f1(probabilities, answered, classes) - macro_f1(labels, answered, classes)
    return accuracy(probabilities, answered) - accuracy(labels, answered), off


def accuracy(probabilities: Floats, answered: Integers) -> float:
    """Expected share of right answers: the mean probability of the answered class; NaN for no rows."""
    return float(probabilities[np.arange(len(answered)), answered].mean()) if len(answered) else float("nan")


def class_f1(probabilities: Floats, answered: Integers) -> Floats:
    """Expected F1 of each class, shape (classes,): 2 TP / (2 TP + FP + FN) with expected counts."""
    classes = probabilities.shape[1]
    hits = np.array([probabilities[answered == c, c].sum() for c in range(classes)])
    # TP + FP is how often the class is answered, TP + FN how often it is expected to be true.
    total = np.bincount(answered, minlength=classes) + probabilities.sum(0)
    return np.divide(2 * hits, total, out=np.zeros(classes), where=total > 0)


def macro_f1(probabilities: Floats, answered: Integers, classes: Integers | None = None) -> float:
    """Expected unweighted mean of the F1 of `classes` (None: all); NaN for no classes."""
    scores = class_f1(probabilities, answered)
    chosen = scores if classes is None else scores[classes]
    return float(chosen.mean()) if len(chosen) else float("nan")
