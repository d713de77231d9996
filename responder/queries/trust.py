"""Whether the labels can be trusted today, with the reason and the figures behind it, for the model page.

Hides which rows say what: approval, loaded bytes, drift and accuracy reports, open alerts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from classifier import categories, clock, languages, serving
from classifier.models import Deployment, LoadedModel
from monitoring.models import AccuracyWindow, Alert, DriftReport
from monitoring.stats.audited import wilson
from responder.queries import items

FEWEST = 50  # fewest texts of a class or slice for a share
SEEN_WITHIN = timedelta(minutes=5)
WEEKS = timedelta(days=8)
WATCHED = ("drift:", "accuracy:")


@dataclass(frozen=True, slots=True)
class TrustStatus:
    """A statement on how far the labels can be trusted.

    Arguments:
        state: `healthy`, `watch`, `degraded` or `blocked`.
        because: one sentence. did: what the product did about it by itself.
    """

    state: str
    because: str
    did: str
    since: datetime | None = None

    @property
    def word(self) -> str:
        words = {"healthy": _("Healthy"), "watch": _("Watch"), "degraded": _("Degraded"), "blocked": _("Blocked")}
        return words[self.state]


def verdict(live: Deployment | None, drift: DriftReport | None) -> TrustStatus:
    """The worst status that applies now, given the newest drift report; at most three queries."""
    if live is None:
        return TrustStatus(
            "blocked",
            _("No version is in production."),
            _("Posts stay unclassified until a version is released. No post is lost."),
        )
    return next(_findings(live, drift))


def _findings(live: Deployment, drift: DriftReport | None) -> Iterator[TrustStatus]:
    """Statuses from worst to best; the last one always applies."""
    yield from _wrong_bytes()
    yield from _accuracy_alarm()
    if drift and drift.verdict == DriftReport.Verdict.DECAY:
        yield TrustStatus("degraded", drift.summary, drift.action, drift.at)
    alert = Alert.objects.filter(resolved_at=None).order_by("first_at").first()
    if alert:
        effect = _("The alert's recipients are notified. Nothing else was changed.")
        yield TrustStatus("watch", f"{alert.title}. {alert.text}".strip(), effect, alert.first_at)
    if drift and drift.verdict == DriftReport.Verdict.NEW_EVENT:
        yield TrustStatus("watch", drift.summary, drift.action, drift.at)
    if drift is None or drift.verdict == DriftReport.Verdict.TOO_FEW:
        said = _("There are not enough posts yet to tell whether they are similar to the model's training data.")
        yield TrustStatus(
            "watch",
            said,
            _("No action needed. The next check runs automatically at 02:15 UTC."),
            drift.at if drift else None,
        )
    said = _(
        "Incoming posts are similar to those that the model was evaluated on, and no measured figure is "
        "below its limit."
    )
    yield TrustStatus("healthy", said, _("No action needed."), live.started_at)


def _wrong_bytes() -> Iterator[TrustStatus]:
    loaded = LoadedModel.objects.select_related("version").filter(seen_at__gte=clock.now() - SEEN_WITHIN)
    for row in loaded:
        if row.sha256 != row.version.sha256:
            said = _("%(process)s loaded model files that do not match the approved version.") % {
                "process": row.process
            }
            yield TrustStatus(
                "blocked", said, _("No automatic action. Stop that process and check its files."), row.loaded_at
            )


def _accuracy_alarm() -> Iterator[TrustStatus]:
    row = AccuracyWindow.objects.filter(alarm=True, window_to__gte=clock.now() - WEEKS).order_by("-window_to").first()
    if row and row.point is not None:
        said = _("%(what)s is %(point).2f (%(low).2f–%(high).2f) on %(n)d labelled posts, below its limit.") % {
            "what": f"{row.metric} {row.label}".strip(), "point": row.point, "low": row.low, "high": row.high, "n": row.n,
        }  # fmt: skip
        yield TrustStatus("degraded", said, _("An alert was raised. An approver can roll back."), row.window_to)


def tiles(metrics: dict[str, Any], live: Deployment | None, drift: DriftReport | None) -> list[dict[str, Any]]:
    """The key figures of the live version with their counts; `value` is None below the minimum count."""
    figures = metrics.get("category", {})
    per_post = 1e3 * live.seconds / live.posts if live and live.posts >= FEWEST else None
    return [
        _tile(_("Macro-F1 before release"), figures.get("macro_f1"), figures, interval=figures.get("macro_f1_interval")),
        _tile(_("Calibration error"), figures.get("ece"), figures),
        _tile(_("Abstained"), figures.get("abstained"), figures, percent=True),
        {"label": _("Data drift"), "words": drift.get_verdict_display() if drift else _("no report yet"),
         "n": drift.n_window if drift else 0},
        {"label": _("Mean time per post (ms)"), "value": per_post, "n": live.posts if live else 0},
        *_audited(),
    ]  # fmt: skip


def _tile(label: str, value: float | None, figures: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"label": label, "value": value, "n": figures.get("n", 0)} | more


def _audited() -> Iterator[dict[str, Any]]:
    """Figures from the random audit, if there are enough audited posts."""
    row = AccuracyWindow.objects.filter(kind=AccuracyWindow.Kind.AUDITED, metric="accuracy", label="").first()
    point, n = (row.point, row.n) if row else (None, 0)
    interval = [row.low, row.high] if row and row.low is not None else None
    yield {"label": _("Accuracy on this site, audited"), "value": point, "n": n, "interval": interval}


def classes(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    """Precision and recall of each class with Wilson's intervals, and how recall moved on this site since approval."""
    figures = metrics.get("category", {})
    table, said = figures.get("per_class", {}), _columns(figures.get("confusion", []))
    since = _recall_since()
    return [
        {
            "label": _name(name),
            "n": row["n"],
            "few": row["n"] < FEWEST,
            "precision": row["precision"],
            "precision_interval": _interval(row["precision"], said[place] if place < len(said) else 0),
            "recall": row["recall"],
            "recall_interval": _interval(row["recall"], row["n"]),
            "since": since.get(name),
        }
        for place, (name, row) in enumerate(table.items())
    ]


