"""The analytics page and the files of its numbers."""

import csv
from typing import Any

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_plotly_dash.models import StatelessApp

from classifier import categories
from responder import roles, spreadsheets, terms, workbooks
from responder.dashboards import NAME, scope
from responder.queries import events
from responder.web import view_state
from responder.web.view_state import ViewState

# The one line of script that starts Dash, and the styles that its components bring along.
RENDERER = "'sha256-jZlsGVOhUAIcH+4PVs7QuGZkthRMgvT2n0ilH6/zTM0='"


@require_safe
@never_cache
@roles.requires(roles.VIEW)
@csp_update({"script-src": [RENDERER], "style-src": [UNSAFE_INLINE]})
def page(request: HttpRequest) -> HttpResponse:
    """The page around the panels; their numbers come through the Dash endpoint."""
    from responder.dashboards import app  # noqa: F401  registers Dash's app, which takes 0.2 s to build
    from responder.dashboards.panels import PANELS  # here and below: it loads numpy, which few processes need

    StatelessApp.objects.get_or_create(app_name=NAME)  # otherwise the first two visitors would collide in the package
    state = view_state.from_request(request)
    context = {
        "event": events.present(state.event),
        "notices": state.notices,
        "groups": _groups(state),
        "ranges": _ranges(state),
        "kept": [(key, str(value)) for key, value in request.GET.items() if key not in ("t", "panel")],
        "app": NAME,
        "files": [_file(name, state) for name in PANELS],
    }
    return render(request, "analytics/index.html", context)


def _ranges(state: ViewState) -> list[dict[str, Any]]:
    labels = {"6h": _("6 h"), "24h": _("24 h"), "72h": _("72 h"), "event": _("Whole event")}
    chosen = state.filter.time_range
    return [{"value": value, "label": label, "current": value == chosen} for value, label in labels.items()]


def _groups(state: ViewState) -> list[dict[str, Any]]:
    """Each group, whether it is counted, and the page with it switched."""
    return [
        {
            "id": group,
            "label": terms.group(group),
            "on": group in state.filter.groups,
            "glyph": categories.GROUP_GLYPHS[group],
            "url": f"?{state.query(groups=state.filter.toggled(group).groups)}",
        }
        for group in categories.GROUPS
    ]


def _file(name: str, state: ViewState) -> dict[str, str]:
    return {"name": name, "url": f"{reverse('analytics-csv', args=[name])}?{state.query()}"}


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def as_file(request: HttpRequest, panel: str, ending: str) -> HttpResponse:
    """One panel's numbers as a CSV or Excel file that says in its name which event and range it holds."""
    from responder.dashboards.panels import PANELS

    if panel not in PANELS:
        raise Http404
    state = view_state.from_request(request)
    shown = PANELS[panel](scope.from_filter(state.filter, state.event))
    named = [panel, state.filter.event, state.filter.time_range.replace(":", "").replace("..", "-to-")]
    if ending == "xlsx":
        head, *rows = shown.table()
        columns, about = [workbooks.Column(str(cell)) for cell in head], [(_("Filter"), state.query())]
        content = workbooks.pieces(columns, rows, sheet="numbers", about=about)
        response = HttpResponse(content, content_type=workbooks.CONTENT_TYPE)
    else:
        response = HttpResponse(spreadsheets.BOM, content_type="text/csv; charset=utf-8")
        csv.writer(response).writerows(shown.file())
    response["Content-Disposition"] = f'attachment; filename="{"-".join(part for part in named if part)}.{ending}"'
    return response
