"""The Dash app of the analytics page: for each panel its parts, and the one callback that fills them.

Chart.js draws: `static/js/charts.js` reads the numbers from a store and the colours from the page's tokens. Each panel
has its own callback, so a slow or broken one doesn't delay the others.
"""

from collections.abc import Callable
from typing import Any

from dash import ClientsideFunction, Input, Output, dcc, html
from django.http import QueryDict
from django_plotly_dash import DjangoDash

from responder import roles
from responder.dashboards import NAME, annotations, parts, scope
from responder.dashboards.panels import PANELS, TABLES
from responder.queries import events
from responder.queries.filters import Filter

REFRESH_MS = 30_000
SEARCH_LIMIT = 4_000  # characters of the page's query string that are read
TILES = ("unanswered", "needs", "wait", "placed", "false")

app = DjangoDash(NAME)


def layout() -> html.Div:
    """The panels before their numbers are loaded, made for each request, in the reader's language."""
    panels = [parts.panel(name, tiles=TILES if name == "figures" else (), drawn=name not in TABLES) for name in PANELS]
    return html.Div(
        [dcc.Location(id="address", refresh=False), dcc.Interval(id="tick", interval=REFRESH_MS), *panels],
        className="panels",
    )


app.layout = layout


def outputs(name: str) -> list[Output]:
    """What a panel's callback fills, in order."""
    places = [("headline", "children"), ("note", "children"), ("legend", "children"), ("table", "children"),
              ("csv", "href"), ("xlsx", "href"), ("link", "href"), ("numbers", "data")]  # fmt: skip
    tiles = [(f"tile-{key}", "children") for key in TILES] if name == "figures" else []
    return [Output(f"{name}-{part}", prop) for part, prop in [*places, *tiles]]


def filled(name: str) -> Callable[..., list[Any]]:
    """The callback of one panel."""

    def refresh(search: Any, _ticks: Any, *, user: roles.Person) -> list[Any]:
        """All outputs of the panel for the page's query string; django-plotly-dash adds the request's user."""
        query = QueryDict(str(search or "").lstrip("?")[:SEARCH_LIMIT])
        post_filter, _notices = Filter.parse(query, roles.events_of(user, roles.VIEW))
        event, _more = events.resolve(post_filter)
        found = scope.from_filter(post_filter, event)
        shown = PANELS[name](found)
        marks = annotations.marks_in(found) if shown.chart and shown.chart.time else []
        return [
            shown.headline,
            parts.note(shown, marks, found),
            parts.legend(shown, found),
            "" if name in TABLES else parts.table(shown),
            parts.file_url(name, found, "csv"),
            parts.file_url(name, found, "xlsx"),
            parts.link(name, found),
            parts.numbers(name, shown, annotations.drawn(marks, found), found),
            *(parts.tile(one) for one in shown.tiles),
        ]

    return refresh


for panel in PANELS:
    app.callback(outputs(panel), [Input("address", "search"), Input("tick", "n_intervals")])(filled(panel))
    if panel not in TABLES and panel != "figures":
        app.clientside_callback(
            ClientsideFunction("responder", "draw"),
            Output(f"{panel}-canvas", "aria-label"),
            Input(f"{panel}-numbers", "data"),
        )
for key in TILES:
    app.clientside_callback(
        ClientsideFunction("responder", "drawSpark"),
        Output(f"figures-spark-{key}", "aria-label"),
        Input("figures-numbers", "data"),
    )

__all__ = ["NAME", "TILES", "app", "outputs"]
