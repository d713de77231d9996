"""Layers of the map from files: their pages, and what the map asks of them."""

from dataclasses import asdict
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from responder import events, roles
from responder.errors import Conflict, Invalid, Missing, NotPermitted, ResponderError
from responder.events.forms import StateForm
from responder.forms import number
from responder.map_layers import counting, listing, managing, places, settings
from responder.map_layers.features import MOST_BYTES, MOST_FEATURES
from responder.map_layers.forms import AreasFileForm, LayerForm, ShapesFileForm
from responder.models import Event, MapLayer, User
from responder.queries import events as event_queries
from responder.views.feeds import tells_refusals
from responder.web import problems, view_state

AREAS_SHOWN = 500  # on the page of a layer
KEPT = "private, max-age=86400"  # shapes never change under one address


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """The layers of the event that is shown, and the administrative areas."""
    seen = view_state.from_request(request)
    found = listing.offered_layers(seen.event)
    context = {
        "event": event_queries.present(seen.event), "shown": seen.event,
        "areas": [one for one in found if one.is_areas], "shapes": [one for one in found if not one.is_areas],
        "may_add_areas": roles.allows_in(request.user, roles.MANAGE_EVENTS, None),
        "may_add_shapes": seen.event is not None and roles.allows_in(request.user, roles.MANAGE_EVENTS, seen.event),
    }  # fmt: skip
    return render(request, "map_layers/index.html", context)


@require_safe
@never_cache
@roles.requires(roles.MANAGE_EVENTS, everywhere=True)
def new_areas(request: HttpRequest) -> HttpResponse:
    """A form for a file of administrative areas."""
    return _new(request, AreasFileForm(), None)


@require_safe
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_EVENTS)
def new_shapes(request: HttpRequest, event_id: int) -> HttpResponse:
    """A form for a file of shapes of an event."""
    event = _event(request, event_id)
    managing.permitted(_person(request), event)
    return _new(request, ShapesFileForm(), event)


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_EVENTS)
def send(request: HttpRequest) -> HttpResponse:
    """Upload a file: administrative areas, or shapes of the event whose id is in `event`."""
    event = _event(request, number(request.POST["event"])) if request.POST.get("event") else None
    managing.permitted(_person(request), event)  # before the file is read
    form = (ShapesFileForm if event else AreasFileForm)(request.POST, files=request.FILES)
    try:
        if event:
            layer = form.submit(managing.add_shapes, event=event, by=_person(request))
        else:
            layer = form.submit(managing.add_areas, by=_person(request))
    except (Missing, NotPermitted):
        raise
    except ResponderError as error:
        return _new(request, form, event, status=error.status)
    messages.success(request, _read_words(layer))
    return HttpResponseRedirect(reverse("map-layer", args=[layer.pk]))


def _read_words(layer: MapLayer) -> str:
    if layer.is_areas:
        said = ngettext(
            "%(n)d area was read. Check its columns below.", "%(n)d areas were read. Check their columns below.", layer.features
        )  # fmt: skip
    else:
        said = ngettext("%(n)d shape was read.", "%(n)d shapes were read.", layer.features)
    return said % {"n": layer.features}


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def detail(request: HttpRequest, layer_id: int) -> HttpResponse:
    """One layer: what is known of it, and its areas."""
    return _detail(request, _layer(request, layer_id))


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_EVENTS)
def change(request: HttpRequest, layer_id: int) -> HttpResponse:
    """Change what is said of a layer."""
    layer = _layer(request, layer_id)
    form = LayerForm(request.POST, layer=layer)
    try:
        form.submit(_changed, layer_id=layer.pk, by=_person(request))
    except ResponderError as error:
        return _detail(request, layer, form=form, error=error)
    messages.success(request, _("The layer is saved."))
    return HttpResponseRedirect(reverse("map-layer", args=[layer_id]))


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_EVENTS)
def delete(request: HttpRequest, layer_id: int) -> HttpResponse:
    """Delete a layer."""
    layer = _layer(request, layer_id)
    StateForm(request.POST).submit(managing.delete, layer_id=layer.pk, by=_person(request))
    messages.success(request, _("The layer “%(name)s” is deleted.") % {"name": layer.name})
    query = f"?event={layer.event.ref}" if layer.event else ""
    return HttpResponseRedirect(reverse("map-layers") + query)


