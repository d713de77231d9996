"""Pages of events: list, create, edit, close, archive and reopen, and the areas of their teams."""

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classifier.languages import name_of
from classifier.places import gazetteer
from responder import events, roles
from responder.errors import FieldChecks, Missing, ResponderError
from responder.events import areas, team_areas, time_zones
from responder.events.forms import EventForm, StateForm, TeamAreaForm, country_names
from responder.events.reading import local_text
from responder.models import Event, Feed, TeamArea, User
from responder.queries import events as event_queries
from responder.teams import listing
from responder.views.feeds import tells_refusals
from responder.web import view_state

LISTED = 200  # events, and feeds of one
NEXT_LIMIT = 500  # characters
NOT_SUGGESTED_FROM = 60  # countries


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """All events, the newest first: open ones, then those that are closed or archived."""
    seen = roles.within(Event.objects.defer("area"), roles.events_of(request.user, roles.VIEW), "pk")
    rows = list(seen[:LISTED])
    names = dict(country_names())
    taking, over = [row for row in rows if row.is_open], [row for row in rows if not row.is_open]
    context = {
        "taking": [_listed(row, names) for row in taking], "over": [_listed(row, names) for row in over],
        "may_manage": roles.allows_in(request.user, roles.MANAGE_EVENTS, None),
    }  # fmt: skip
    return render(request, "events/index.html", context)


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def detail(request: HttpRequest, event_id: int) -> HttpResponse:
    """One event: what it is about, its areas and its feeds."""
    return _detail(request, _found(request, event_id))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_EVENTS, everywhere=True)
def new(request: HttpRequest) -> HttpResponse:
    """A form for a new event. Afterwards, the page that `next` names or the event's own page."""
    if request.method != "POST":
        return _form(request, EventForm())
    form = EventForm(request.POST)
    try:
        event = form.submit(_created, by=_person(request))
    except ResponderError as error:
        return _form(request, form, status=error.status)
    messages.success(request, _("“%(name)s” is created. It is in the event switcher now.") % {"name": event.name})
    return HttpResponseRedirect(_next(request) or reverse("event", args=[event.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_EVENTS)
def edit(request: HttpRequest, event_id: int) -> HttpResponse:
    """A form that changes an event."""
    event = _found(request, event_id)
    if request.method != "POST":
        return _form(request, EventForm(event=event), event)
    form = EventForm(request.POST, event=event)
    try:
        form.submit(_changed, event=event, by=_person(request))
    except ResponderError as error:
        return _form(request, form, event, status=error.status)
    messages.success(request, _("The event is saved."))
    return HttpResponseRedirect(reverse("event", args=[event_id]))


@require_POST
@never_cache
@roles.requires(roles.MANAGE_EVENTS)
def close(request: HttpRequest, event_id: int) -> HttpResponse:
    """Close an event and pause its feeds."""
    return _move(
        request, event_id, events.close, _("The event is closed. Its feeds are paused, and it takes no posts.")
    )


@require_POST
@never_cache
@roles.requires(roles.MANAGE_EVENTS)
def archive(request: HttpRequest, event_id: int) -> HttpResponse:
    """Archive an event, so that the event switcher no longer lists it."""
    return _move(
        request, event_id, events.archive, _("The event is archived. Find it on this page, under “All events”.")
    )


@require_POST
@never_cache
@roles.requires(roles.MANAGE_EVENTS)
def reopen(request: HttpRequest, event_id: int) -> HttpResponse:
    """Reopen an event that was closed or archived."""
    return _move(request, event_id, events.reopen, _("The event is open again. Start its feeds to receive posts."))


@require_safe
@never_cache
@roles.requires(roles.MANAGE_EVENTS)
def zones(request: HttpRequest) -> JsonResponse:
    """Time zones that fit the countries and the corners of a form, the best first, and where the countries are on the map."""
    corners = areas.read(request.GET.dict() | {"area": ""}, FieldChecks())
    countries = request.GET.getlist("countries")[:NOT_SUGGESTED_FROM]
    known = tuple(sorted(set(countries) & {code for code, _name in country_names()}))
    bounds = gazetteer.bounds(known) if known else None
    return JsonResponse({"zones": time_zones.suggest(countries, corners), "bounds": bounds})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_EVENTS)
def new_area(request: HttpRequest, event_id: int) -> HttpResponse:
    """A form for the area of another team."""
    event = _found(request, event_id)
    if request.method != "POST":
        return _area_form(request, TeamAreaForm(), event)
    form = TeamAreaForm(request.POST)
    try:
        area = form.submit(_created_area, event=event, by=_person(request))
    except ResponderError as error:
        return _area_form(request, form, event, status=error.status)
    messages.success(request, _("The team area “%(name)s” is added.") % {"name": area.name})
    return HttpResponseRedirect(reverse("event", args=[event_id]))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_EVENTS)
