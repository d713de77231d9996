"""How long posts wait for a first decision, against ten minutes."""

from collections import Counter

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from responder.dashboards import reviewtimes, wording
from responder.dashboards.reviewtimes import TARGET_MINUTES, percentile
from responder.dashboards.scope import Scope
from responder.dashboards.shown import TOO_FEW, Chart, Legend, PanelContent, Series
from responder.models import Post


def read(scope: Scope) -> PanelContent:
    """Half and nineteen of twenty, over time; two queries."""
    waits = reviewtimes.by_bucket(scope)
    every = reviewtimes.total(waits.values())
    waiting = scope.posts().aggregate(count=Count("id", filter=Q(status=Post.Status.UNREVIEWED)))["count"]
    rows = [
        [time, sum(own.values()), percentile(own, 0.5), percentile(own, 0.95)]
        for time, own in zip(wording.bar_times(scope), (waits.get(n, Counter()) for n in scope.numbers), strict=True)
    ]
    return PanelContent(
        headline=_headline(every),
        note=_note(every, waiting),
        head=[_("Posts from"), _("Reviewed"), _("Median (min)"), _("95th percentile (min)")],
        rows=rows,
        chart=Chart(
            "line",
            wording.labels(scope),
            [
                Series("--accent", _("Median"), [row[2] for row in rows]),  # type: ignore[misc]
                Series("--warn", _("95th percentile"), [row[3] for row in rows], dashed=True),  # type: ignore[misc]
            ],
            target=(TARGET_MINUTES, _("target %(minutes)d min") % {"minutes": TARGET_MINUTES}),
            unit=_("min"),
        ),
        legend=[
            Legend("--accent", _("Median"), wording.minutes(percentile(every, 0.5))),
            Legend("--warn", _("95th percentile"), wording.minutes(percentile(every, 0.95))),
        ],
        file_head=["start", "decided", "p50_minutes", "p95_minutes"],
        file_rows=[[start.isoformat(), *row[1:]] for start, row in zip(scope.starts, rows, strict=True)],
    )


def _headline(waits: Counter[int]) -> str:
    decided = sum(waits.values())
    if decided < TOO_FEW:
        said = ngettext(
            "%(count)d post reviewed: not enough data on waiting times",
            "%(count)d posts reviewed: not enough data on waiting times",
            decided,
        )
        return said % {"count": decided}
    half = percentile(waits, 0.5)
    said = (
        _("Half of the posts were reviewed within %(half)s, within the target")
        if (half or 0) <= TARGET_MINUTES
        else _("The median time to first review is %(half)s, above the target of %(target)s")
    )
    return said % {"half": wording.minutes(half), "target": wording.minutes(TARGET_MINUTES)}


def _note(waits: Counter[int], waiting: int) -> str:
    within = sum(count for minutes, count in waits.items() if minutes <= TARGET_MINUTES)
    decided = sum(waits.values())
    reviewed = ngettext(
        "%(decided)d reviewed post, %(within)d of it within %(target)d minutes of arrival.",
        "%(decided)d reviewed posts, %(within)d of them within %(target)d minutes of arrival.",
        decided,
    ) % {"decided": decided, "within": within, "target": TARGET_MINUTES}
    unreviewed = ngettext(
        "%(waiting)d post is still unreviewed and not included.",
        "%(waiting)d posts are still unreviewed and not included.",
        waiting,
    ) % {"waiting": waiting}
    return " ".join((reviewed, unreviewed, _("Waits of more than a day count as one day.")))
