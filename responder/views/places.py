"""The search behind the place picker, and the towns on its map: names of the bundled gazetteer."""

import math
from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from classifier.places import search as gazetteer
from classifier.places.gazetteer import in_box
from responder import roles
from responder.classification import locating
from responder.errors import Invalid
from responder.models import Event
from responder.web import problems

RESULTS = 8
BBOX_LIMIT = 100  # characters
LABELS = 40  # towns that the picker's map may name


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def search(request: HttpRequest) -> HttpResponse:
    """Places that `q` may mean, the most likely first; those of the event `event` come before others."""
    try:
        event = _event(request.GET.get("event", ""), request.user)
    except Invalid as error:
        return problems.from_error(error)
    found = gazetteer.search(request.GET.get("q", ""), context=locating.context_of(event), limit=RESULTS)
    return JsonResponse({"results": [asdict(one) for one in found]})


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def towns(request: HttpRequest) -> HttpResponse:
    """The largest towns in `bbox` (west, south, east, north), by which people find their way on the picker's map."""
    try:
        west, south, east, north = _edges(request.GET.get("bbox", ""))
        found = in_box(west, south, east, north, LABELS)
    except Invalid as error:
        return problems.from_error(error)
    shown = ("name", "latitude", "longitude", "radius_km")
    return JsonResponse({"towns": [{name: getattr(one, name) for name in shown} for one in found]})


def _edges(text: str) -> list[float]:
    """West, south, east and north of a rectangle as sent. Raises Invalid."""
    parts = text.split(",") if len(text) <= BBOX_LIMIT else []
    try:
        west, south, east, north = map(float, parts)
    except ValueError:
        west = south = east = north = math.nan
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise Invalid(_("Send `bbox`: west, south, east and north in degrees."))
    return [west, south, east, north]


def _event(ref: str, reader: roles.Person) -> Event | None:
    """The event with this reference; None for an empty one. Raises Invalid."""
    if not ref:
        return None
    rows = roles.within(Event.objects.all(), roles.events_of(reader, roles.VIEW), "pk")
    event = None if "\x00" in ref else rows.filter(ref=ref[:100]).first()
    if event is None:
        raise Invalid(_("The event “%(ref)s” does not exist.") % {"ref": ref[:100]})
    return event
