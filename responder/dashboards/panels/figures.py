"""The five key figures: value, change within the range, target, and course over time."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from responder.dashboards import reviewtimes, wording
from responder.dashboards.panels import alarms
from responder.dashboards.panels.alarms import Alarms
from responder.dashboards.reviewtimes import TARGET_MINUTES, percentile
from responder.dashboards.scope import Scope
from responder.dashboards.shown import TOO_FEW, PanelContent, Tile, share
from responder.models import Post
from responder.models.post import UNANSWERED
from responder.queries.timeline import Epoch

Numbers = list[int]
T = TypeVar("T")
COUNTS = {
    "all": Count("id"),
    "unanswered": Count("id", filter=UNANSWERED),
    "needs": Count("id", filter=Q(group="needs")),
    "needs_waiting": Count("id", filter=Q(group="needs", status=Post.Status.UNREVIEWED)),
    "placed": Count("id", filter=Q(grid_x__isnull=False)),
}


def read(scope: Scope) -> PanelContent:
    """Three queries."""
    rows = {row["bucket"]: row for row in _rows(scope)}
    counts = {name: [rows.get(number, {}).get(name, 0) for number in scope.numbers] for name in COUNTS}
    tiles = [_unanswered(counts), _needs(scope, counts), _wait(scope), _placed(scope, counts), _false(scope)]
    urgent = sum(counts["unanswered"])
    return PanelContent(
        headline=ngettext("%(count)s post is unanswered", "%(count)s posts are unanswered", urgent)
        % {"count": f"{urgent:,}"},
        note=_("Unanswered posts are critical, or of an incident that is confirmed or assigned, and nobody is going. "
               "Changes compare the second half of the complete bars with the first half; below %(few)d they "
               "are shown as counts. A target is shown only where one was set.") % {"few": TOO_FEW},
        head=[_("Figure"), _("Value"), _("Change"), _("Target")],
        rows=[[tile.label, tile.value, tile.change, tile.target] for tile in tiles],
        tiles=tiles,
        file_head=["figure", "value", "change", "target"],
    )  # fmt: skip


def _rows(scope: Scope) -> Any:
    return (
        scope.posts()
        .annotate(bucket=Epoch("created_at") / scope.seconds)
        .order_by()
        .values("bucket")
        .annotate(**COUNTS)
    )


def _unanswered(counts: dict[str, Numbers]) -> Tile:
    total = sum(counts["unanswered"])
    return Tile(
        "unanswered", _("Unanswered"), f"{total:,}", _("trend by time of posting"),
        _("target 0"), total == 0, counts["unanswered"],
    )  # fmt: skip


def _needs(scope: Scope, counts: dict[str, Numbers]) -> Tile:
    waiting = sum(counts["needs_waiting"])
    return Tile(
        "needs", _("Urgent needs"), f"{sum(counts['needs']):,}", _change(scope, counts["needs"]),
        _("%(waiting)d unreviewed, target 0") % {"waiting": waiting}, waiting == 0, counts["needs"],
    )  # fmt: skip


def _wait(scope: Scope) -> Tile:
    waits = reviewtimes.by_bucket(scope)
    every = reviewtimes.total(waits.values())
    enough = sum(every.values()) >= TOO_FEW
    half = percentile(every, 0.5) if enough else None
    later, earlier = (
        reviewtimes.total(waits.get(number, Counter()) for number in part)
        for part in halves(scope, list(scope.numbers))
    )
    change = _("not enough earlier data to compare")
    if sum(later.values()) >= TOO_FEW and sum(earlier.values()) >= TOO_FEW:
        change = _("%(before)s in the first half") % {"before": wording.minutes(percentile(earlier, 0.5))}
    return Tile(
        "wait", _("Median time to first review"), wording.minutes(half) if enough else _("not enough data"), change,
        _("target %(minutes)d min") % {"minutes": TARGET_MINUTES}, None if half is None else half <= TARGET_MINUTES,
        [percentile(waits.get(number, Counter()), 0.5) for number in scope.numbers],
    )  # fmt: skip


def _placed(scope: Scope, counts: dict[str, Numbers]) -> Tile:
    later, earlier = (
        (sum(placed), sum(every))
        for placed, every in zip(halves(scope, counts["placed"]), halves(scope, counts["all"]), strict=True)
    )
    spark = [
        round(100 * placed / every) if every >= TOO_FEW else None
        for placed, every in zip(counts["placed"], counts["all"], strict=True)
    ]
    every = (sum(counts["placed"]), sum(counts["all"]))
    return _shares("placed", _("Posts with a location"), parts=(every, later, earlier), spark=spark)


def _false(scope: Scope) -> Tile:
    found = alarms.by_bucket(scope)
    bars = [found.get(number, Alarms()) for number in scope.numbers]
    parts = [
        (sum(bar.false for bar in part), sum(bar.reviewed for bar in part)) for part in (bars, *halves(scope, bars))
    ]
    return _shares("false", _("False alarms"), parts=parts, spark=[bar.percent for bar in bars])


def _shares(key: str, label: str, *, parts: Sequence[tuple[int, int]], spark: Sequence[float | None]) -> Tile:
    """A share: `parts` are (part, whole) of all, of the later half, of the half before."""
    every, later, earlier = parts
    change = _("not enough earlier data to compare")
    if later[1] >= TOO_FEW and earlier[1] >= TOO_FEW:
        change = _("%(before)s in the first half") % {"before": share(*earlier)}
    value = share(*every) if every[1] else _("none yet")
    return Tile(key, label, value, f"n {every[1]:,} · {change}", _("no target set"), None, spark)


def halves(scope: Scope, values: list[T]) -> tuple[list[T], list[T]]:
    """(later, earlier) half of the complete bars."""
    complete = [value for value, partial in zip(values, scope.partial, strict=True) if not partial]
    half = len(complete) // 2
    return complete[len(complete) - half :], complete[len(complete) - 2 * half : len(complete) - half]


def _change(scope: Scope, values: Numbers) -> str:
    later, earlier = (sum(part) for part in halves(scope, values))
    if earlier < TOO_FEW:
        return _("%(later)d in the second half, %(earlier)d in the first") % {"later": later, "earlier": earlier}
    percent = round(100 * (later - earlier) / earlier)
    return _("%(percent)+d %% in the second half") % {"percent": percent} if percent else _("no change")