def area(request: HttpRequest, event_id: int, area_id: int) -> HttpResponse:
    """A form for the name and the outline of a team area."""
    event = _found(request, event_id)
    row = _area(event, area_id)
    if request.method != "POST":
        return _area_form(request, TeamAreaForm(team_area=row), event, row)
    form = TeamAreaForm(request.POST, team_area=row)
    try:
        form.submit(_changed_area, row=row, by=_person(request))
    except ResponderError as error:
        return _area_form(request, form, event, row, status=error.status)
    messages.success(request, _("The team area is saved."))
    return HttpResponseRedirect(reverse("event", args=[event_id]))


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_EVENTS)
def delete_area(request: HttpRequest, event_id: int, area_id: int) -> HttpResponse:
    """Delete a team area."""
    row = _area(_found(request, event_id), area_id)
    StateForm(request.POST).submit(team_areas.delete, area_id=row.pk, by=_person(request))
    messages.success(request, _("The team area “%(name)s” is deleted.") % {"name": row.name})
    return HttpResponseRedirect(reverse("event", args=[event_id]))


def _created(*, by: User, **fields: Any) -> Event:
    return events.create(by=by, fields=fields)


def _created_area(*, event: Event, by: User, **fields: Any) -> TeamArea:
    return team_areas.create(event=event, by=by, fields=fields)


def _changed(*, event: Event, by: User, version: int, **fields: Any) -> Event:
    return events.change(event_id=event.pk, version=version, by=by, fields=fields)


def _changed_area(*, row: TeamArea, by: User, version: int, **fields: Any) -> TeamArea:
    return team_areas.change(area_id=row.pk, version=version, by=by, fields=fields)


def _listed(event: Event, names: dict[str, str]) -> dict[str, Any]:
    return {"event": event, "countries": _countries(event, names), "started": _started(event)}


def _move(request: HttpRequest, event_id: int, verb: Any, said: str) -> HttpResponse:
    event, form = _found(request, event_id), StateForm(request.POST)
    try:
        form.submit(verb, event_id=event.pk, by=_person(request))
    except ResponderError as error:
        return _detail(request, _found(request, event_id), error.status, form=form)
    messages.success(request, said)
    return HttpResponseRedirect(reverse("event", args=[event_id]))


def _detail(request: HttpRequest, event: Event, status: int = 200, **shown: Any) -> HttpResponse:
    context = {
        "shown": event, "countries": _countries(event, dict(country_names())), "started": _started(event),
        "languages": [name_of(code) for code in event.languages], "outlines": event_queries.outlines(event) or _bounds(event),
        "team_areas": list(event.team_areas.all()), "feeds": list(Feed.objects.filter(event=event)[:LISTED]),
        "teams": listing.of(event), "may_call": roles.allows_in(request.user, roles.TRIAGE, event),
        "may_manage": roles.allows_in(request.user, roles.MANAGE_EVENTS, event),
    }  # fmt: skip
    return render(request, "events/detail.html", context | shown, status=status)


def _form(request: HttpRequest, form: EventForm, event: Event | None = None, *, status: int = 200) -> HttpResponse:
    team = [{"name": one.name, "polygon": one.area} for one in event.team_areas.all()] if event else []
    context = {
        "form": form, "shown": event, "outlines": [one for one in team if one["polygon"]], "next": _next(request),
        "conflict": status == 409,
    }  # fmt: skip
    return render(request, "events/form.html", context, status=status)


def _area_form(
    request: HttpRequest, form: TeamAreaForm, event: Event, row: TeamArea | None = None, *, status: int = 200
) -> HttpResponse:
    others = [one for one in event.team_areas.all() if one != row and one.area]
    outlines = [{"name": one.name, "polygon": one.area} for one in others] + _bounds(event)
    context = {"form": form, "shown": event, "team_area": row, "outlines": outlines, "conflict": status == 409}
    return render(request, "events/area.html", context, status=status)


def _bounds(event: Event) -> list[dict[str, Any]]:
    """The event's own outline, drawn or the rectangle of its corners."""
    return [{"name": "", "polygon": event.outline}] if event.outline else []


def _countries(event: Event, names: dict[str, str]) -> list[str]:
    return [names.get(code, code) for code in event.country_codes]


def _started(event: Event) -> str:
    """The start in the event's time zone: 14 Mar 2026, 08:00 as people read it."""
    return local_text(event.started_at, event.time_zone).replace("T", " ")


def _next(request: HttpRequest) -> str:
    """The page of this site that the request names under `next`; empty if none, or if it is another site's."""
    target = (request.POST.get("next") or request.GET.get("next") or "")[:NEXT_LIMIT]
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else ""


def _found(request: HttpRequest, event_id: int) -> Event:
    if not roles.allows_in(request.user, roles.VIEW, event_id):
        raise Http404
    try:
        event = events.find(event_id)
    except Missing as error:
        raise Http404 from error
    view_state.show_event(request, event)
    return event


def _area(event: Event, area_id: int) -> TeamArea:
    try:
        return team_areas.find(event, area_id)
    except Missing as error:
        raise Http404 from error


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
