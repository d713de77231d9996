"""Asking for machine translations of posts, and showing them; scripts ask for several posts at once."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from responder import roles
from responder.errors import ResponderError
from responder.forms import is_number, numbers
from responder.models import User
from responder.translation import presenting, requesting
from responder.web import problems

SCRIPT = "fetch"  # what our scripts send as X-Requested-With


@require_POST
@never_cache
@roles.requires(roles.VIEW)
def ask(request: HttpRequest) -> HttpResponse:
    """Let the posts under `post` be translated; with `automatic`, those of them that the person can't read."""
    is_script, is_automatic = request.headers.get("X-Requested-With") == SCRIPT, bool(request.POST.get("automatic"))
    try:
        ids = numbers(request.POST, "post")
        requesting.ask(post_ids=ids, by=_person(request), is_automatic=is_automatic)
    except ResponderError as error:
        if is_script:
            return problems.from_error(error)
        messages.error(request, str(error))
        return HttpResponseRedirect(_back(request))
    if is_script:
        return JsonResponse(_parts(request, ids))
    messages.success(request, _("The post is being translated. Reload the page in a moment."))
    return HttpResponseRedirect(_back(request))


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def parts(request: HttpRequest) -> JsonResponse:
    """The translations of the posts that `post` names, as HTML; posts that the person may not see are left out."""
    ids = [int(one) for one in request.GET.getlist("post")[: requesting.MOST_AT_ONCE] if is_number(one)]
    return JsonResponse(_parts(request, ids))


def _parts(request: HttpRequest, ids: list[int]) -> dict[str, dict[str, str]]:
    found = presenting.of_posts(ids, _person(request))
    return {
        "translations": {
            str(pk): render_to_string("partials/translation.html", {"translation": one, "post_id": pk}, request)
            for pk, one in found.items()
        }
    }


def _back(request: HttpRequest) -> str:
    target = request.POST.get("next", "")[:2_000]
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if is_ours else reverse("home")


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
