"""Pages of official alerts, and of what an event's posts cannot tell; both are layers of the map, too."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from responder import roles
from responder.hazards import kinds, matching, presenting, status
from responder.models import Event, OfficialAlert, User
from responder.queries import events, items, parts, reading, unknowns
from responder.queries.unknowns import SilentPlace
from responder.web.view_state import ViewState, from_request

VIEWS = ("current", "no-posts", "no-alert", "ended")
LINES = 8  # alerts that the map's panel names
ENDED_ORDER = ("-sent", "-id")
WHY = {
    unknowns.NEVER: gettext_lazy("no posts in three days: unknown, not calm"),
    unknowns.STOPPED: gettext_lazy("no posts for six hours, some before: unknown, not calm"),
    unknowns.FEWER: gettext_lazy("far fewer posts than expected"),
}


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """The official alerts of the event's area and time; where only they, or only posts, say something."""
    seen = from_request(request)
    view = request.GET.get("view", "")
    view = view if view in VIEWS else VIEWS[0]
    context: dict[str, Any] = _frame(seen) | {"view": view, "tabs": _tabs(view), "sources": status.all_sources()}
    found = matching.touching(seen.event)
    if view == "no-posts" and seen.event:
        context["alerts"] = [presenting.present(one) for one in matching.without_posts(seen.event)]
    elif view == "no-alert" and seen.event:
        context["places"] = matching.without_alert(seen.event)
    elif view == "ended":
        part = parts.paginate(request, matching.ended(found), "alerts", ENDED_ORDER)
        context |= {"part": part, "alerts": [presenting.present(one) for one in part.rows]}
    else:
        rows = list(matching.current(found)[: matching.MOST_ALERTS])
        context["alerts"] = [presenting.present(one) for one in rows]
    return render(request, "hazards/index.html", context)


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def detail(request: HttpRequest, alert_id: int) -> HttpResponse:
    """One official alert, and those that it replaced or that replaced it."""
    rows = OfficialAlert.objects.select_related("source", "replaced_by__source")
    alert = get_object_or_404(rows, pk=alert_id)
    replaced = alert.replaces.select_related("source").order_by("-sent")[:20]
    context = {
        "shown": presenting.present(alert), "alert": alert, "replaced": [presenting.present(one) for one in replaced],
        "replaced_by": presenting.present(alert.replaced_by) if alert.replaced_by else None,
    }  # fmt: skip
    return render(request, "hazards/detail.html", context)


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def drawn(request: HttpRequest) -> JsonResponse:
    """The current alerts of the event as the map draws them, and how old the newest answer of each source is."""
    seen = from_request(request)
    rows = list(matching.current(matching.touching(seen.event))[: matching.MOST_ALERTS])
    shapes = [shape for one in rows if (shape := presenting.drawn(one))]
    panel = {
        "event": events.present(seen.event), "query": seen.query(), "sources": status.all_sources(),
        "count": len(rows), "unlocated": len(rows) - len(shapes), "lines": [{"line": presenting.line(one), "url": presenting.present(one)["url"]} for one in rows[:LINES]],
    }  # fmt: skip
    return JsonResponse({"alerts": shapes, "panel": render_to_string("hazards/_panel.html", panel, request)})


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def unknown(request: HttpRequest) -> HttpResponse:
    """What the event's posts cannot tell: each figure with the list behind it."""
    seen = from_request(request)
    context = _frame(seen)
    if seen.event:
        waiting = unknowns.urgent_without_place(seen.event)
        shown = list(
            waiting.select_related("model_version", "reviewed_by", "placed_by").prefetch_related("places")[
                : unknowns.UNPLACED_SHOWN
            ]
        )
        context["only_own"] = request.GET.get("languages") == "mine"
        context |= _unknowns(seen, seen.event, cast(User, request.user)) | {"unplaced_posts": items.present_all(shown)}
    return render(request, "hazards/unknowns.html", context)


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def unknown_drawn(request: HttpRequest) -> JsonResponse:
    """The silent places as the map draws them, and the panel beside them."""
    seen = from_request(request)
    if seen.event is None:
        panel = render_to_string("hazards/_unknowns_panel.html", _frame(seen), request)
        return JsonResponse({"places": [], "areas": [], "panel": panel})
    found = _unknowns(seen, seen.event, cast(User, request.user))
    panel = render_to_string("hazards/_unknowns_panel.html", _frame(seen) | found, request)
    return JsonResponse(
        {
            "places": [_place(row["place"]) for row in found["places"]],
            "areas": [_place(row["place"]) | {"polygon": row["place"].area} for row in found["areas"]],
            "panel": panel,
        }
    )


def _unknowns(seen: ViewState, event: Event, reader: User) -> dict[str, Any]:
    silence = unknowns.silence(event)
    languages, more_languages = reading.unread(event, reader)
    return {
        "silence": silence,
        "places": [{"place": one, "why": str(WHY[one.why])} for one in silence.places],
        "areas": [{"place": one, "why": str(WHY[one.why])} for one in silence.areas],
        "languages": languages,
        "unread": sum(one.count for one in languages),
        "more_languages": more_languages,
        "unplaced": unknowns.urgent_without_place(event)[: unknowns.MOST_UNPLACED].count(),
        "most_unplaced": unknowns.MOST_UNPLACED,
        "gaps": unknowns.gaps(event, seen.filter.visible_events),
    }


def _place(place: SilentPlace) -> dict[str, Any]:
    return {
        "name": place.name, "why": place.why, "words": str(WHY[place.why]), "people": place.people, "recent": place.recent,
        "earlier": place.earlier, "latitude": place.latitude, "longitude": place.longitude, "km": place.km,
    }  # fmt: skip


def _frame(seen: ViewState) -> dict[str, Any]:
    return {
        "event": events.present(seen.event), "query": seen.query(), "notices": list(seen.notices),
        "any_hazard": seen.event is None or seen.event.hazard in kinds.ANY,
        "hazard": seen.event.hazard_label if seen.event else "",
    }  # fmt: skip


def _tabs(view: str) -> list[dict[str, Any]]:
    labels = {
        "current": _("Current"), "no-posts": _("Alert but no posts"), "no-alert": _("Posts but no alert"), "ended": _("Ended"),
    }  # fmt: skip
    return [{"name": name, "label": label, "current": name == view} for name, label in labels.items()]
