"""Decisions on posts: JSON for scripts, a redirect back for plain forms."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from classifier import clock
from responder import roles
from responder import triage as work
from responder.errors import Conflict, Invalid, ResponderError
from responder.models import TriageAction
from responder.queries import items
from responder.views import problems

VERSION_DIGITS = 9
PAST = {
    TriageAction.Verb.CONFIRM: "confirmed",
    TriageAction.Verb.CORRECT: "corrected",
    TriageAction.Verb.DISMISS: "dismissed",
    TriageAction.Verb.UNDO: "undone",
}


@require_POST
@roles.requires(roles.TRIAGE)
def confirm(request: HttpRequest, post_id: int) -> HttpResponse:
    """The category is right."""
    return _answer(request, post_id, work.confirm)


@require_POST
@roles.requires(roles.TRIAGE)
def category(request: HttpRequest, post_id: int) -> HttpResponse:
    """The category is another one: `category`."""
    return _answer(request, post_id, work.correct, category=request.POST.get("category", ""))


@require_POST
@roles.requires(roles.TRIAGE)
def dismiss(request: HttpRequest, post_id: int) -> HttpResponse:
    """The post is not relevant."""
    return _answer(request, post_id, work.dismiss)


@require_POST
@roles.requires(roles.TRIAGE)
def undo(request: HttpRequest, post_id: int) -> HttpResponse:
    """The newest decision does not stand."""
    return _answer(request, post_id, work.undo)


def _answer(request: HttpRequest, post_id: int, verb: Callable[..., TriageAction], **arguments: str) -> HttpResponse:
    try:
        action = verb(post_id=post_id, version=_version(request), by=request.user, **arguments)
    except ResponderError as error:
        return _refused(request, error)
    if _wants_page(request):
        messages.success(request, work.describe(action))
        return _back(request)
    return JsonResponse(_decision(request, action))


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    if not (text.isdecimal() and len(text) <= VERSION_DIGITS):
        raise Invalid(_("Send `version`: the number of the post's version that you looked at."))
    return int(text)


def _decision(request: HttpRequest, action: TriageAction) -> dict[str, Any]:
    shown = items.find(action.post_id)
    context = {"item": shown, "can_triage": True}
    can_undo = action.verb != TriageAction.Verb.UNDO
    url = reverse("triage-undo", args=[action.post_id])
    return {
        "id": action.post_id,
        "version": action.version,
        "action": PAST[TriageAction.Verb(action.verb)],
        "message": work.describe(action),
        "undo": {"url": url, "version": action.version} if can_undo else None,
        "item_html": render_to_string("map/_item.html", context, request) if shown else "",
    }


def _refused(request: HttpRequest, error: ResponderError) -> HttpResponse:
    if _wants_page(request):
        messages.error(request, str(error))
        return _back(request)
    if isinstance(error, Conflict):
        ago = max(0, int((clock.now() - error.at).total_seconds())) if error.at else None
        return problems.of(error, by=error.by, what=error.what, ago_s=ago, version=error.version)
    return problems.of(error)


def _wants_page(request: HttpRequest) -> bool:
    """Whether a plain form was sent: scripts say so by a header, or do not navigate."""
    navigates = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    by_script = "X-Requested-With" in request.headers
    return "text/html" in request.headers.get("Accept", "") and navigates and not by_script


def _back(request: HttpRequest) -> HttpResponse:
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(target if safe else reverse("map"))
