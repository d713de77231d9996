"""The search behind the place picker: names of the bundled gazetteer, ranked for an event."""

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from classifier.places import search as gazetteer
from responder import roles
from responder.classification import locating
from responder.errors import Invalid
from responder.models import Event
from responder.web import problems

RESULTS = 8


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def search(request: HttpRequest) -> HttpResponse:
    """Places that `q` may mean, the most likely first; those of the event `event` come before others."""
    try:
        event = _event(request.GET.get("event", ""))
    except Invalid as error:
        return problems.from_error(error)
    found = gazetteer.search(request.GET.get("q", ""), context=locating.context_of(event), limit=RESULTS)
    return JsonResponse({"results": [asdict(one) for one in found]})


def _event(ref: str) -> Event | None:
    """The event with this reference; None for an empty one. Raises Invalid."""
    if not ref:
        return None
    event = None if "\x00" in ref else Event.objects.filter(ref=ref[:100]).first()
    if event is None:
        raise Invalid(_("The event “%(ref)s” does not exist.") % {"ref": ref[:100]})
    return event
