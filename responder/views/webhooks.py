"""Pages of webhooks: endpoints, secrets, deliveries, and replay. People see only their own."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from responder import roles, webhooks
from responder.errors import Missing, ResponderError
from responder.models import User, WebhookEndpoint
from responder.queries import parts
from responder.webhooks.forms import WebhookForm

TRIES = 20  # shown of each delivery


@require_safe
@never_cache
@roles.requires(roles.USE_API)
def index(request: HttpRequest) -> HttpResponse:
    """The page with the form and the person's endpoints."""
    return _page(request)


@require_POST
@never_cache
@roles.requires(roles.USE_API)
def create(request: HttpRequest) -> HttpResponse:
    """Create an endpoint; only this response contains its secret."""
    form = WebhookForm(request.POST)
    try:
        _endpoint, secret = form.submit(webhooks.create, owner=_person(request), actor=_actor(request))
    except ResponderError as error:
        return _page(request, error.status, form=form)
    return _page(request, 201, secret=secret)


@require_safe
@never_cache
@roles.requires(roles.USE_API)
def detail(request: HttpRequest, ref: str) -> HttpResponse:
    """One endpoint with its deliveries and attempts."""
    return _detail(request, _own(request, ref))


@require_POST
@never_cache
@roles.requires(roles.USE_API)
def act(request: HttpRequest, ref: str, verb: str) -> HttpResponse:
    """Pause, resume, test, rotate, replay or delete one endpoint."""
    endpoint, verb_of = _own(request, ref), _VERBS.get(verb)
    if verb_of is None:
        raise Http404
    try:
        return verb_of(request, endpoint)
    except Missing as error:  # somebody deleted it a moment ago
        raise Http404 from error
    except ResponderError as error:
        return _detail(request, endpoint, error.status, problem=str(error))


def _rotate(request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    return _detail(request, endpoint, secret=webhooks.rotate(endpoint=endpoint, actor=_actor(request)))


def _pause(request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    webhooks.pause(endpoint=endpoint, actor=_actor(request))
    said = _(
        "Webhook paused. Events that happen while it is paused are not sent later; events already queued are sent "
        "when you resume it."
    )
    return _said(request, endpoint, said)


def _resume(request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    webhooks.resume(endpoint=endpoint, actor=_actor(request))
    return _said(request, endpoint, _("Webhook resumed. Queued and new events are sent from now on."))


def _test(request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    webhooks.ping(endpoint=endpoint)
    return _said(request, endpoint, _("A test event is queued. Its result appears under Deliveries within seconds."))


def _replay(request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    one = request.POST.get("delivery", "")
    delivery_id = int(one) if one.isdecimal() and len(one) < 18 else None
    if one and delivery_id is None:
        raise Http404
    count = webhooks.replay(endpoint=endpoint, actor=_actor(request), delivery_id=delivery_id)
    said = ngettext("%(count)d delivery is queued again.", "%(count)d deliveries are queued again.", count)
    return _said(request, endpoint, said % {"count": count})


def _delete(request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    webhooks.delete(endpoint=endpoint, actor=_actor(request))
    messages.success(request, _("The webhook is deleted."))
    return HttpResponseRedirect(reverse("webhooks"))


_VERBS: dict[str, Callable[[HttpRequest, WebhookEndpoint], HttpResponse]] = {
    "rotate": _rotate, "pause": _pause, "resume": _resume, "test": _test, "replay": _replay, "delete": _delete,
}  # fmt: skip


def _page(request: HttpRequest, status: int = 200, **shown: Any) -> HttpResponse:
    waiting = Count("deliveries", filter=Q(deliveries__state="waiting"))
    dead = Count("deliveries", filter=Q(deliveries__state="dead"))
    context = {
        "endpoints": webhooks.owned_by(_person(request)).annotate(waiting=waiting, dead=dead),
        "form": WebhookForm(),
    }
    return render(request, "developers/webhooks.html", context | shown, status=status)


def _detail(request: HttpRequest, endpoint: WebhookEndpoint, status: int = 200, **shown: Any) -> HttpResponse:
    rows = endpoint.deliveries.select_related("event").prefetch_related("attempts")
    part = parts.paginate(request, rows, "deliveries")
    context = {
        "endpoint": endpoint,
        "part": part,
        "rows": [(row, list(row.attempts.all())[:TRIES]) for row in part.rows],
        "dead": endpoint.deliveries.filter(state="dead").exists(),
    }
    return render(request, "developers/webhook.html", context | shown, status=status)


def _said(request: HttpRequest, endpoint: WebhookEndpoint, words: str) -> HttpResponse:
    messages.success(request, words)
    return HttpResponseRedirect(reverse("webhook", args=[endpoint.ref]))


def _own(request: HttpRequest, ref: str) -> WebhookEndpoint:
    try:
        return webhooks.find(owner=_person(request), ref=ref)
    except Missing as error:
        raise Http404 from error


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)


def _actor(request: HttpRequest) -> str:
    return f"user:{_person(request).username}"
