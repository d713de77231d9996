"""The developers' page: a first call, their organisation, and issuing, rotating and revoking tokens.

A secret is in the answer to the form and nowhere else: no redirect, no session, no copy in the database.
"""

from typing import Any, cast

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from responder import roles
from responder.errors import Invalid
from responder.models import ApiToken, Membership, User
from responder.partners import organisations, rate_limits, tokens
from responder.partners.forms import OVERLAPS, USUAL_OVERLAP, RotateForm, TokenForm
from responder.queries import parts

PEOPLE_SHOWN = 100
DIGITS = 19  # that fit the database's largest integer


@require_safe
@never_cache
@roles.requires(roles.USE_API)
def index(request: HttpRequest) -> HttpResponse:
    """The page: quick start, the person's organisation, and the tokens they may see."""
    return _page(request)


@require_POST
@never_cache
@roles.requires(roles.USE_API)
def create(request: HttpRequest) -> HttpResponse:
    """Create a token for the person; only this response contains its secret."""
    form, chosen, person = TokenForm(request.POST), _chosen(request), cast(User, request.user)
    if chosen is None:
        return _page(request, 400, problem=_("You don't belong to an organisation yet."), form=form)
    try:
        _token, secret = form.submit(tokens.issue, owner=person, by=person, organisation=chosen.organisation)
    except Invalid as error:
        return _page(request, error.status, form=form)
    return _page(request, 201, secret=secret)


@require_POST
@never_cache
@roles.requires(roles.USE_API)
def rotate(request: HttpRequest, token_id: int) -> HttpResponse:
    """Issue a successor of a token to the person; the old one keeps working for as long as they chose."""
    token = _found(request, token_id)
    try:
        _token, secret = RotateForm(request.POST).submit(tokens.rotate, token=token, by=cast(User, request.user))
    except Invalid as error:
        return _page(request, error.status, problem=str(error))
    return _page(request, 201, secret=secret, replaced=token.prefix)


@require_POST
@never_cache
@roles.requires(roles.USE_API)
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Revoke a token: every process refuses its next request."""
    token = _found(request, token_id)
    tokens.revoke(token=token, by=cast(User, request.user))
    messages.success(
        request, _("Token %(prefix)s… is revoked. Requests with it will be refused.") % {"prefix": token.prefix}
    )
    query = request.GET.urlencode()
    return HttpResponseRedirect(reverse("developers") + (f"?{query}" if query else ""))


def _page(request: HttpRequest, status: int = 200, **shown: Any) -> HttpResponse:
    chosen = _chosen(request)
    part = parts.paginate(request, _listed(request, chosen), "tokens", path=reverse("developers"))
    today = rate_limits.used_today(part.rows)
    context = {
        "memberships": list(organisations.memberships_of(cast(User, request.user))),
        "chosen": chosen,
        "people": _people(chosen),
        "tokens": part,
        "rows": [
            (token, min(today[token.pk], rate_limits.quota(token)), rate_limits.quota(token)) for token in part.rows
        ],
        "form": TokenForm(),
        "overlaps": OVERLAPS.items(),
        "usual_overlap": USUAL_OVERLAP,
        "query": f"?organisation={chosen.organisation_id}" if chosen and "organisation" in request.GET else "",
        "base_url": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "developers/index.html", context | shown, status=status)


def _chosen(request: HttpRequest) -> Membership | None:
    """The membership that the URL names, or the person's first. Raises Http404 for an organisation not theirs."""
    mine, asked = organisations.memberships_of(cast(User, request.user)), request.GET.get("organisation")
    if asked is None:
        return mine.first()
    found = mine.filter(organisation=int(asked)).first() if asked.isdecimal() and len(asked) < DIGITS else None
    if found is None:
        raise Http404
    return found


def _people(chosen: Membership | None) -> list[Membership]:
    rows = Membership.objects.filter(organisation=chosen.organisation_id) if chosen else Membership.objects.none()
    return list(rows.select_related("person").order_by("role", "person__username")[:PEOPLE_SHOWN])


def _listed(request: HttpRequest, chosen: Membership | None) -> QuerySet[ApiToken]:
    """Tokens of the organisation: all of them for its managers, otherwise the person's own."""
    rows = tokens.standing().filter(organisation=chosen.organisation_id if chosen else None)
    return rows if chosen and chosen.manages else rows.filter(owner=request.user.pk)


def _found(request: HttpRequest, token_id: int) -> ApiToken:
    """A token that the person may change. Raises Http404 for any other."""
    managed = organisations.memberships_of(cast(User, request.user)).filter(role=Membership.Role.MANAGER)
    theirs = Q(owner=request.user.pk) | Q(organisation__in=managed.values("organisation"))
    token = ApiToken.objects.filter(theirs, pk=token_id).first() if token_id < 2**63 else None
    if token is None:
        raise Http404
    return token


urlpatterns = [
    path("", index, name="developers"),
    path("tokens", create, name="token-create"),
    path("tokens/<id:token_id>/rotate", rotate, name="token-rotate"),
    path("tokens/<id:token_id>/revoke", revoke, name="token-revoke"),
]
