"""What people do with suggested incidents: open one, dismiss it, or take the dismissal back."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from responder import roles
from responder.errors import ResponderError
from responder.incidents import suggesting
from responder.incidents.forms import VersionForm


@require_POST
@roles.requires(roles.TRIAGE)
def open_incident(request: HttpRequest, suggestion_id: int) -> HttpResponse:
    """Open an incident with the suggestion's posts and show it."""
    incident, refused = _submitted(request, suggestion_id, suggesting.open_suggestion)
    if refused:
        return refused
    messages.success(request, _("Opened %(ref)s.") % {"ref": incident.ref})
    return HttpResponseRedirect(reverse("incident", args=[incident.ref]))


@require_POST
@roles.requires(roles.TRIAGE)
def dismiss(request: HttpRequest, suggestion_id: int) -> HttpResponse:
    """Say that the suggestion is no incident."""
    _suggestion, refused = _submitted(request, suggestion_id, suggesting.dismiss)
    if refused:
        return refused
    messages.success(request, _("Dismissed. These posts will not be suggested again."))
    return HttpResponseRedirect(_list_url())


@require_POST
@roles.requires(roles.TRIAGE)
def suggest_again(request: HttpRequest, suggestion_id: int) -> HttpResponse:
    """Take a dismissal back."""
    _suggestion, refused = _submitted(request, suggestion_id, suggesting.suggest_again)
    if refused:
        return refused
    messages.success(request, _("Suggested again."))
    return HttpResponseRedirect(_list_url())


def _submitted(
    request: HttpRequest, suggestion_id: int, verb: Callable[..., Any]
) -> tuple[Any, HttpResponseRedirect | None]:
    """(result, None), or (None, the way back to the list, which says why it was refused).

    Raises Missing and NotPermitted, which have their own pages.
    """
    form = VersionForm(request.POST, name="suggestion")
    try:
        return form.submit(verb, suggestion_id=suggestion_id, by=request.user), None
    except ResponderError as error:
        if error.status in (403, 404):
            raise
        messages.error(request, str(error))
        return None, HttpResponseRedirect(_list_url())


def _list_url() -> str:
    return reverse("incidents") + "#suggestions"