@require_safe
@roles.requires(roles.VIEW)
def shapes(request: HttpRequest, layer_id: int) -> HttpResponse:
    """What a layer draws, as GeoJSON; its address names the version, so browsers keep it."""
    layer = _layer(request, layer_id)
    answer = JsonResponse(listing.drawn(layer), json_dumps_params={"separators": (",", ":"), "ensure_ascii": False})
    answer["Cache-Control"] = KEPT if request.GET.get("v") == str(layer.version) else "no-store"
    return answer


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def counts(request: HttpRequest, layer_id: int) -> JsonResponse:
    """How many posts of the filter lie in each area of a layer."""
    layer = _layer(request, layer_id)
    if not layer.is_areas:
        raise Http404
    seen = view_state.from_request(request)
    return JsonResponse(asdict(counting.counts(layer, seen.filter, seen.event)))


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def offered(request: HttpRequest) -> JsonResponse:
    """The layers that the map offers, and which of them the person has on."""
    seen = view_state.from_request(request)
    return JsonResponse(
        {
            "layers": [listing.present(one) for one in listing.offered_layers(seen.event)],
            "settings": settings.read(_person(request).map_layers),
            "page": f"{reverse('map-layers')}?{seen.query()}",
        }
    )


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def places_of(request: HttpRequest, kind: str) -> JsonResponse:
    """Incidents, reports or teams as the map draws them."""
    if kind not in places.KINDS:
        raise Http404
    seen = view_state.from_request(request)
    return JsonResponse(places.KINDS[kind](seen.event, seen.filter))


@require_POST
@never_cache
@roles.requires(roles.VIEW)
def keep(request: HttpRequest) -> HttpResponse:
    """Keep which layers the person has on."""
    try:
        found = settings.store(by=_person(request), text=request.POST.get("layers", ""))
    except Invalid as error:
        return problems.from_error(error)
    return JsonResponse({"settings": found})


def _new(request: HttpRequest, form: Any, event: Event | None, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "shown": event, "megabytes": MOST_BYTES // 1_000_000, "most": MOST_FEATURES}
    return render(request, "map_layers/new.html", context, status=status)


def _detail(
    request: HttpRequest, layer: MapLayer, *, form: LayerForm | None = None, error: ResponderError | None = None
) -> HttpResponse:
    areas = list(layer.areas.defer("shape", "properties")[:AREAS_SHOWN]) if layer.is_areas else []
    context = {
        "layer": layer, "areas": areas, "more_areas": max(0, layer.features - len(areas)), "shown": layer.event,
        "without_people": sum(area.people is None for area in areas) if layer.people_column else 0,
        "may_change": managing.may_change(request.user, layer), "form": form or LayerForm(layer=layer),
        "conflict": isinstance(error, Conflict),
    }  # fmt: skip
    return render(request, "map_layers/detail.html", context, status=error.status if error else 200)


def _changed(*, layer_id: int, by: User, version: int, **fields: Any) -> MapLayer:
    return managing.change(layer_id=layer_id, version=version, by=by, fields=fields)


def _layer(request: HttpRequest, layer_id: int) -> MapLayer:
    try:
        layer = managing.find(layer_id, request.user)
    except Missing as error:
        raise Http404 from error
    if layer.event:
        view_state.show_event(request, layer.event)
    return layer


def _event(request: HttpRequest, event_id: int) -> Event:
    if not roles.allows_in(request.user, roles.VIEW, event_id):
        raise Http404
    try:
        event = events.find(event_id)
    except Missing as error:
        raise Http404 from error
    view_state.show_event(request, event)
    return event


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
