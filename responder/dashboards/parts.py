"""The parts of a panel as Dash components, and what its chart is sent."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from dash import dcc, html
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from responder.dashboards import wording
from responder.dashboards.annotations import Annotation
from responder.dashboards.scope import Scope
from responder.dashboards.shown import Cell, PanelContent, Tile
from responder.queries.filters import Filter

STEPS = (1, 3, 10, 30, 100)  # of the shading of heat tables: fixed, so that playback does not recolour


def panel(name: str, *, tiles: Sequence[str], drawn: bool) -> html.Section:
    """A panel before its numbers are loaded."""
    body: list[Any] = [html.Div(html.H2("…", id=f"{name}-headline"), **_aria(live="polite"))]
    if tiles:
        body.append(html.Div([_tile(key) for key in tiles], className="tiles"))
    elif drawn:
        body.append(html.Div(html.Canvas(id=f"{name}-canvas", role="img", tabIndex="0"), className="chart"))
        body.append(html.P(id=f"{name}-readout", className="readout", role="status"))
    body.append(html.Div(id=f"{name}-legend"))
    body.append(html.P(id=f"{name}-note", className="note"))
    body.append(_table_frame(name, shown=not drawn))
    body.append(_actions(name))
    return html.Section(
        [dcc.Store(id=f"{name}-numbers"), *body],
        id=f"panel-{name}",
        tabIndex="-1",
        className=f"panel panel-{name}",
        **_aria(labelledby=f"{name}-headline"),
    )


def _tile(key: str) -> html.Div:
    spark = html.Canvas(id=f"figures-spark-{key}", role="img", className="spark")
    return html.Div(
        [html.Div("…", id=f"figures-tile-{key}"), html.Div(spark, className="spark-frame")], className="tile"
    )


def _table_frame(name: str, *, shown: bool) -> Any:
    """Scrolls, so that it takes the keyboard's focus."""
    frame = html.Div(id=f"{name}-table", className="table", tabIndex="0", role="region", **_aria(label=_("Table")))
    return html.Div(frame, hidden=True) if shown else html.Details([html.Summary(_("Show as table")), frame])


def _actions(name: str) -> html.P:
    return html.P(
        [
            html.A(_("Export CSV"), id=f"{name}-csv", className="button", download=""),
            html.A(_("Export Excel"), id=f"{name}-xlsx", className="button", download=""),
            html.A(_("Link to this panel"), id=f"{name}-link", className="button"),
        ],
        className="panel-actions",
    )


def tile(shown: Tile) -> list[Any]:
    """The content of a key figure's tile."""
    state = {True: "met", False: "missed", None: "open"}[shown.met]
    words = {True: pgettext("target", "met"), False: _("not met"), None: ""}[shown.met]
    return [
        html.Span(shown.label, className="tile-label"),
        html.Strong(shown.value, className="tile-value"),
        html.Span(shown.change, className="tile-change"),
        html.Span(shown.target + (f" · {words}" if words else ""), className=f"tile-target {state}"),
    ]


def legend(shown: PanelContent, scope: Scope) -> Any:
    """Colour, name and sum of each series; a heat table in its place where that is the picture."""
    if shown.heat:
        label = _aria(label=shown.headline)
        return html.Div(_heat(shown, scope), className="table heat", tabIndex="0", role="region", **label)
    items = [
        html.Li(
            [
                html.Span(className=f"swatch {one.token.lstrip('-')}", **_aria(hidden="true")),
                html.Span(one.label),
                html.Strong(one.value),
            ]
        )
        for one in shown.legend
    ]
    return html.Ul(items, className="legend") if items else ""


def table(shown: PanelContent) -> html.Table:
    """The numbers as a table for people."""
    return _table(shown, lambda _row, _column, cell: html.Td(_said(cell)))


def _heat(shown: PanelContent, scope: Scope) -> html.Table:
    """Each count leads to the posts that it counts, in the feed."""

    def shaded(row: int, column: int, cell: Cell) -> html.Td:
        if not isinstance(cell, int):
            return html.Td(_said(cell))
        address = _posts(shown.drill[row][column], scope) if cell and shown.drill else ""
        words = f"{shown.rows[row][0]}, {shown.head[column + 1]}: {_said(cell)}"
        content = html.A(_said(cell), href=address, **_aria(label=words)) if address else _said(cell)
        return html.Td(content, className=f"heat-{sum(cell >= step for step in STEPS)}")

    return _table(shown, shaded)


def _table(shown: PanelContent, td: Callable[[int, int, Cell], html.Td]) -> html.Table:
    head = html.Thead(html.Tr([html.Th(title, scope="col") for title in shown.head]))
    rows = [
        html.Tr([html.Th(row[0], scope="row"), *(td(number, column, cell) for column, cell in enumerate(row[1:]))])
        for number, row in enumerate(shown.rows)
    ]
    return html.Table([head, html.Tbody(rows)])


def note(shown: PanelContent, marks: Sequence[Annotation], scope: Scope) -> str:
    """Return a note on the sample and on what is left out, with the marks on the axis for screen readers."""
    marked = [f"{wording.clock_time(mark.at, scope)} {mark.words}" for mark in marks]
    return shown.note + (" " + _("Marked: %(marks)s.") % {"marks": "; ".join(marked)} if marked else "")


def numbers(name: str, shown: PanelContent, marks: list[dict[str, Any]], scope: Scope) -> dict[str, Any]:
    """The chart's data: one label per bar, one series per colour."""
    chart = shown.chart
    return {
        "panel": name,
        "range": scope.filter.time_range,
        "kind": chart.kind if chart else "",
        "labels": list(chart.labels) if chart else [],
        "series": [asdict(one) for one in chart.series] if chart else [],
        "partial": scope.partial if chart and chart.time else [False] * len(chart.labels if chart else []),
        "target": list(chart.target) if chart and chart.target else None,
        "unit": chart.unit if chart else "",
        "limit": chart.limit if chart else None,
        "marks": marks,
        "sparks": {one.key: {"label": one.label, "values": list(one.spark)} for one in shown.tiles},
        "summary": _("%(headline)s. %(note)s") % {"headline": shown.headline, "note": shown.note},
        "filling": _("incomplete"),
        "total": _("total"),
        "none": _("not enough data"),
    }


def file_url(name: str, scope: Scope, ending: str) -> str:
    """The URL of the same numbers as a file: `csv` or `xlsx`."""
    return _with_query(reverse(f"analytics-{ending}", args=[name]), _query(scope))


def link(name: str, scope: Scope) -> str:
    """The URL of the page opened at this panel."""
    query = _query(scope)
    return _with_query(reverse("analytics"), f"{query}&panel={name}" if query else f"panel={name}")


def _posts(post_filter: Filter, scope: Scope) -> str:
    """The URL of the feed with the posts of a filter."""
    event = scope.event.ref if scope.event else ""
    return _with_query(reverse("feed"), replace(post_filter, event=event).querystring())


def _query(scope: Scope) -> str:
    return replace(scope.filter, event=scope.event.ref if scope.event else "").querystring()


def _with_query(address: str, query: str) -> str:
    return address + (f"?{query}" if query else "")


def _said(cell: Cell) -> str:
    return "–" if cell is None else f"{cell:,}" if isinstance(cell, int) else str(cell)


def _aria(**attributes: str) -> dict[str, Any]:
    return {f"aria-{name}": value for name, value in attributes.items()}
