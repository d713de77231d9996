"""The share of posts with a location, and its precision."""

from collections import Counter

from django.db.models import Case, CharField, Count, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from responder.dashboards import wording
from responder.dashboards.scope import Scope
from responder.dashboards.shown import TOO_FEW, Chart, Legend, PanelContent, Series
from responder.queries.timeline import Epoch

NEAR_KM = 10
KINDS = ("near", "area", "none")
TOKENS = {"near": "--accent", "area": "--grp-information", "none": "--grp-aside"}


def read(scope: Scope) -> PanelContent:
    """Stacked bars; one query."""
    words = {"near": _("Within 10 km"), "area": _("Wider area"), "none": _("No location")}
    counts = _counts(scope)
    columns = {kind: [counts[number, kind] for number in scope.numbers] for kind in KINDS}
    sums = {kind: sum(column) for kind, column in columns.items()}
    rows = [[*row] for row in zip(wording.bar_times(scope), *columns.values(), strict=True)]
    return PanelContent(
        headline=_headline(sums),
        note=_("All posts that match the filter. Locations come from place names in the text; “within 10 km” "
               "means that the location's radius is at most 10 km. Posts without a location appear in every "
               "list but not on the map."),
        head=[_("From"), *words.values()],
        rows=rows,
        chart=Chart("stack", wording.labels(scope), [Series(TOKENS[k], words[k], columns[k]) for k in KINDS]),
        legend=[Legend(TOKENS[kind], words[kind], f"{sums[kind]:,}") for kind in KINDS],
        file_head=["start", "within_10_km", "wider_area", "no_place"],
        file_rows=[[start.isoformat(), *row[1:]] for start, row in zip(scope.starts, rows, strict=True)],
    )  # fmt: skip


def _counts(scope: Scope) -> Counter[tuple[int, str]]:
    kind = Case(
        When(grid_x=None, then=Value("none")),
        When(radius_km__lte=NEAR_KM, then=Value("near")),
        default=Value("area"),
        output_field=CharField(),
    )
    rows = (
        scope.posts()
        .annotate(bucket=Epoch("created_at") / scope.seconds, kind=kind)
        .order_by()
        .values("bucket", "kind")
        .annotate(count=Count("id"))
    )
    return Counter({(row["bucket"], row["kind"]): row["count"] for row in rows})


def _headline(sums: dict[str, int]) -> str:
    total = sum(sums.values())
    placed = total - sums["none"]
    if not total:
        return _("No posts in this range — widen the range")
    if total < TOO_FEW:
        said = ngettext(
            "%(placed)d of %(total)d post has a location", "%(placed)d of %(total)d posts have a location", total
        )
        return said % {"placed": placed, "total": total}
    said = _("%(percent)d %% of the posts have a location, %(none)d have none")
    return said % {"percent": round(100 * placed / total), "none": sums["none"]}
