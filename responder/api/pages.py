"""The page for partners' developers: a first call, and their tokens, which they make, replace and revoke themselves.

A secret is in the answer to the form and nowhere else: no redirect, no session, no copy in the database.
"""

from datetime import timedelta
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from classifier import clock
from responder import roles, tokens
from responder.errors import Invalid
from responder.models import ApiToken, User

SHOWN = 200
LIFETIMES = {
    7: gettext_lazy("7 days"), 30: gettext_lazy("30 days"), 90: gettext_lazy("90 days"), 365: gettext_lazy("1 year"),
}  # fmt: skip
USUAL_LIFETIME = 90
OVERLAPS = {
    0: gettext_lazy("at once"), 1: gettext_lazy("in 1 hour"), 24: gettext_lazy("in 1 day"), 168: gettext_lazy("in 7 days"),
}  # fmt: skip
USUAL_OVERLAP = 24


@require_safe
@never_cache
@roles.requires(roles.USE_API)
def index(request: HttpRequest) -> HttpResponse:
    """Quick start and the person's own tokens."""
    return _page(request)


@require_POST
@never_cache
@roles.requires(roles.USE_API)
def create(request: HttpRequest) -> HttpResponse:
    """A new token of the person's own; the only answer that holds its secret."""
    asked = {name: " ".join(request.POST.get(name, "").split()) for name in ("organisation", "name")}
    scopes, person = request.POST.getlist("scope")[:50], cast(User, request.user)
    try:
        days = _choice(request, "days", LIFETIMES)
        expires_at = clock.now() + timedelta(days=days)
        _token, secret = tokens.issue(owner=person, by=person, scopes=scopes, expires_at=expires_at, **asked)
    except Invalid as error:
        return _page(request, 400, problem=str(error), values=asked | {"scopes": scopes})
    return _page(request, 201, secret=secret)


@require_POST
@never_cache
@roles.requires(roles.USE_API)
def rotate(request: HttpRequest, token_id: int) -> HttpResponse:
    """A successor of one of the person's tokens; the old one works on for as long as they chose."""
    token = _own(request, token_id)
    try:
        hours = _choice(request, "hours", OVERLAPS)
        _token, secret = tokens.rotate(token=token, overlap=timedelta(hours=hours), by=cast(User, request.user))
    except Invalid as error:
        return _page(request, 400, problem=str(error))
    return _page(request, 201, secret=secret, replaced=token.prefix)


@require_POST
@never_cache
@roles.requires(roles.USE_API)
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Revoke one of the person's tokens: every process refuses its next request."""
    token = _own(request, token_id)
    tokens.revoke(token=token, by=cast(User, request.user))
    messages.success(request, _("%(prefix)s… is revoked: its next request is refused.") % {"prefix": token.prefix})
    return HttpResponseRedirect(reverse("developers"))


def _page(request: HttpRequest, status: int = 200, **shown: Any) -> HttpResponse:
    own = list(ApiToken.objects.filter(owner=request.user.pk)[:SHOWN])
    last = own[0].organisation if own else ""
    context = {
        "tokens": own,
        "scopes": tokens.SCOPES.items(),
        "lifetimes": LIFETIMES.items(),
        "usual_lifetime": USUAL_LIFETIME,
        "overlaps": OVERLAPS.items(),
        "usual_overlap": USUAL_OVERLAP,
        "values": {"organisation": last, "name": "", "scopes": ["predict"]},
        "base_url": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "developers/index.html", context | shown, status=status)


def _own(request: HttpRequest, token_id: int) -> ApiToken:
    """The person's token; those of others do not exist for them."""
    token = ApiToken.objects.filter(pk=token_id, owner=request.user.pk).first() if token_id < 2**63 else None
    if token is None:
        raise Http404
    return token


def _choice(request: HttpRequest, name: str, known: dict[int, Any]) -> int:
    chosen = {str(value): value for value in known}.get(request.POST.get(name, ""))
    if chosen is None:
        raise Invalid(_("Choose one of what is offered."))
    return chosen


urlpatterns = [
    path("", index, name="developers"),
    path("tokens", create, name="token-create"),
    path("tokens/<int:token_id>/rotate", rotate, name="token-rotate"),
    path("tokens/<int:token_id>/revoke", revoke, name="token-revoke"),
]
