"""Help: the first ten minutes of each role, and the end of the tour."""

from django.conf import settings
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
    """The help index: pages by role, one's own first. For every signed-in person, also without a role."""
    mine = roles.role_names(request.user)
    context = {
        "roles": sorted(roles.ROLES, key=lambda role: role not in mine), "mine": mine,
        "public_corrections": settings.PUBLIC_CORRECTIONS,
    }  # fmt: skip
    return render(request, "help/index.html", context)


@require_safe
@never_cache
def roles_table(request: HttpRequest) -> HttpResponse:
    """The table of roles and abilities, for every signed-in person, and for administrators the groups that are not roles."""
    mine = roles.role_names(request.user)
    unknown = roles.unknown_groups() if roles.allows(request.user, roles.ADMINISTER) else []
    rows = [{"name": name, "text": text, "mine": name in mine, "in_events": name in roles.EVENT_ROLES}
            for name, text in roles.ROLE_TEXTS.items()]  # fmt: skip
    table = [
        {"text": text, "in_events": ability in roles.EVENT_ABILITIES,
         "cells": [(name, ability in abilities) for name, abilities in roles.ROLES.items()]}
        for ability, text in roles.ABILITY_TEXTS.items()
    ]  # fmt: skip
    return render(request, "help/roles.html", {"rows": rows, "table": table, "unknown": unknown})


@require_safe
@never_cache
def role(request: HttpRequest, role: str) -> HttpResponse:
    """The guide to a role's first ten minutes."""
    if role not in roles.ROLES:
        raise Http404
    return render(request, f"help/{role}.html", {"role": role})


@require_POST
def end_tour(request: HttpRequest) -> HttpResponse:
    """Record that the person has finished or dismissed the tour."""
    User.objects.filter(username=request.user.get_username()).update(toured=True)
    return HttpResponse(status=204) if "X-Requested-With" in request.headers else back(request)