def _name(class_id: str) -> str:
    """The name of a category, or that of a class of the model's own."""
    return categories.label(class_id) if class_id in categories.BY_ID else class_id


def _interval(share: float, n: int) -> tuple[float, float]:
    return wilson(share, n) if n else (0.0, 1.0)


def _recall_since() -> dict[str, dict[str, Any]]:
    """Class → its newest audited recall minus what it promised at approval."""
    rows = AccuracyWindow.objects.filter(metric="recall", kind=AccuracyWindow.Kind.AUDITED).exclude(label="")
    found: dict[str, dict[str, Any]] = {}
    for row in rows.order_by("-window_to")[:60]:
        if row.label not in found and row.point is not None and row.baseline is not None:
            found[row.label] = {"change": row.point - row.baseline, "n": row.n}
    return found


def _columns(confusion: Sequence[Sequence[int]]) -> list[int]:
    return [sum(column) for column in zip(*confusion, strict=True)]


def confusion(metrics: dict[str, Any]) -> dict[str, Any]:
    """The confusion matrix; each row is shaded by share in five steps."""
    table = metrics.get("category", {}).get("confusion", [])
    names = [_name(name) for name in metrics.get("category", {}).get("per_class", {})]
    rows = [
        {"label": name, "cells": [{"n": n, "step": -(-5 * n // max(1, sum(row))), "right": i == j} for j, n in enumerate(row)]}
        for i, (name, row) in enumerate(zip(names, table, strict=False))
    ]  # fmt: skip
    return {"names": names, "rows": rows}


def reliability(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    """Bins of the reliability diagram, 0 to 100 from the lower left; bins with too few texts are hollow."""
    return [
        {
            "x": round(100 * bin_["stated"], 1),
            "y": round(100 - 100 * bin_["observed"], 1),
            "low": round(100 - 100 * wilson(bin_["observed"], bin_["n"])[0], 1),
            "high": round(100 - 100 * wilson(bin_["observed"], bin_["n"])[1], 1),
            "few": bin_["n"] < FEWEST,
            **bin_,
        }
        for bin_ in metrics.get("category", {}).get("reliability", [])
    ]


def by_language(metrics: dict[str, Any], live: Deployment | None) -> list[dict[str, Any]]:
    """Return figures by language on real posts and on situations, and whether the language counts as measured.

    Languages with too few texts have no figures."""
    measured = serving.languages_of(live.version) if live else serving.measured_languages()
    return [
        {
            "name": items.language_name(row.code),
            "n": row.n,
            "few": row.n < FEWEST or row.accuracy is None,
            "accuracy": row.accuracy,
            "interval": _interval(row.accuracy or 0, row.n),
            "macro_f1": row.macro_f1,
            "told": row.told,
            "told_urgent": row.told_urgent,
            "counts": row.counts,
        }
        for row in languages.quality(metrics, measured)
    ]


def slices(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    """Accuracy by language, source and hazard, if the version was compared on them; small slices have no figure."""
    return [
        {"part": part, "name": name, "few": row["n"] < FEWEST, **row}
        for part, table in metrics.get("slices", {}).items()
        for name, row in table.items()
    ]
