"""False alarms: how often the model found something to act on and reviewers did not."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifier import categories
from monitoring.stats.audited import wilson
from responder.dashboards import volume, wording
from responder.dashboards.scope import Scope
from responder.dashboards.shown import TOO_FEW, Chart, Legend, PanelContent, Series
from responder.models import Post
from responder.queries.timeline import Epoch


@dataclass(frozen=True, slots=True)
class Alarms:
    """Posts that the model called actionable and people reviewed, and those of them that were none."""

    reviewed: int = 0
    false: int = 0

    @property
    def percent(self) -> float | None:
        return round(100 * self.false / self.reviewed, 1) if self.reviewed >= TOO_FEW else None


def read(scope: Scope) -> PanelContent:
    """A line of the rate; bars with too few reviews stay empty. One query."""
    counts = by_bucket(scope)
    bars = [counts.get(number, Alarms()) for number in scope.numbers]
    every = whole(counts)
    rows = [
        [time, bar.reviewed, bar.false, bar.percent] for time, bar in zip(wording.bar_times(scope), bars, strict=True)
    ]
    return PanelContent(
        headline=_headline(every),
        note=_("Share of reviewed posts in needs, people or damage (as classified by the model) that people "
               "marked not relevant or put in the group “Set aside”. People choose what they review, "
               "so this is not a random sample. Points with fewer than %(few)d reviews are left out.") % {"few": TOO_FEW},
        head=[_("Posts from"), _("Reviewed"), _("False alarms"), _("Rate, %")],
        rows=rows,
        chart=Chart(
            "line", wording.labels(scope), [Series("--alarm", _("False alarms"), [bar.percent for bar in bars])],
            unit="%", limit=100,
        ),
        legend=[Legend("--alarm", _("False alarms"), f"{every.false:,} / {every.reviewed:,}")],
        file_head=["start", "reviewed", "false_alarms", "percent"],
        file_rows=[[start.isoformat(), *row[1:]] for start, row in zip(scope.starts, rows, strict=True)],
    )  # fmt: skip


def by_bucket(scope: Scope) -> dict[int, Alarms]:
    """Return the number of the bar → the reviews in it. The group filter applies to the model's groups."""
    groups = set(categories.ACTIONABLE_GROUPS) & set(volume.groups_of(scope.filter))
    named = [one.id for one in categories.BY_ID.values() if one.group in groups]
    rows = (
        scope.posts(without={"cat"})
        .filter(model_category__in=named)
        .exclude(status=Post.Status.UNREVIEWED)
        .annotate(bucket=Epoch("created_at") / scope.seconds)
        .order_by()
        .values("bucket")
        .annotate(reviewed=Count("id"), false=Count("id", filter=Q(status=Post.Status.DISMISSED) | Q(group="aside")))
    )
    return {row["bucket"]: Alarms(row["reviewed"], row["false"]) for row in rows}


def whole(counts: Mapping[int, Alarms]) -> Alarms:
    return Alarms(sum(one.reviewed for one in counts.values()), sum(one.false for one in counts.values()))


def _headline(every: Alarms) -> str:
    if every.reviewed < TOO_FEW:
        said = ngettext(
            "False alarms: %(false)d of %(reviewed)d reviewed post, not enough data for a rate",
            "False alarms: %(false)d of %(reviewed)d reviewed posts, not enough data for a rate",
            every.reviewed,
        )
        return said % {"false": every.false, "reviewed": every.reviewed}
    low, high = wilson(every.false / every.reviewed, every.reviewed)
    said = _("%(percent)d %% of reviewed alarms were false (%(low)d–%(high)d %%, n %(n)d)")
    return said % {
        "percent": round(100 * every.false / every.reviewed),
        "low": round(100 * low),
        "high": round(100 * high),
        "n": every.reviewed,
    }
