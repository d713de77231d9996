"""The model's probable accuracy in a window, estimated from its own probabilities without labels for the window.

The reference is the earlier answers that people have labelled since, if there are enough of them, and otherwise the
version's own evaluation. Either way the band is widened by the loss on unseen events. An estimate never promotes a
model.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier import feedback
from classifier.categories import CATEGORY_IDS, base_of
from classifier.models import Prediction
from monitoring.production import Promise
from monitoring.stats import cbpe
from monitoring.stats.result import Signal, too_few

MOST = 5_000
ENOUGH_LABELLED = 300
LABELLED_WITHIN = timedelta(days=90)
INDEX = {name: position for position, name in enumerate(sorted(CATEGORY_IDS))}
Answer = tuple[dict[str, float], str]  # probabilities and the answered category


@dataclass(frozen=True, slots=True)
class Estimated:
    """The estimated accuracy of a window. `point` is None if there are too few answers."""

    point: float | None
    low: float | None
    high: float | None
    baseline: float | None
    n: int
    method: str
    signal: Signal


def accuracy(*, start: datetime, end: datetime, promise: Promise, now: datetime) -> Estimated:
    """Estimate accuracy from the newest `MOST` answers that production gave in the window."""
    answers = list(
        Prediction.objects.filter(role=Prediction.Role.PRODUCTION, created_at__gte=start, created_at__lt=end)
        .order_by("-id")
        .values_list("probabilities", "category")[:MOST]
    )
    known, truth, events = _labelled(before=start, since=now - LABELLED_WITHIN)
    if len(known) >= ENOUGH_LABELLED:
        return _against_labels(answers, known, truth, events, promise)
    return _against_promise(answers, promise)


def _against_labels(
    answers: Sequence[Answer], known: Sequence[Answer], truth: Sequence[str], events: Sequence[str], promise: Promise
) -> Estimated:
    labels = np.array([INDEX[name] for name in truth])
    errors = cbpe.errors_by_event(_matrix(known), labels, events, answered=_answered(known))
    monitor = cbpe.Cbpe.fit(
        _matrix(known), labels, errors or [(promise.unseen_gap, promise.unseen_gap)], answered=_answered(known)
    )
    found, _ = monitor.measure(_matrix(answers), answered=_answered(answers))
    method = f"CBPE, fitted on {len(known):,} answers that people labelled"
    if found.point is None:
        method = f"not enough data: {found.signal.why.partition(': ')[2]}"
    return Estimated(found.point, found.low, found.high, found.baseline, len(answers), method, found.signal)


def _against_promise(answers: Sequence[Answer], promise: Promise) -> Estimated:
    n, baseline = len(answers), promise.accuracy
    if n < cbpe.NEEDED:
        few = too_few(cbpe.ACCURACY, n_reference=promise.n, n_window=n, needed=cbpe.NEEDED, have=n)
        return Estimated(None, None, None, baseline, n, few.why, few)
    sure = _matrix(answers)[np.arange(n), _answered(answers)]
    point = float(sure.mean())
    half = cbpe.SIGMAS * float(sure.std(ddof=1)) / math.sqrt(n) + promise.unseen_gap
    floor = None if baseline is None else baseline - half
    why = f"estimated {point:.3f} without labels" + ("" if floor is None else f"; amber below {floor:.3f}")
    level: Any = "amber" if floor is not None and point < floor else "ok"
    signal = Signal(cbpe.ACCURACY, point, floor, None, level, promise.n, n, why)
    method = f"Mean probability of the answer, ± 3σ and {promise.unseen_gap:.3f} for unseen events"
    return Estimated(point, max(0.0, point - half), min(1.0, point + half), baseline, n, method, signal)


def _labelled(*, before: datetime, since: datetime) -> tuple[list[Answer], list[str], list[str]]:
    """Production's answers from before the window that people labelled later, with their labels and events."""
    labels = {label.subject: label for label in feedback.standing() if label.at >= since}
    rows = Prediction.objects.filter(
        role=Prediction.Role.PRODUCTION, created_at__gte=since, created_at__lt=before, subject__in=list(labels)[-MOST:]
    ).order_by("id")
    newest = {
        subject: (p, answered) for subject, p, answered in rows.values_list("subject", "probabilities", "category")
    }
    chosen = [labels[subject] for subject in newest]
    return list(newest.values()), [base_of(label.category) for label in chosen], [label.event for label in chosen]


def _matrix(answers: Sequence[Answer]) -> NDArray[np.float64]:
    """Probabilities with each row scaled to a sum of one; shape (answers, categories)."""
    rows = np.array([[p.get(name, 0.0) for name in INDEX] for p, _ in answers], dtype=float).reshape(-1, len(INDEX))
    return rows / np.maximum(rows.sum(1, keepdims=True), 1e-9)


def _answered(answers: Sequence[Answer]) -> NDArray[np.int64]:
    best = _matrix(answers).argmax(1) if answers else np.zeros(0, dtype=int)
    return np.array([INDEX.get(name, top) for (_, name), top in zip(answers, best, strict=True)], dtype=int)
