"""The model's accuracy in a week, measured in four ways: estimate, blind audit, missed urgent posts, triage decisions.

The module decides which labels count for which figure. Only the blind random audit can raise an alarm or start a
training: people choose which posts they triage, and an estimate relies on the model's own probabilities. Recall of rare
classes and missed urgent posts are measured on four weeks of audits, because one week's sample is too small.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import numpy as np

from classifier import clock
from classifier.categories import CATEGORY_IDS, base_of
from classifier.models import Label, LabelTask, Prediction
from monitoring import audit, estimate, production
from monitoring.models import AccuracyWindow
from monitoring.production import Promise
from monitoring.stats import audited

WEEK = timedelta(days=7)
POOLED = timedelta(weeks=4)
RECENT = timedelta(days=15)  # an older alarm says nothing about today's model
CRITICAL = ("requests_or_urgent_needs", "injured_or_dead_people", "missing_or_found_people")
ALL_CRITICAL = "critical classes"
LEAST_RECALL = 0.70
URGENT = ("Critical", "High")
ACCURACY, RECALL, MISSED = "accuracy", "recall", "missed_urgent"
FIGURES = ("n", "point", "low", "high", "baseline", "method", "model", "label_lag_hours", "alarm", "window_from")
INDEX = {name: position for position, name in enumerate(sorted(CATEGORY_IDS))}
Kind = AccuracyWindow.Kind


@dataclass(frozen=True, slots=True)
class AnsweredTask:
    """A text from a random draw with the label that counts for it."""

    task: LabelTask
    label: Label

    @property
    def chance(self) -> float:
        return self.task.inclusion_probability or 1.0


def report(*, now: datetime, week: str) -> list[AccuracyWindow]:
    """Compute and store the week's rows. Idempotent: a second call updates only the figures that later labels changed.

    Arguments:
        week: ISO week, as 2026-W48.

    Raises ValueError if `week` is not an ISO week.
    """
    start = monday_of(week)
    promise = production.promise()
    drawn = _drawn(start)
    rows = [_estimated(start, promise, now), *_audited(drawn, start, promise), _missed(drawn, start), _triage(start)]
    return [_keep(row | {"model": promise.model}, start + WEEK) for row in rows]


def monday_of(week: str) -> datetime:
    """The start of an ISO week, in UTC. Raises ValueError."""
    return datetime.strptime(f"{week}-1", "%G-W%V-%u").replace(tzinfo=UTC)


def has_alarm() -> bool:
    """Whether a recent audit showed that the model is worse than it should be."""
    return bool(alarms())


def alarms() -> list[AccuracyWindow]:
    """The newest audited row of each metric, if it is recent and raises an alarm."""
    newest: dict[tuple[str, str], AccuracyWindow] = {}
    recent = AccuracyWindow.objects.filter(kind=Kind.AUDITED, window_to__gt=clock.now() - RECENT)
    for row in recent.order_by("-window_to"):
        newest.setdefault((row.metric, row.label), row)
    return [row for row in newest.values() if row.alarm]


def _estimated(start: datetime, promise: Promise, now: datetime) -> dict[str, Any]:
    found = estimate.accuracy(start=start, end=start + WEEK, promise=promise, now=now)
    figures = {name: getattr(found, name) for name in ("n", "point", "low", "high", "baseline", "method")}
    return _row(Kind.ESTIMATED, ACCURACY, start) | figures | {"alarm": found.signal.fired}


def _audited(drawn: Sequence[AnsweredTask], start: datetime, promise: Promise) -> Iterator[dict[str, Any]]:
    """Yield the week's accuracy, and the recall of the critical classes over four weeks."""
    random = [
        one for one in drawn if one.task.purpose == LabelTask.Purpose.AUDIT and base_of(one.task.predicted) in INDEX
    ]
    week = [one for one in random if one.task.created_at >= start]
    yield _accuracy(week, start, promise)
    for name in CRITICAL:
        yield _recall(
            name, [one for one in random if base_of(one.label.category) == name], start, promise.recalls.get(name)
        )
    yield _recall(ALL_CRITICAL, [one for one in random if base_of(one.label.category) in CRITICAL], start, None)


def _accuracy(week: Sequence[AnsweredTask], start: datetime, promise: Promise) -> dict[str, Any]:
    """Accuracy in the week's audit. Without a figure from promotion to compare with, it never raises an alarm."""
    monitor = audited.Audited(promise.accuracy or 0.0, {}, promise.n)
    found = monitor.measure(*_codes(week), _chances(week))[audited.NAME]
    method = "Random audit, weights 1/π, Wilson with n_eff"
    row = _row(Kind.AUDITED, ACCURACY, start) | _share(found.share, method)
    return row | {"baseline": promise.accuracy, "label_lag_hours": _lag(week), "alarm": found.signal.fired}


def _recall(name: str, truly: Sequence[AnsweredTask], start: datetime, baseline: float | None) -> dict[str, Any]:
    right = np.array([base_of(one.task.predicted) == base_of(one.label.category) for one in truly], dtype=bool)
    share = audited.weighted(right, _chances(truly))
    row = _row(Kind.AUDITED, RECALL, start, label=name) | _share(share, "Random audits of four weeks, weights 1/π")
    alarm = row["high"] is not None and row["high"] < LEAST_RECALL
    return row | _pooled(start) | {"baseline": baseline, "label_lag_hours": _lag(truly), "alarm": alarm}


