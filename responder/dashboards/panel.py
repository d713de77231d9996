"""The Dash app of the panel "volume by category over time": its parts, and the one callback that fills them.

Chart.js draws: `static/js/charts.js` reads the numbers from a store and the colours from the page's tokens.
"""

from dataclasses import replace
from typing import Any

from dash import ClientsideFunction, Input, Output, dcc, html
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django_plotly_dash import DjangoDash

from responder.dashboards import volume, wording
from responder.dashboards.volume import Volume
from responder.models import Event
from responder.queries import events
from responder.queries.filters import Filter

NAME = "volume"
REFRESH_MS = 30_000
SEARCH_LIMIT = 4_000  # characters of the page's query string that are looked at

app = DjangoDash(NAME)


def _layout() -> html.Section:
    return html.Section(
        [
            dcc.Location(id="volume-address", refresh=False),
            dcc.Interval(id="volume-tick", interval=REFRESH_MS),
            dcc.Store(id="volume-numbers"),
            html.Div(html.H2("…", id="volume-headline"), **_aria(live="polite")),
            html.Div(html.Canvas(id="volume-canvas", role="img", tabIndex="0"), className="chart"),
            html.P(id="volume-readout", className="readout", role="status"),
            html.Ul(id="volume-legend", className="legend"),
            html.P(id="volume-note", className="note"),
            html.Details([html.Summary("As table"), _table_frame()]),
            html.P(html.A("Download CSV", id="volume-csv", className="button", download="")),
        ],
        className="panel",
        **_aria(labelledby="volume-headline"),
    )


def _table_frame() -> html.Div:
    """Scrolls, so that it takes the keyboard's focus."""
    label = _aria(label="Posts by time and group")
    return html.Div(id="volume-table", className="table", tabIndex="0", role="region", **label)


def _aria(**attributes: str) -> dict[str, Any]:
    return {f"aria-{name}": value for name, value in attributes.items()}


app.layout = _layout()
app.clientside_callback(
    ClientsideFunction("responder", "drawVolume"),
    Output("volume-canvas", "aria-label"),
    Input("volume-numbers", "data"),
)


@app.callback(
    [
        Output("volume-headline", "children"),
        Output("volume-note", "children"),
        Output("volume-legend", "children"),
        Output("volume-table", "children"),
        Output("volume-csv", "href"),
        Output("volume-numbers", "data"),
    ],
    [Input("volume-address", "search"), Input("volume-tick", "n_intervals")],
)
def refresh(search: Any, _ticks: Any) -> list[Any]:
    """Everything that the panel shows for the page's query string."""
    wanted, _notices = Filter.parse(QueryDict(str(search or "").lstrip("?")[:SEARCH_LIMIT]))
    event, _more = events.resolve(wanted)
    counted = volume.of(wanted, event)
    return [
        wording.headline(counted),
        wording.note(counted),
        _legend(counted),
        _table(counted),
        csv_url(wanted, event),
        numbers(counted) | {"range": wanted.time_range},
    ]


def csv_url(wanted: Filter, event: Event | None) -> str:
    """Where the same numbers are as CSV."""
    querystring = replace(wanted, event=event.ref if event else "").querystring()
    return reverse("analytics-volume-csv") + (f"?{querystring}" if querystring else "")


def numbers(counted: Volume) -> dict[str, Any]:
    """What the chart draws: one label per bar, one series per group in the order of stacking."""
    return {
        "labels": [wording.clock_time(bucket.start, counted) for bucket in counted.buckets],
        "partial": [bucket.partial for bucket in counted.buckets],
        "series": [
            {
                "id": group,
                "label": wording.label(group),
                "values": [bucket.counts.get(group, 0) for bucket in counted.buckets],
            }
            for group in counted.groups
        ],
        "summary": _("Stacked bars: posts by group over time. %(headline)s. %(total)d posts in all.")
        % {"headline": wording.headline(counted), "total": counted.total},
        "filling": _("still filling"),
        "total": _("in all"),
    }


def _legend(counted: Volume) -> list[html.Li]:
    return [
        html.Li(
            [
                html.Span(className=f"swatch {group}", **_aria(hidden="true")),
                html.Span(wording.label(group)),
                html.Strong(f"{counted.of_group(group):,}"),
            ]
        )
        for group in counted.groups
    ]


def _table(counted: Volume) -> html.Table:
    titles = [_("From"), *(wording.label(group) for group in counted.groups), _("All")]
    head = html.Thead(html.Tr([html.Th(title, scope="col") for title in titles]))
    rows = []
    for bucket in counted.buckets:
        time = wording.clock_time(bucket.start, counted) + (f" ({_('still filling')})" if bucket.partial else "")
        counts = [bucket.counts.get(group, 0) for group in counted.groups]
        rows.append(html.Tr([html.Th(time, scope="row"), *(html.Td(count) for count in [*counts, bucket.total])]))
    return html.Table([head, html.Tbody(rows)])
