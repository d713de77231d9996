"""Claiming and snoozing posts."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from responder import roles
from responder.errors import Invalid, ResponderError
from responder.models import Claim
from responder.triage import claims, snoozes
from responder.views.triage import user
from responder.web import problems

SEEN_LIMIT = 4_000  # characters of ids
GROWTH_DIGITS = 4


@require_POST
@roles.requires(roles.TRIAGE)
def claim(request: HttpRequest, post_id: int) -> HttpResponse:
    """Claim the post, or renew the claim. Returns the claims of others on the posts in `seen`."""
    try:
        held = claims.take(post_id=post_id, by=user(request))
    except ResponderError as error:
        return problems.from_error(error)
    seen = [int(part) for part in request.POST.get("seen", "")[:SEEN_LIMIT].split(",") if part.isdecimal()][
        : claims.SHOWN
    ]
    others = claims.of_others(user(request), [*(number for number in seen if number < 10**18), post_id])
    mine = held.user_id == user(request).pk
    return JsonResponse({"mine": mine, "lease_s": Claim.LEASE.seconds, "claims": [person(one) for one in others]})


@require_POST
@roles.requires(roles.TRIAGE)
def release(request: HttpRequest, post_id: int) -> HttpResponse:
    """Release the claim on the post."""
    claims.release(post_id=post_id, by=user(request))
    return HttpResponse(status=204)


@require_POST
@roles.requires(roles.TRIAGE)
def snooze(request: HttpRequest, post_id: int) -> HttpResponse:
    """Snooze the post's text for `span` (15m, 1h), or until it has `grow_by` more copies."""
    try:
        row = snoozes.snooze(
            post_id=post_id, by=user(request), span=request.POST.get("span", ""), grow_by=_growth(request)
        )
    except ResponderError as error:
        return problems.from_error(error)
    return JsonResponse({"id": post_id, "message": snoozes.words(row), "until": row.until.isoformat()})


@require_POST
@roles.requires(roles.TRIAGE)
def wake(request: HttpRequest, post_id: int) -> HttpResponse:
    """End the snooze."""
    try:
        snoozes.wake(post_id=post_id, by=user(request))
    except ResponderError as error:
        return problems.from_error(error)
    return JsonResponse({"id": post_id, "message": _("Back in the queue")})


def person(one: Claim) -> dict[str, Any]:
    """The person who holds a claim."""
    return {"id": one.post_id, "name": one.user.display_name, "initials": one.user.initials}


def _growth(request: HttpRequest) -> int:
    text = request.POST.get("grow_by", "0")
    if not (text.isdecimal() and len(text) <= GROWTH_DIGITS):
        raise Invalid(_("Send `grow_by`: how many more copies, 1 to 1000."))
    return int(text)
