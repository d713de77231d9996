"""The public door for people who are named in posts: ask, follow the request, fetch and verify the receipt. No log-in.

Nothing here looks a post up: whatever somebody enters, the answer is a reference and a secret link.
"""

import json
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from monitoring import audit
from responder import corrections
from responder.corrections import forms, receipts, receiving, wording
from responder.corrections.forms import RequestForm, VerifyForm
from responder.corrections.keeping import KEPT
from responder.errors import ResponderError
from responder.models import CorrectionRequest
from responder.views.session import too_many
from responder.web import client_addresses


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def ask(request: HttpRequest) -> HttpResponse:
    """The form; a request that was stored leads to its secret link."""
    if not settings.PUBLIC_CORRECTIONS:
        raise Http404
    if request.method != "POST":
        return _private(render(request, "corrections/ask.html", {"form": RequestForm(), "is_public": True}))
    form = RequestForm(request.POST)
    try:
        _stored, token = form.submit(_receive, address=client_addresses.of_request(request) or "")
    except corrections.TooManyRequests as error:
        return too_many(request, str(error), error.retry_after_s)
    except ResponderError as error:
        return _private(render(request, "corrections/ask.html", {"form": form, "is_public": True}, status=error.status))
    return _private(HttpResponseRedirect(reverse("correct-state", args=[token])))


@login_not_required
@require_safe
@never_cache
def state(request: HttpRequest, token: str) -> HttpResponse:
    """Show the status of a request to the holder of its link."""
    asked = _asked(token)
    receipt = receipts.verify(asked.receipt) if asked.receipt else None
    context: dict[str, Any] = {
        "asked": asked, "token": token, "wish": forms.wish(asked), "refusal": forms.refusal(asked), "receipt": receipt,
        "kept_days": KEPT.days, "is_public": settings.PUBLIC_CORRECTIONS, "link": request.build_absolute_uri(request.path),
    }  # fmt: skip
    if receipt:
        context |= {"done": wording.done(receipt), "remains": wording.remains(receipt)}
    return _secret(render(request, "corrections/state.html", context))


@login_not_required
@require_safe
@never_cache
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """The signed receipt as a file."""
    asked = _asked(token)
    if not asked.receipt:
        raise Http404
    try:
        receiving.limit("correction-receipt", client_addresses.of_request(request) or "")
    except corrections.TooManyRequests as error:
        return too_many(request, str(error), error.retry_after_s)
    audit.record(
        actor="system:public", action="correction.receipt_fetched", object_type="correction", object_id=asked.ref
    )
    answer = HttpResponse(asked.receipt, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="receipt-{asked.ref}.json"'
    return _secret(answer)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def verify(request: HttpRequest) -> HttpResponse:
    """Whether a receipt is ours and unchanged."""
    if request.method != "POST":
        return _private(
            render(request, "corrections/verify.html", {"form": VerifyForm(), "is_public": settings.PUBLIC_CORRECTIONS})
        )
    form, context = VerifyForm(request.POST), {}
    if form.is_valid():
        try:
            receiving.limit("correction-verify", client_addresses.of_request(request) or "")
        except corrections.TooManyRequests as error:
            return too_many(request, str(error), error.retry_after_s)
        found = receipts.verify(form.cleaned_data["document"].strip())
        shown = json.dumps(found, indent=1, ensure_ascii=False) if found else ""
        context = {"is_checked": True, "found": found, "shown": shown}
    return _private(
        render(request, "corrections/verify.html", {"form": form, "is_public": settings.PUBLIC_CORRECTIONS} | context)
    )


def _receive(*, website: str, **fields: str) -> tuple[CorrectionRequest, str]:
    return corrections.receive(suspected=bool(website.strip()), **fields)  # type: ignore[arg-type]


def _asked(token: str) -> CorrectionRequest:
    if (found := corrections.by_token(token)) is None:
        raise Http404
    return found


def _private(response: HttpResponse) -> HttpResponse:
    """The response, kept from search engines."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _secret(response: HttpResponse) -> HttpResponse:
    """Return a response that keeps its secret URL out of the Referer header. Pages with forms need their own referrer (CSRF)."""
    response["Referrer-Policy"] = "no-referrer"
    return _private(response)
