"""Help: the first ten minutes of each role, and the end of the tour."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from responder import roles
from responder.models import User
from responder.views.session import back


@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """Which page is for whom; one's own roles first. For everybody who signed in, with a role or without."""
    mine = roles.role_names(request.user)
    return render(
        request, "help/index.html", {"roles": sorted(roles.ROLES, key=lambda role: role not in mine), "mine": mine}
    )


@require_safe
@never_cache
def role(request: HttpRequest, role: str) -> HttpResponse:
    """The first ten minutes of a role."""
    if role not in roles.ROLES:
        raise Http404
    return render(request, f"help/{role}.html", {"role": role})


@require_POST
def end_tour(request: HttpRequest) -> HttpResponse:
    """The person has seen the tour, or does not want it."""
    User.objects.filter(username=request.user.get_username()).update(toured=True)
    return HttpResponse(status=204) if "X-Requested-With" in request.headers else back(request)
