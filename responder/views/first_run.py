"""The pages of the first run: from the one-time link to a team at work."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from responder import exercise, roles
from responder.accounts import known_devices
from responder.errors import Missing, ResponderError
from responder.first_run import administrator, links, organisation, steps
from responder.first_run.forms import AdministratorForm, OrganisationForm, initial
from responder.models import Event, User
from responder.views.feeds import tells_refusals
from responder.views.session import begin_session


@login_not_required
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def start(request: HttpRequest, token: str) -> HttpResponse:
    """The first step, for the holder of the one-time link: create the administrator, who is then signed in."""
    try:
        links.find(token)
    except Missing:
        return _private(render(request, "first_run/expired.html", status=404))
    form = AdministratorForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        try:
            person = form.submit(administrator.create, token=token)
        except Missing:
            return _private(render(request, "first_run/expired.html", status=404))
        except ResponderError as error:
            return _private(render(request, "first_run/start.html", {"form": form}, status=error.status))
        response = begin_session(request, person, reverse("first-run-organisation"))
        known_devices.remember(request, response, person.username)
        return _private(response)
    return _private(render(request, "first_run/start.html", {"form": form}))


@require_safe
@never_cache
@roles.requires(roles.ADMINISTER)
def index(request: HttpRequest) -> HttpResponse:
    """The five steps, and which are done."""
    found = steps.all_steps()
    context = {"steps": found, "next_step": steps.next_step(found), "installation": organisation.current()}
    return render(request, "first_run/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@roles.requires(roles.ADMINISTER)
def change_organisation(request: HttpRequest) -> HttpResponse:
    """The organisation's name, language and time zone."""
    if request.method != "POST":
        return _organisation(request, OrganisationForm(initial=initial(organisation.current())))
    form = OrganisationForm(request.POST)
    try:
        form.submit(organisation.change, by=cast(User, request.user))
    except ResponderError as error:
        return _organisation(request, form, status=error.status)
    messages.success(request, _("Organisation saved."))
    return HttpResponseRedirect(reverse("first-run"))


@require_safe
@never_cache
@roles.requires(roles.ADMINISTER)
def posts(request: HttpRequest) -> HttpResponse:
    """Three ways to bring in posts."""
    context = {"steps": steps.all_steps(), "current": "posts", "has_event": Event.objects.exists()}
    return render(request, "first_run/posts.html", context)


@require_POST
@tells_refusals
@roles.requires(roles.MANAGE_SOURCES, everywhere=True)
def start_exercise(request: HttpRequest) -> HttpResponse:
    """Start the bundled exercise as a feed of its own event, and open the map."""
    event = exercise.start(by=cast(User, request.user))
    messages.success(request, _("The exercise has started. Its posts are fictional and arrive like live ones."))
    return HttpResponseRedirect(f"{settings.LOGIN_REDIRECT_URL}?event={event.ref}")


@require_POST
@roles.requires(roles.ADMINISTER)
def finish(request: HttpRequest) -> HttpResponse:
    """Finish the first run; its reminder disappears."""
    organisation.finish(by=cast(User, request.user))
    return HttpResponseRedirect(settings.LOGIN_REDIRECT_URL)


def _organisation(request: HttpRequest, form: OrganisationForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "steps": steps.all_steps(), "current": "organisation"}
    return render(request, "first_run/organisation.html", context, status=status)


def _private(response: HttpResponse) -> HttpResponse:
    """Return a response that keeps its secret address from search engines. Its form needs its own referrer (CSRF)."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
