"""The page of offers: what posts offer, which incidents it may serve, and what people did with it."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from responder import roles
from responder.errors import Conflict, Missing, ResponderError
from responder.forms import ProductForm, number
from responder.models import Offer, User
from responder.offers import deciding, listing
from responder.offers.forms import OfferForm, UseForm
from responder.queries import events
from responder.web import view_state

VERBS: dict[str, tuple[Callable[..., Offer], type[ProductForm], str | Promise]] = {
    "use": (deciding.use, UseForm, gettext_lazy("The offer is used for this incident.")),
    "dismiss": (deciding.dismiss, OfferForm, gettext_lazy("Dismissed.")),
    "reopen": (deciding.reopen, OfferForm, gettext_lazy("The offer is open again.")),
}


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """The offers of the event that is shown, the open ones first."""
    return _page(request)


@require_POST
@never_cache
@roles.requires(roles.TRIAGE)
def act(request: HttpRequest, offer_id: int, verb: str) -> HttpResponse:
    """Use, dismiss or reopen an offer."""
    if verb not in VERBS:
        raise Http404
    work, form_class, done = VERBS[verb]
    form = form_class(request.POST)
    try:
        form.submit(work, offer_id=offer_id, by=cast(User, request.user))
    except Missing as error:
        raise Http404 from error
    except ResponderError as error:
        wrong = _("Somebody else decided on this offer first.") if isinstance(error, Conflict) else str(error)
        return _page(request, status=error.status, notices=[wrong])
    messages.success(request, str(done))
    return HttpResponseRedirect(f"{reverse('offers')}?{request.GET.urlencode()}")


def _page(request: HttpRequest, *, status: int = 200, notices: Any = ()) -> HttpResponse:
    seen = view_state.from_request(request)
    state = request.GET.get("state", "open")
    state = state if state in Offer.State.values else "open"
    shown, following = listing.page(
        seen.event, seen.filter.visible_events, state, before=number(request.GET.get("before", "0"))
    )
    context = {
        "event": events.present(seen.event), "offers": shown, "state": state, "states": Offer.State.choices,
        "next": following, "notices": [*notices, *seen.notices], "languages": listing.languages(),
        "may_work": roles.allows(request.user, roles.TRIAGE),
    }  # fmt: skip
    return render(request, "offers/index.html", context, status=status)