def _missed(drawn: Sequence[AnsweredTask], start: datetime) -> dict[str, Any]:
    """The share of urgent posts among those that the model answered as not urgent."""
    reviewed = [one for one in drawn if one.task.purpose == LabelTask.Purpose.URGENT and one.label.priority]
    found, n = sum(one.label.priority in URGENT for one in reviewed), len(reviewed)
    row = _row(Kind.AUDITED, MISSED, start) | _pooled(start) | {"n": n, "label_lag_hours": _lag(reviewed)}
    if n < audited.NEEDED:
        return row | {"method": _too_few(n)}
    try:
        upper = audited.missed_urgent(found, n, n).upper
    except ModuleNotFoundError:
        return row | {"method": "not measured: scipy is missing (pip install 'relief-responder[training]')"}
    method = "Random audits of four weeks of what was called not urgent; one-sided Clopper–Pearson, 95 %"
    return row | {"point": found / n, "low": 0.0, "high": upper, "method": method}


def _triage(start: datetime) -> dict[str, Any]:
    """Return how often triage agreed with the model. Not a random sample: people choose which posts they triage."""
    labels = Label.objects.filter(
        how=Label.How.TRIAGE, withdrawn=False, superseded_by=None, at__gte=start, at__lt=start + WEEK
    ).exclude(predicted="")
    pairs = list(labels.values_list("subject", "at", "category", "predicted"))
    right = np.array([base_of(category) == base_of(predicted) for *_, category, predicted in pairs], dtype=bool)
    share = audited.weighted(right, np.ones(len(right)))
    lag = _hours({subject: at for subject, at, *_ in pairs})
    return (
        _row(Kind.FEEDBACK, ACCURACY, start) | _share(share, "Triage decisions: not random") | {"label_lag_hours": lag}
    )


def _drawn(start: datetime) -> list[AnsweredTask]:
    """Texts from the random draws of the four weeks up to the week's end, with the labels that count for them."""
    end = start + WEEK
    rows = (
        Label.objects.filter(
            task__purpose__in=[LabelTask.Purpose.AUDIT, LabelTask.Purpose.URGENT],
            task__created_at__gte=end - POOLED, task__created_at__lt=end, withdrawn=False, superseded_by=None,
        )
        .select_related("task")
        .order_by("pk")
    )  # fmt: skip
    by_task: dict[int, list[Label]] = {}
    for label in rows:
        by_task.setdefault(label.task_id or 0, []).append(label)
    counting = (_that_counts(labels) for labels in by_task.values())
    return [
        AnsweredTask(label.task, label)
        for label in counting
        if label is not None and label.task is not None and base_of(label.category) in INDEX
    ]


def _that_counts(labels: Sequence[Label]) -> Label | None:
    """The adjudication, or else the label that the coders agree on. None for an unsettled disagreement."""
    settled = [label for label in labels if label.how == Label.How.ADJUDICATED]
    if settled:
        return settled[-1]
    return labels[-1] if len({label.category for label in labels}) == 1 else None


def _codes(answered: Sequence[AnsweredTask]) -> tuple[Any, Any]:
    truth = np.array([INDEX[base_of(one.label.category)] for one in answered], dtype=int)
    return truth, np.array([INDEX[base_of(one.task.predicted)] for one in answered], dtype=int)


def _chances(answered: Sequence[AnsweredTask]) -> Any:
    return np.array([one.chance for one in answered], dtype=float)


def _row(kind: str, metric: str, start: datetime, label: str = "") -> dict[str, Any]:
    empty = dict.fromkeys(("point", "low", "high", "baseline", "label_lag_hours"))
    return empty | {"kind": kind, "metric": metric, "label": label, "window_from": start, "n": 0, "alarm": False}


def _pooled(start: datetime) -> dict[str, Any]:
    return {"window_from": start + WEEK - POOLED}


def _share(share: audited.Share, method: str) -> dict[str, Any]:
    """A share's figures, or only its count if there are too few labels."""
    if share.n < audited.NEEDED:
        return {"n": share.n, "method": f"{_too_few(share.n)} ({method})"}
    return {"n": share.n, "point": share.point, "low": share.low, "high": share.high, "method": method}


def _too_few(n: int) -> str:
    return f"not enough data: {n} of {audited.NEEDED} labels"


def _lag(answered: Iterable[AnsweredTask]) -> float | None:
    return _hours({one.task.subject: one.label.at for one in answered})


def _hours(labelled: dict[str, datetime]) -> float | None:
    """Median hours from the prediction to the label."""
    answers = Prediction.objects.filter(role=Prediction.Role.PRODUCTION, subject__in=list(labelled)).order_by("-id")
    first = dict(answers.values_list("subject", "created_at"))  # newest first, so the oldest entry wins
    lags = [(labelled[subject] - at).total_seconds() / 3600 for subject, at in first.items()]
    return round(median(lags), 2) if lags else None


@audit.atomic()
def _keep(figures: dict[str, Any], window_to: datetime) -> AccuracyWindow:
    key = {name: figures[name] for name in ("kind", "metric", "label")} | {"window_to": window_to}
    values = {name: figures[name] for name in FIGURES}
    known = AccuracyWindow.objects.filter(**key).first()
    before = {name: getattr(known, name) for name in FIGURES} if known else None
    if known and before == values:
        return known
    row, _ = AccuracyWindow.objects.update_or_create(**key, defaults=values)
    audit.record(
        actor="system:monitoring", action="accuracy.measured", object_type="accuracy_window", object_id=str(row.pk),
        before=before, after=values, detail={"kind": row.kind, "metric": row.metric, "class": row.label, "n": row.n},
    )  # fmt: skip
    return row
