"""The conditions that raise alerts. Each is read from rows, so that it ends when the rows change."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from classifier import clock
from classifier.models import Deployment, TrainingRun
from monitoring import accuracy, watchdog
from monitoring.models import AccuracyWindow, Alert, AuditEvent, DriftReport

FAILED_WITHIN = timedelta(days=8)
HALTED_WITHIN = timedelta(hours=24)
REVIEW_WITHIN = timedelta(hours=24)
REPORT_WITHIN = timedelta(days=8)
KEYS = ("training-overdue", "training-failed:", "canary-halted:", "rollback-review:", "drift:", "accuracy:")
CRITICAL, WARNING = Alert.Level.CRITICAL, Alert.Level.WARNING


@dataclass(frozen=True, slots=True)
class Condition:
    """One current problem, as its alert shows it; `key` begins with one of `KEYS`."""

    key: str
    level: str
    title: str
    text: str
    path: str


def now() -> list[Condition]:
    """All conditions that hold at this moment."""
    return [*_training(), *_releases(), *_drift(), *_accuracy()]


def _training() -> Iterator[Condition]:
    since = watchdog.overdue_since()
    if since:
        said = f"A run should have completed by {since:%d %B %Y, %H:%M} UTC. Is the scheduler running?"
        yield Condition(
            "training-overdue", CRITICAL, "No training run has completed in the last eight days", said, "/runs/"
        )
    over = TrainingRun.objects.filter(finished_at__gte=clock.now() - FAILED_WITHIN)
    newest = over.exclude(state=TrainingRun.State.STOPPED).order_by("-finished_at").first()
    if newest and newest.state == TrainingRun.State.FAILED:
        key, path = f"training-failed:{newest.pk}", f"/runs/{newest.pk}/"
        yield Condition(key, CRITICAL, f"The training run {newest.run_key} failed", newest.error[:500], path)


def _releases() -> Iterator[Condition]:
    halted = AuditEvent.objects.filter(
        action="model.quarantined", actor="system:canary", at__gte=clock.now() - HALTED_WITHIN
    )
    for event in halted:
        name = f"{event.detail.get('name', '')} {event.detail.get('version', '')}"
        said = f"{event.detail.get('reason', '')}. Its posts went back to the version in production."
        yield Condition(f"canary-halted:{event.object_id}", CRITICAL, f"The canary {name} was stopped", said, "/model/")
    rollbacks = Deployment.objects.filter(
        kind=Deployment.Kind.ROLLBACK, reviewed_at=None, started_at__lte=clock.now() - REVIEW_WITHIN
    ).select_related("version")
    for row in rollbacks:
        said = f"{row.by} rolled back to {row.version}. A second person must review it."
        yield Condition(f"rollback-review:{row.pk}", WARNING, "A rollback is waiting for review", said, "/model/")


def _drift() -> Iterator[Condition]:
    titles = {
        DriftReport.Verdict.NEW_EVENT: (WARNING, "Posts are from a new event that needs labels"),
        DriftReport.Verdict.DECAY: (CRITICAL, "The model has become worse"),
    }
    for kind in DriftReport.Kind.values:
        recent = DriftReport.objects.filter(kind=kind, at__gte=clock.now() - REPORT_WITHIN)
        report = recent.order_by("-window_to").first()
        if report and report.verdict in titles:
            level, title = titles[DriftReport.Verdict(report.verdict)]
            path = f"/monitoring/drift/{report.pk}/"
            yield Condition(f"drift:{kind}:{report.verdict}", level, title, report.summary, path)


def _accuracy() -> Iterator[Condition]:
    for row in accuracy.alarms():
        what = f"{row.metric.capitalize()} of {row.label.replace('_', ' ')}" if row.label else row.metric.capitalize()
        said = f"{what}, audited: at most {row.high or 0:.3f} with n = {row.n}, in the week to {row.window_to:%d %B}."
        yield Condition(
            f"accuracy:{row.metric}:{row.label}", CRITICAL, f"{what} fell below its limit", said, "/monitoring/"
        )
    estimated = AccuracyWindow.objects.filter(
        kind=AccuracyWindow.Kind.ESTIMATED, metric=accuracy.ACCURACY, window_to__gt=clock.now() - accuracy.RECENT
    ).first()
    if estimated and estimated.alarm:
        said = f"Estimated without labels: {estimated.point or 0:.3f}. The next audit will confirm or correct it."
        yield Condition("accuracy:estimated", WARNING, "Accuracy is estimated to be low", said, "/monitoring/")
