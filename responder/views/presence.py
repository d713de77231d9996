"""Who else has an incident or a post open. A page that is looked at asks every 15 seconds, which says that its reader is there."""

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from responder import roles
from responder.models import User
from responder.queries import incidents, posts
from responder.web import presence


@require_POST
@roles.requires(roles.VIEW)
def incident(request: HttpRequest, ref: str) -> HttpResponse:
    """The others who have the incident open, with its size; `leave=1` says that the page was closed."""
    found = incidents.by_ref(ref, roles.events_of(request.user, roles.VIEW))
    if found is None:
        raise Http404
    return _answer(request, f"incident:{found.pk}", size=found.size, version=found.version)


@require_POST
@roles.requires(roles.TRIAGE)
def post(request: HttpRequest, post_id: int) -> HttpResponse:
    """The others who have the post open in triage; `leave=1` says that it was closed."""
    if not roles.within(posts.classified(), roles.events_of(request.user, roles.TRIAGE)).filter(pk=post_id).exists():
        raise Http404
    return _answer(request, f"post:{post_id}")


def _answer(request: HttpRequest, subject: str, **more: int) -> HttpResponse:
    person = cast(User, request.user)
    if request.POST.get("leave") == "1":
        presence.leave(subject, person)
        return HttpResponse(status=204)
    return JsonResponse({"people": presence.names(presence.enter(subject, person)), **more})
