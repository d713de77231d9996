"""Drift and accuracy reports on this site's posts, and the actions that they trigger."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from classifier import clock
from classifier.categories import CATEGORY_IDS
from monitoring.models import AccuracyWindow, DriftReport
from responder.classification import labelling_feedback
from responder.models import Post

if TYPE_CHECKING:
    from monitoring.drift import Posts

WINDOWS = {DriftReport.Kind.LIGHT: timedelta(days=1), DriftReport.Kind.FULL: timedelta(days=7)}
REFERENCE = timedelta(days=28)
MOST = 5_000  # newest posts on each side
LABELLING, NEW_EVENT = "labelling", DriftReport.Verdict.NEW_EVENT


def report_drift(*, kind: str, now: datetime | None = None) -> DriftReport:
    """Compare the newest posts with those before; a new event opens a burst of labelling."""
    from monitoring import drift  # its statistics need numpy, the page of reports does not

    end = (now or clock.now()).replace(minute=0, second=0, microsecond=0)
    start = end - WINDOWS[DriftReport.Kind(kind)]
    window, reference = posts_between(start, end), posts_between(start - REFERENCE, start)
    report = drift.report(kind=kind, window=window, reference=reference, now=now or clock.now())
    if LABELLING in report.action and not report.action.startswith("opened"):
        drift.note_action(report=report, action=_open_burst())
    return report


def report_accuracy(*, now: datetime | None = None) -> list[AccuracyWindow]:
    """Report the accuracy of the last full week and of the current one."""
    from monitoring import accuracy

    moment = now or clock.now()
    weeks = [(moment - timedelta(days=7)).strftime("%G-W%V"), moment.strftime("%G-W%V")]
    return [row for week in weeks for row in accuracy.report(now=moment, week=week)]


def posts_between(start: datetime, end: datetime) -> "Posts":
    """The newest classified posts of a period, as the model answered them."""
    return as_answered(Post.objects.filter(classified_at__gte=start, classified_at__lt=end), start, end)


def as_answered(posts: QuerySet[Post], start: datetime, end: datetime) -> "Posts":
    """The newest classified ones of `posts`, as the model answered them; `start` and `end` are their period."""
    from monitoring.drift import Posts

    rows = list(
        posts.filter(state=Post.State.CLASSIFIED)
        .filter(model_category__in=CATEGORY_IDS, probability__gte=0, probability__lte=1)  # NaN is neither
        .order_by("-id")
        .values_list("text", "model_category", "probability", "lang", "event__ref")[:MOST]
    )
    texts, categories, confidences, langs, events = _columns(rows)
    return Posts(texts, categories, confidences, langs, [ref or "" for ref in events], start, end)


def _columns(rows: Sequence[tuple]) -> list[list]:  # type: ignore[type-arg]
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], [], [], []]


def _open_burst() -> str:
    asked = sum(labelling_feedback.fill_queue().values())
    return (
        f"opened a labelling burst: {asked} texts to label"
        if asked
        else "opened a labelling burst: the week's texts are waiting already"
    )


def as_json(report: DriftReport) -> dict[str, Any]:
    """The report as JSON."""
    fields = (
        "kind",
        "n_window",
        "n_reference",
        "model",
        "model_sha256",
        "seed",
        "verdict",
        "summary",
        "action",
        "signals",
        "facts",
    )
    moments = ("at", "window_from", "window_to", "reference_from")
    return {name: getattr(report, name) for name in fields} | {
        name: getattr(report, name).isoformat() for name in moments
    }
