"""Pages of an event's teams: add one, change it, say whether it is free, set it aside."""

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from responder import events, roles
from responder.errors import Missing, ResponderError
from responder.events.forms import StateForm
from responder.models import Event, Team, User
from responder.teams import managing
from responder.teams.forms import AvailabilityForm, TeamForm
from responder.views.feeds import tells_refusals
from responder.web import view_state


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_EVENTS)
def new(request: HttpRequest, event_id: int) -> HttpResponse:
    """A form for another team."""
    event = _event(request, event_id)
    if request.method != "POST":
        return _form(request, TeamForm(event=event), event)
    form = TeamForm(request.POST, event=event)
    try:
        team = form.submit(_created, event=event, by=_person(request))
    except ResponderError as error:
        return _form(request, form, event, status=error.status)
    messages.success(request, _("The team “%(name)s” is added.") % {"name": team.name})
    return _back(event_id)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_EVENTS)
def change(request: HttpRequest, event_id: int, team_id: int) -> HttpResponse:
    """A form for what is known of a team."""
    event = _event(request, event_id)
    team = _team(event, team_id)
    if request.method != "POST":
        return _form(request, TeamForm(event=event, team=team), event, team)
    form = TeamForm(request.POST, event=event, team=team)
    try:
        form.submit(_changed, team=team, by=_person(request))
    except ResponderError as error:
        return _form(request, form, event, team, status=error.status)
    messages.success(request, _("The team is saved."))
    return _back(event_id)


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.VIEW)
def availability(request: HttpRequest, event_id: int, team_id: int) -> HttpResponse:
    """Say whether a team is free, busy or off duty; the verb checks who may."""
    team = _team(_event(request, event_id), team_id)
    AvailabilityForm(request.POST).submit(managing.set_availability, team_id=team.pk, by=_person(request))
    messages.success(request, _("The availability of “%(name)s” is saved.") % {"name": team.name})
    return _back(event_id)


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_EVENTS)
def active(request: HttpRequest, event_id: int, team_id: int) -> HttpResponse:
    """Set a team aside, or use it again."""
    team = _team(_event(request, event_id), team_id)
    form = StateForm(request.POST)
    changed = form.submit(managing.set_active, team_id=team.pk, by=_person(request), active=not team.is_active)
    done = _("“%(name)s” can be assigned again.") if changed.is_active else _("“%(name)s” is no longer offered.")
    messages.success(request, done % {"name": team.name})
    return _back(event_id)


def _created(*, event: Event, by: User, **fields: Any) -> Team:
    return managing.create(event=event, by=by, fields=fields)


def _changed(*, team: Team, by: User, version: int, **fields: Any) -> Team:
    return managing.change(team_id=team.pk, version=version, by=by, fields=fields)


def _form(
    request: HttpRequest, form: TeamForm, event: Event, team: Team | None = None, *, status: int = 200
) -> HttpResponse:
    context = {"form": form, "shown": event, "team": team, "conflict": status == 409}
    return render(request, "teams/form.html", context, status=status)


def _back(event_id: int) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('event', args=[event_id])}#teams")


def _event(request: HttpRequest, event_id: int) -> Event:
    if not roles.allows_in(request.user, roles.VIEW, event_id):
        raise Http404
    try:
        event = events.find(event_id)
    except Missing as error:
        raise Http404 from error
    view_state.show_event(request, event)
    return event


def _team(event: Event, team_id: int) -> Team:
    try:
        return managing.find(event, team_id)
    except Missing as error:
        raise Http404 from error


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
