"""Posts over time by group."""

from django.utils.translation import gettext as _

from responder.dashboards import volume, wording
from responder.dashboards.scope import Scope
from responder.dashboards.shown import Chart, Legend, PanelContent, Series
from responder.dashboards.volume import Volume


def read(scope: Scope) -> PanelContent:
    """Stacked bars; one query."""
    counted = volume.from_scope(scope)
    times = wording.bar_times(scope)
    values = {group: [bucket.counts.get(group, 0) for bucket in counted.buckets] for group in counted.groups}
    labels = {group: wording.label(group) for group in counted.groups}
    return PanelContent(
        headline=wording.headline(counted),
        note=wording.note(counted),
        head=[_("From"), *labels.values(), _("All")],
        rows=[[time, *row, bucket.total] for time, row, bucket in _rows(times, values, counted)],
        chart=Chart(
            "stack",
            wording.labels(scope),
            [Series(f"--grp-{group}", labels[group], values[group]) for group in counted.groups],
        ),
        legend=[Legend(f"--grp-{g}", labels[g], f"{counted.of_group(g):,}") for g in counted.groups],
        file_head=["start", "minutes", "complete", *counted.groups, "total"],
        file_rows=[
            [bucket.start.isoformat(), scope.seconds // 60, "no" if bucket.partial else "yes", *row, bucket.total]
            for _time, row, bucket in _rows(times, values, counted)
        ],
    )


def _rows(
    times: list[str], values: dict[str, list[int]], counted: Volume
) -> list[tuple[str, list[int], volume.Bucket]]:
    columns = list(values.values())
    return [
        (time, [column[place] for column in columns], bucket)
        for place, (time, bucket) in enumerate(zip(times, counted.buckets, strict=True))
    ]
