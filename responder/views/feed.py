"""The feed page: posts of the shared filter, newest first."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from classifier import categories
from responder import roles, terms
from responder.errors import Invalid
from responder.queries import feed, figures, histogram, language, posts, timeline
from responder.queries.filters import TYPED, TYPED_LIMIT, Filter
from responder.views import find
from responder.views.saved_views import opens_with_view
from responder.web import live, problems, view_state

COLUMNS = ("1", "2", "3")
DENSITIES = ("cosy", "compact")


@require_safe
@never_cache
@opens_with_view("feed")
@roles.requires(roles.VIEW)
def page(request: HttpRequest) -> HttpResponse:
    """The first page of the feed, its chips, and its volume over time."""
    seen = view_state.from_request(request)
    typed = request.GET.get("q", "")[:TYPED_LIMIT]
    keys, _words, unknown = language.read(typed, TYPED)
    if keys and not seen.notices and not unknown:
        return HttpResponseRedirect(_url(request, seen, seen.filter))  # what was typed becomes keys and chips
    cursor = live.cursor()
    try:
        first = feed.page(posts.matching(seen.filter, seen.event), cursor=request.GET.get("cursor", ""))
    except Invalid as error:
        raise BadRequest(str(error)) from error
    volume = timeline.counts_by_time(seen.filter, seen.event)
    key_figures, by_group = figures.key_figures(seen.filter, seen.event)
    context = _shown(request, seen, first) | {
        "notices": [*seen.notices, *unknown, *figures.left_out_by_area(seen.filter, seen.event).notices],
        "search_text": replace(seen.filter, time_range="event").text() or typed,
        "chips": [(text, _url(request, seen, other)) for text, other in feed.chips(seen.filter)],
        "groups": _groups(request, seen, by_group),
        "export_rows": key_figures.total,
        "bars": histogram.bars(volume),
        "rows": [row | {"start": datetime.fromisoformat(row["start"])} for row in histogram.table(volume)],
        "bucket_minutes": volume["bucket_minutes"],
        "looser": [] if first.posts else [
            (one, _url(request, seen, one.filter)) for one in feed.looser(seen.filter, seen.event)
        ],
        "also_found": find.results(seen.filter.q, seen) if seen.filter.q else {},
        "layouts": _layouts(request),
        "exports": _exports(seen),
        "live": {"cursor": cursor, "url": reverse("live-stream"), "poll_url": reverse("live-changes")},
    }  # fmt: skip
    return render(request, "feed/index.html", context)


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def items(request: HttpRequest) -> HttpResponse:
    """The next posts, or the newest ones for a page that is open, as HTML."""
    seen = view_state.from_request(request)
    try:
        found = feed.page(posts.matching(seen.filter, seen.event), cursor=request.GET.get("cursor", ""))
    except Invalid as error:
        return problems.from_error(error)
    return render(request, "feed/_items.html", _shown(request, seen, found))


def _shown(request: HttpRequest, seen: view_state.ViewState, found: posts.Page) -> dict[str, Any]:
    kept = request.GET.copy()
    kept.pop("cursor", None)
    more = f"{request.path}?{urlencode([*kept.items(), ('cursor', found.next_cursor)])}" if found.next_cursor else ""
    return {
        "items": feed.present(found.posts, seen.filter.q),
        "next_cursor": found.next_cursor,
        "more_url": more,
        "zone": seen.zone,
    }


def _groups(request: HttpRequest, seen: view_state.ViewState, by_group: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "id": group,
            "label": terms.group(group),
            "glyph": categories.GROUP_GLYPHS[group],
            "count": count,
            "active": group in seen.filter.groups,
            "url": _url(request, seen, seen.filter.toggled(group)),
        }
        for group, count in by_group.items()
    ]


def _url(request: HttpRequest, seen: view_state.ViewState, post_filter: Filter) -> str:
    """The feed's URL for another filter, with the same zone and layout."""
    chosen = {name: request.GET.get(name, "") for name in ("cols", "density")}
    layout = urlencode({name: value for name, value in chosen.items() if value in (*COLUMNS, *DENSITIES)})
    zone = urlencode({"tz": seen.zone}, safe="/") if seen.chosen_zone else ""
    query = "&".join(part for part in (post_filter.querystring(), zone, layout) if part)
    return f"{reverse('feed')}?{query}"


def _exports(seen: view_state.ViewState) -> list[tuple[str, str]]:
    """The export formats for this filter's posts, with their URLs."""
    labels = {
        "csv": _("CSV"), "xlsx": _("Excel"), "hxl": _("CSV with HXL tags"), "hxl-xlsx": _("Excel with HXL tags"),
        "geojson": _("GeoJSON"), "kml": _("KML"),
    }  # fmt: skip
    query = seen.filter.querystring()
    return [(label, f"{reverse('export-posts', args=[kind])}?{query}") for kind, label in labels.items()]


def _layouts(request: HttpRequest) -> dict[str, Any]:
    """The choices of columns and density, with the links that make them."""
    columns = request.GET.get("cols") if request.GET.get("cols") in COLUMNS else COLUMNS[0]
    density = request.GET.get("density") if request.GET.get("density") in DENSITIES else DENSITIES[0]
    labels = {"cosy": _("Cosy"), "compact": _("Compact")}

    def link(**changes: str) -> str:
        kept = request.GET.copy()
        kept.pop("cursor", None)
        for name, value in changes.items():
            kept[name] = value
        return f"?{kept.urlencode()}"

    return {
        "columns": columns,
        "density": density,
        "column_links": [(value, link(cols=value), value == columns) for value in COLUMNS],
        "density_links": [(labels[value], link(density=value), value == density) for value in DENSITIES],
    }
