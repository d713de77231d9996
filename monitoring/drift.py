"""Drift reports: a window of posts compared with earlier posts, each signal with its evidence, and one verdict.

The module decides which signals a daily and a weekly report have. If a library of the training extra is missing, the
signal is suppressed and its explanation says so. It doesn't query posts: the caller passes the texts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.categories import CATEGORY_IDS
from monitoring import accuracy, audit, estimate, production
from monitoring.models import DriftReport
from monitoring.stats import confidence_shift, text_drift, verdict
from monitoring.stats.confidence_shift import ConfidenceShift
from monitoring.stats.descriptors import Descriptors
from monitoring.stats.prediction_drift import PredictionDrift
from monitoring.stats.result import Signal, fired
from monitoring.stats.text_drift import TextDrift

INDEX = {name: position for position, name in enumerate(sorted(CATEGORY_IDS))}
MISSING = "not measured: a library of the training extra is missing (pip install 'relief-responder[training]')"
NEW_EVENTS_NAMED = 20


@dataclass(frozen=True, slots=True)
class Posts:
    """One side of a comparison: lists of the same length, and the period that the posts are from.

    Arguments:
        categories: as the model answered, of `classifier.categories.CATEGORY_IDS`.
        confidences: probability of the category answered.
        events: reference of each post's event, or empty.
    """

    texts: Sequence[str]
    categories: Sequence[str]
    confidences: Sequence[float]
    langs: Sequence[str]
    events: Sequence[str]
    start: datetime
    end: datetime

    def __len__(self) -> int:
        return len(self.texts)


def report(*, kind: str, window: Posts, reference: Posts, now: datetime) -> DriftReport:
    """Compare and store the result. Idempotent: returns the stored report of the same kind and end.

    Arguments:
        kind: `light` (answers, descriptors, estimated accuracy) or `full` (also texts and confidences).
    """
    known = DriftReport.objects.filter(kind=kind, window_to=window.end).first()
    if known:
        return known
    promise, seed = production.promise(), int(window.end.timestamp()) // 3600
    signals = measure(kind=kind, window=window, reference=reference, seed=seed)
    signals.append(estimate.accuracy(start=window.start, end=window.end, promise=promise, now=now).signal)
    new_events = sorted(set(window.events) - set(reference.events))
    unseen = float(np.isin(np.asarray(window.events, dtype=str), new_events).mean()) if len(window) else 0.0
    said = _verdict(kind, signals, unseen)
    return _keep(
        kind=kind, at=now, window_from=window.start, window_to=window.end, reference_from=reference.start,
        n_window=len(window), n_reference=len(reference), model=promise.model, model_sha256=promise.sha256, seed=seed,
        signals=[signal.to_json() for signal in signals],
        facts={"unseen_event_share": round(unseen, 4), "new_events": new_events[:NEW_EVENTS_NAMED]},
        verdict=said.word, summary=said.sentence, action=said.action,
    )  # fmt: skip


def measure(*, kind: str, window: Posts, reference: Posts, seed: int) -> list[Signal]:
    """Return the signals that need only the two samples."""
    signals = list(
        PredictionDrift.fit(_codes(reference), classes=len(INDEX), seed=seed).measure(_codes(window))
    ) + _descriptors(window, reference, seed)
    if kind != DriftReport.Kind.FULL:
        return signals
    return [
        _or_missing(text_drift.NAME, lambda: TextDrift.fit(reference.texts, seed=seed).measure(window.texts)),
        *signals,
        _or_missing(confidence_shift.NAME, lambda: _confidences(window, reference)),
    ]


@audit.atomic()
def note_action(*, report: DriftReport, action: str) -> None:
    """Store the action that was taken after a report."""
    before, report.action = report.action, action[:200]
    report.save(update_fields=["action"])
    _record(report, "drift.acted_on", before={"action": before}, after={"action": report.action})


@audit.atomic()
def _keep(**columns: Any) -> DriftReport:
    kind, window_to = columns.pop("kind"), columns.pop("window_to")
    report, created = DriftReport.objects.get_or_create(kind=kind, window_to=window_to, defaults=columns)
    if created:
        _record(report, "drift.reported", after={"signals": report.signals, "verdict": report.verdict})
    return report


def _record(report: DriftReport, action: str, **states: Any) -> None:
    audit.record(
        actor="system:monitoring", action=action, object_type="drift_report", object_id=str(report.pk),
        detail={"kind": report.kind, "verdict": report.verdict, "action": report.action}, **states,
    )  # fmt: skip


def _verdict(kind: str, signals: Sequence[Signal], unseen: float) -> verdict.Verdict:
    alarm = accuracy.has_alarm()
    if kind == DriftReport.Kind.FULL or alarm:
        return verdict.decide(signals, unseen_event_share=unseen, audited_alarm=alarm)
    if all(signal.level == "suppressed" for signal in signals):
        return verdict.Verdict(
            "too few to say", "There are not enough posts to say whether anything has changed.", "none"
        )
    names = ", ".join(fired(signals))
    said = (
        f"Changed: {names}. The weekly report will compare the texts."
        if names
        else "The model's answers are similar to earlier ones."
    )
    return verdict.Verdict("steady", said, "none")


def _codes(posts: Posts) -> NDArray[np.int64]:
    return np.array([INDEX[name] for name in posts.categories if name in INDEX], dtype=int)


def _confidences(window: Posts, reference: Posts) -> Signal:
    before = (
        DriftReport.objects.filter(kind=DriftReport.Kind.FULL, window_to__lt=window.end).order_by("-window_to").first()
    )
    again = any(
        signal["name"] == confidence_shift.NAME and signal["level"] in ("amber", "red")
        for signal in (before.signals if before else [])
    )
    monitor = ConfidenceShift.fit(np.asarray(reference.confidences, dtype=float))
    return monitor.measure(np.asarray(window.confidences, dtype=float), fired_before=again)


def _descriptors(window: Posts, reference: Posts, seed: int) -> list[Signal]:
    """Signals of descriptors, from equally many posts on both sides, since larger samples contain more copies."""
    size, rng = min(len(window), len(reference)), np.random.default_rng(seed)
    before, here = (_columns(side, rng.permutation(len(side))[:size]) for side in (reference, window))
    return Descriptors.fit(before, seed=seed).measure(here)


def _columns(posts: Posts, chosen: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    texts = [posts.texts[i] for i in chosen]
    seen: set[str] = set()
    copies = []
    for text in map(text_drift.normalised, texts):
        copies.append(text in seen)
        seen.add(text)
    return {
        "length": np.array([len(text) for text in texts], dtype=float),
        "language": np.array([posts.langs[i] or "und" for i in chosen], dtype=str),
        "links": np.array(["://" in text for text in texts], dtype=bool),
        "duplicates": np.array(copies, dtype=bool),
    }


def _or_missing(name: str, measure: Callable[[], Signal]) -> Signal:
    try:
        return measure()
    except ModuleNotFoundError:
        return Signal(name, None, None, None, "suppressed", 0, 0, MISSING)
