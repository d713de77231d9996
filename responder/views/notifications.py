"""The page of a person's notifications: what waits, what was held back, their settings and channels; and the bell."""

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from responder import roles
from responder.alerting import channels, composing, inbox, preferences, push, reacting, wording
from responder.alerting.forms import ChannelForm, SettingsForm, settings_initial
from responder.errors import Missing, ResponderError
from responder.forms import is_number
from responder.models import NotificationChannel, NotificationDelivery, User
from responder.privacy import secrets
from responder.queries import parts
from responder.views.feeds import tells_refusals
from responder.views.session import safe_next
from responder.web import problems

TRIES = 5  # deliveries of each channel on the page


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """The person's notifications, settings and channels."""
    return _page(request)


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def bell(request: HttpRequest) -> JsonResponse:
    """What the bell shows: the number of unread notifications and the newest of them; asked for every few seconds."""
    return JsonResponse(inbox.bell(_person(request)))


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.VIEW)
def react(request: HttpRequest, firing_id: int, verb: str) -> HttpResponse:
    """Acknowledge or snooze what a rule fired."""
    if verb == "acknowledge":
        reacting.acknowledge(firing_id=firing_id, by=_person(request))
        messages.success(request, _("Acknowledged. Nobody else is notified of it."))
    elif verb == "snooze":
        minutes = request.POST.get("minutes", "")
        reacting.snooze(
            firing_id=firing_id, minutes=int(minutes) if is_number(minutes) else 0, by=_person(request)
        )  # fmt: skip
        messages.success(request, _("Snoozed. If it is still open then, those who were notified are reminded."))
    else:
        raise Http404
    return _back(request)


@require_POST
@never_cache
@roles.requires(roles.VIEW)
def read(request: HttpRequest) -> HttpResponse:
    """Mark one notification, or all, as read."""
    chosen = request.POST.get("notification", "")
    if chosen and not is_number(chosen):
        raise Http404
    reacting.mark_read(notification_id=int(chosen) if chosen else None, by=_person(request))
    return _back(request)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@roles.requires(roles.VIEW)
def change_settings(request: HttpRequest) -> HttpResponse:
    """The person's quiet hours, limit and sound."""
    person = _person(request)
    if request.method != "POST":
        form = SettingsForm(initial=settings_initial(composing.settings_of(person)))
        return render(request, "notifications/settings.html", {"form": form})
    form = SettingsForm(request.POST)
    try:
        form.submit(preferences.change, person=person)
    except ResponderError as error:
        return render(request, "notifications/settings.html", {"form": form}, status=error.status)
    messages.success(request, _("Your settings are saved."))
    return HttpResponseRedirect(reverse("notifications-settings"))


@require_POST
@never_cache
@roles.requires(roles.VIEW)
def add_channel(request: HttpRequest) -> HttpResponse:
    """Add a channel."""
    form = ChannelForm(request.POST, services=settings.CHAT_SERVICES)
    try:
        channel = form.submit(channels.create, person=_person(request), host=_host(request))
    except ResponderError as error:
        return _page(request, error.status, channel_form=form)
    if channel.kind == NotificationChannel.Kind.WEBHOOK:
        return _page(request, 201, new_channel=channel, secret=channels.secret_of(channel))
    messages.success(request, _("The channel is added. Send a test to see whether it works."))
    return HttpResponseRedirect(reverse("notifications") + "#channels-h")


@require_POST
@never_cache
@roles.requires(roles.VIEW)
def subscribe(request: HttpRequest) -> HttpResponse:
    """Add a browser that has subscribed to push messages; answers with JSON."""
    try:
        channel = channels.create(
            person=_person(request), kind=NotificationChannel.Kind.PUSH, label=request.POST.get("label", "")[:60],
            address=request.POST.get("subscription", ""), host=_host(request),
        )  # fmt: skip
    except ResponderError as error:
        return problems.problem(error.status, error.title, str(error))
    return JsonResponse({"channel": channel.pk}, status=201)


@require_POST
@never_cache
@roles.requires(roles.VIEW)
def act(request: HttpRequest, channel_id: int, verb: str) -> HttpResponse:
    """Test, pause, resume or delete one of the person's channels."""
    done = _VERBS.get(verb)
    try:
        channel = channels.find(person=_person(request), channel_id=channel_id)
    except Missing as error:
        raise Http404 from error
    if done is None:
        raise Http404
    work, said = done
    try:
        work(channel=channel)
    except ResponderError as error:
        return _page(request, error.status, channel_problem=str(error))
    messages.success(request, said())
    return HttpResponseRedirect(reverse("notifications") + "#channels-h")


_VERBS: dict[str, tuple[Callable[..., None], Callable[[], str]]] = {
    "test": (channels.test, lambda: _("A test is queued. Its result appears under the channel within seconds.")),
    "pause": (channels.pause, lambda: _("The channel is paused.")),
    "resume": (channels.resume, lambda: _("The channel is used again.")),
    "delete": (channels.delete, lambda: _("The channel is deleted.")),
}


def _page(request: HttpRequest, status: int = 200, **shown: Any) -> HttpResponse:
    person = _person(request)
    deliveries = NotificationDelivery.objects.select_related("message").order_by("-id")
    rows = channels.owned_by(person).prefetch_related(Prefetch("deliveries", queryset=inbox.newest(deliveries, TRIES)))
    context: dict[str, Any] = {
        "waiting": inbox.waiting(person), "held": inbox.held(person), "earlier": parts.paginate(request, inbox.earlier(person), "earlier"),
        "channel_form": ChannelForm(services=settings.CHAT_SERVICES),
        "channels": [
            {"channel": one, "kind": wording.CHANNEL_LABELS[one.kind], "state": wording.CHANNEL_STATES[one.state],
             "deliveries": [(row, wording.DELIVERY_STATES[row.state]) for row in one.deliveries.all()]}
            for one in rows
        ],
        "push_key": _push_key(), "snoozes": reacting.SNOOZES,
        "may_manage": roles.allows(request.user, roles.MANAGE_ALERT_RULES),
    }  # fmt: skip
    return render(request, "notifications/index.html", context | shown, status=status)


def _push_key() -> str:
    try:
        return push.public_key()
    except secrets.UnknownKey:  # its page of settings still opens, without push messages
        return ""


def _back(request: HttpRequest) -> HttpResponse:
    if request.headers.get("X-Requested-With") == "fetch":
        return JsonResponse(inbox.bell(_person(request)))
    return HttpResponseRedirect(safe_next(request) or reverse("notifications"))


def _host(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
