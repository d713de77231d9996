"""The analytics page and the file of its numbers."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_plotly_dash.models import StatelessApp

from responder import roles
from responder.dashboards import panel, volume
from responder.models import Event
from responder.queries import events
from responder.queries.filters import Filter

# The one line of script that starts Dash, and the styles that its components bring along.
RENDERER = "'sha256-jZlsGVOhUAIcH+4PVs7QuGZkthRMgvT2n0ilH6/zTM0='"


@require_safe
@never_cache
@roles.requires(roles.VIEW)
@csp_update({"script-src": [RENDERER], "style-src": [UNSAFE_INLINE]})
def page(request: HttpRequest) -> HttpResponse:
    """The page around the panel; the panel's numbers come through its Dash endpoint."""
    StatelessApp.objects.get_or_create(app_name=panel.NAME)  # else two first visitors would collide in the package
    wanted, notices = Filter.parse(request.GET)
    event, more = events.resolve(wanted)
    context = {
        "event": events.present(event),
        "events": events.with_posts(),
        "notices": notices + more,
        "ranges": _ranges(wanted),
        "kept": _kept(request),
        "panel": panel.NAME,
        "csv_url": panel.csv_url(wanted, event),
    }
    return render(request, "analytics/index.html", context)


def _ranges(wanted: Filter) -> list[dict[str, Any]]:
    labels = {"6h": _("6 h"), "24h": _("24 h"), "72h": _("72 h"), "event": _("Whole event")}
    return [{"value": value, "label": label, "current": value == wanted.time_range} for value, label in labels.items()]


def _kept(request: HttpRequest) -> list[tuple[str, str]]:
    """The rest of the query string, which the form for event and range carries along."""
    return [(key, str(value)) for key, value in request.GET.items() if key not in ("event", "t")]


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def volume_csv(request: HttpRequest) -> HttpResponse:
    """The panel's numbers as CSV. Every cell is a time, a number or a word of ours: none starts a formula."""
    wanted, _notices = Filter.parse(request.GET)
    event, _more = events.resolve(wanted)
    name = "-".join(["volume", *([event.ref] if event else []), wanted.time_range])
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    csv.writer(response).writerows(_rows(replace(wanted, event=""), event))
    return response


def _rows(wanted: Filter, event: Event | None) -> Iterator[list[str | int]]:
    counted = volume.of(wanted, event)
    yield ["start", "minutes", "complete", *counted.groups, "total"]
    minutes = int(counted.width.total_seconds() // 60)
    for bucket in counted.buckets:
        counts = [bucket.counts.get(group, 0) for group in counted.groups]
        yield [bucket.start.isoformat(), minutes, "no" if bucket.partial else "yes", *counts, bucket.total]
