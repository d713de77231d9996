"""The operations map: the page, its data and its list, all by one filter."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from classifier import categories, clock
from responder import basemaps, roles, terms
from responder.errors import Invalid
from responder.map_layers import settings as layer_settings
from responder.models import Event
from responder.queries import clusters, events, figures, items, places_in, posts, timeline
from responder.queries.filters import Filter
from responder.queries.viewport import Viewport
from responder.translation import presenting as translations
from responder.views.saved_views import opens_with_view
from responder.web import live, problems
from responder.web.view_state import from_request

MARK_POSTS = 6  # of one mark; the list has all
SELECTED_DIGITS = 18  # an id that fits the database


@require_safe
@never_cache
@opens_with_view("map")
@roles.requires(roles.VIEW)
def page(request: HttpRequest) -> HttpResponse:
    """The map page with its first items; scripts load the rest from `data` and `items_fragment`."""
    post_filter, event, notices = _requested(request)
    view_notices = Viewport.parse(request.GET)[1]
    cursor = live.cursor()  # before the rows, so that changes in between are repeated and never missed
    first = posts.page(posts.one_of_each_text(posts.matching(post_filter, event)))
    key_figures, counts = figures.key_figures(post_filter, event)
    base_maps = basemaps.shown(event)
    shown, selected = items.present_all(first.posts), _selected(request)
    translations.add([*shown, *([selected] if selected else [])], request.user)
    context = {
        "event": events.present(event),
        "outlines": events.outlines(event),
        "basemaps": base_maps,
        "filters": post_filter,
        "notices": notices + view_notices,
        "groups": _groups(post_filter, counts),
        "figures": asdict(key_figures),
        "left_out": figures.left_out_by_area(post_filter, event).text,
        "items": shown,
        "next_cursor": first.next_cursor,
        "selected": selected,
        "can_triage": roles.allows_in(request.user, roles.TRIAGE, event),
        "categories": [items.category(category_id) for category_id in categories.offered_ids()],
        "legend": _legend(post_filter),
        "layers_on": any(one["on"] for one in layer_settings.read(getattr(request.user, "map_layers", None))),
        "marked": [
            *(items.category(category_id) for category_id in categories.BY_ID),
            items.unread_category() | {"id": categories.UNMEASURED},
        ],
        "live": {"cursor": cursor, "url": reverse("live-stream"), "poll_url": reverse("live-changes")},
    }
    answer = render(request, "map/index.html", context)
    if origins := basemaps.picture_origins(base_maps):
        answer._csp_update = {"img-src": origins}  # type: ignore[attr-defined]  # as django-csp's decorator does
    return answer


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def data(request: HttpRequest) -> HttpResponse:
    """The map's data for a filter, an area and a zoom: marks, figures, and volume over time."""
    post_filter, event, notices = _requested(request)
    view, view_notices = Viewport.parse(request.GET)
    cursor = live.cursor()
    drawn = clusters.overview(post_filter, event, view)
    return JsonResponse(
        {
            "clusters": clusters.present(drawn.marks, view),
            "outside_view": {"count": drawn.outside, "unanswered": drawn.outside_unanswered},
            "figures": asdict(drawn.figures) | {"unanswered_outside_view": drawn.outside_unanswered},
            "groups": [{"id": group, "count": count} for group, count in drawn.groups.items()],
            "left_out_by_area": figures.left_out_by_area(post_filter, event).text,
            "timeline": timeline.counts_by_time(post_filter, event),
            "notices": notices + view_notices,
            "cursor": cursor,
            "as_of": clock.now().isoformat(),
        }
    )


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def mark_contents(request: HttpRequest) -> HttpResponse:
    """The places and the most urgent posts of a mark that no zoom takes apart, as HTML."""
    post_filter, event, _notices = _requested(request)
    view, notices = Viewport.parse(request.GET)
    if notices or not request.GET.get("bbox"):
        return problems.from_error(Invalid(_("The map area is not valid.")))
    rows = posts.matching(post_filter, event).filter(view.condition())
    first = posts.ordered(posts.one_of_each_text(rows))
    context = {
        "places": places_in.most_posted_places(rows),
        "items": items.present_all(list(posts.with_related(first)[:MARK_POSTS])),
        "query": post_filter.querystring(),
    }
    return render(request, "map/_mark.html", context)


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def items_fragment(request: HttpRequest) -> HttpResponse:
    """The next items of the list, as HTML."""
    post_filter, event, _notices = _requested(request)
    try:
        rows = posts.one_of_each_text(posts.matching(post_filter, event))
        found = posts.page(rows, cursor=request.GET.get("cursor", ""))
    except Invalid as error:
        return problems.from_error(error)
    shown = items.present_all(found.posts)
    translations.add(shown, request.user)
    context = {
        "items": shown,
        "next_cursor": found.next_cursor,
        "filters": post_filter,
        "can_triage": roles.allows_in(request.user, roles.TRIAGE, event),
    }
    return render(request, "map/_items.html", context)


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def item(request: HttpRequest, post_id: int) -> HttpResponse:
    """One post in full, as HTML."""
    shown = items.find(post_id, request.user)
    if shown is None:
        raise Http404
    translations.add([shown], request.user)
    can_triage = roles.allows_in(request.user, roles.TRIAGE, shown["event_id"])
    chosen = [items.category(category_id) for category_id in categories.offered_ids()]
    context = {
        "item": shown,
        "can_triage": can_triage,
        "categories": chosen,
        "may_reveal": roles.allows_in(request.user, roles.REVEAL, shown["event_id"]),
    }
    return render(request, "map/_card.html", context)


def _requested(request: HttpRequest) -> tuple[Filter, Event | None, list[str]]:
    """(filter, event, notices about parameters that were ignored) of a request."""
    found = from_request(request)
    return found.filter, found.event, list(found.notices)


def _groups(post_filter: Filter, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "id": group,
            "label": terms.group(group),
            "glyph": categories.GROUP_GLYPHS[group],
            "count": count,
            "active": group in post_filter.groups,
            "toggle_url": _url(post_filter.toggled(group)),
        }
        for group, count in counts.items()
    ]


def _legend(post_filter: Filter) -> list[dict[str, str]]:
    """The categories with their colours, and the address of the map with each of them alone."""
    return [
        {"label": one.label, "css": one.css, "url": _url(replace(post_filter, groups=(), categories=(one.id,)))}
        for one in categories.offered()
    ]


def _selected(request: HttpRequest) -> items.Item | None:
    """Return the item in `sel` regardless of the filter; None if there is none."""
    requested = request.GET.get("sel", "")
    is_number = requested.isdecimal() and len(requested) <= SELECTED_DIGITS
    return items.find(int(requested), request.user) if is_number else None


def _url(post_filter: Filter) -> str:
    querystring = post_filter.querystring()
    return reverse("map") + (f"?{querystring}" if querystring else "")
