"""Incidents and places by a few letters, for the command palette."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from responder import roles
from responder.models import Incident
from responder.queries import finding
from responder.queries.finding import FoundPlace
from responder.web import view_state


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def find(request: HttpRequest) -> JsonResponse:
    """`incidents` and `places` for the text `find`, each with its label, a note and its URL."""
    seen = view_state.from_request(request)
    return JsonResponse(results(request.GET.get("find", ""), seen))


def results(text: str, seen: view_state.ViewState) -> dict[str, list[dict[str, Any]]]:
    """What a text finds besides posts, for the event and the events of a view."""
    visible = seen.filter.visible_events
    return {
        "incidents": [_incident(one) for one in finding.find_incidents(text, seen.event, visible)],
        "places": [_place(one, seen.filter.event) for one in finding.find_places(text, seen.event, visible)],
    }


def _incident(incident: Incident) -> dict[str, Any]:
    return {
        "label": finding.shown_title(incident), "note": incident.get_status_display(),
        "url": reverse("incident", args=[incident.ref]),
    }  # fmt: skip


def _place(place: FoundPlace, event: str) -> dict[str, Any]:
    query = {"event": event, "place": place.name, "bbox": place.bbox}
    label = f"{place.name}, {place.country_code}" if place.country_code else place.name
    return {
        "label": label, "note": ngettext("%(n)d post", "%(n)d posts", place.posts) % {"n": place.posts},
        "url": f"{reverse('map')}?{urlencode({key: value for key, value in query.items() if value})}",
    }  # fmt: skip
