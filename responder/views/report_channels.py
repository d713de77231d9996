"""Pages of the channels that receive reports: created, changed, switched, given a new link, and printed as a QR code."""

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from responder import roles
from responder.errors import Invalid, Missing, ResponderError
from responder.field_reports import channels, forms, keys, qr
from responder.field_reports.forms import ChannelForm
from responder.forms import version
from responder.models import Event, ReportChannel, User
from responder.queries import events
from responder.views.feeds import tells_refusals

EVENTS = 200
Kind = ReportChannel.Kind
ADDRESSES = {Kind.PUBLIC_FORM: "report-form", Kind.SMS: "inbound-sms", Kind.SIGNED: "inbound-messages"}
VERBS = ("on", "off", "rotate")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_SOURCES)
def new(request: HttpRequest) -> HttpResponse:
    """A form for a new channel of the kind that the query names."""
    kind = request.POST.get("kind", "") or request.GET.get("kind", "")
    kind = kind if kind in Kind.values else str(Kind.PUBLIC_FORM)
    if request.method != "POST":
        initial = {"event": request.GET.get("event", "")}
        return _form(request, ChannelForm(kind=kind, events=_events(request), initial=initial), kind)
    form = ChannelForm(request.POST, kind=kind, events=_events(request))
    try:
        channel = channels.create(kind=kind, by=_person(request), fields=form.sent)
    except ResponderError as error:
        form.refuse(error)
        return _form(request, form, kind, status=error.status)
    messages.success(request, _("“%(name)s” is added and switched on.") % {"name": channel.name})
    return HttpResponseRedirect(reverse("report-channel", args=[channel.ref]))


@require_safe
@never_cache
@roles.requires(roles.MANAGE_SOURCES)
def detail(request: HttpRequest, ref: str) -> HttpResponse:
    """A channel with its link or webhook URL, its figures, and how to set up the sender."""
    channel = _found(request, ref)
    context: dict[str, Any] = {
        "channel": channel, "kind_label": forms.CHANNEL_KINDS[channel.kind], "url": _address(request, channel),
        "is_open": channel.event.is_open,
        "signing_secret": keys.signing_secret(channel) if channel.kind == Kind.SIGNED else "",
    }  # fmt: skip
    response = render(request, "field_reports/channel.html", context)
    response["Referrer-Policy"] = "same-origin"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_SOURCES)
def edit(request: HttpRequest, ref: str) -> HttpResponse:
    """A form that changes the settings of a channel."""
    channel = _found(request, ref)
    if request.method != "POST":
        form = ChannelForm(kind=channel.kind, events=_events(request), channel=channel, initial=forms.initial(channel))
        return _form(request, form, channel.kind, channel)
    form = ChannelForm(request.POST, kind=channel.kind, events=_events(request), channel=channel)
    if not form.is_valid():
        return _form(request, form, channel.kind, channel, status=Invalid.status)
    try:
        channels.change(ref=ref, version=form.cleaned_data["version"], by=_person(request), fields=form.sent)
    except ResponderError as error:
        form.refuse(error)
        return _form(request, form, channel.kind, channel, status=error.status)
    messages.success(request, _("The channel is saved."))
    return HttpResponseRedirect(reverse("report-channel", args=[ref]))


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_SOURCES)
def act(request: HttpRequest, ref: str, verb: str) -> HttpResponse:
    """Switch a channel on or off, or give it a new link."""
    if verb not in VERBS:
        raise Http404
    loaded = version(request.POST.get("version", ""))
    if verb == "rotate":
        channels.rotate(ref=ref, version=loaded, by=_person(request))
        messages.success(request, _("The channel has a new link. The former one no longer works."))
    else:
        channels.switch(ref=ref, version=loaded, is_on=verb == "on", by=_person(request))
        messages.success(request, _("The channel is on.") if verb == "on" else _("The channel is off."))
    return HttpResponseRedirect(reverse("report-channel", args=[ref]))


@require_safe
@never_cache
@roles.requires(roles.MANAGE_SOURCES)
def poster(request: HttpRequest, ref: str) -> HttpResponse:
    """A page to print: the QR code and the link of a public form."""
    channel = _form_channel(request, ref)
    context = {"channel": channel, "url": _address(request, channel)}
    return render(request, "field_reports/poster.html", context)


@require_safe
@never_cache
@roles.requires(roles.MANAGE_SOURCES)
def code(request: HttpRequest, ref: str) -> HttpResponse:
    """The QR code of a public form, as SVG."""
    channel = _form_channel(request, ref)
    response = HttpResponse(qr.svg(_address(request, channel)), content_type="image/svg+xml")
    response["Content-Disposition"] = f'inline; filename="report-form-{channel.ref}.svg"'
    return response


def _form(
    request: HttpRequest, form: ChannelForm, kind: str, channel: ReportChannel | None = None, *, status: int = 200
) -> HttpResponse:
    context = {
        "form": form, "channel": channel, "kind": kind, "kind_label": forms.CHANNEL_KINDS[kind],
        "kinds": [{"name": name, "label": label, "current": name == kind} for name, label in forms.CHANNEL_KINDS.items()],
    }  # fmt: skip
    return render(request, "field_reports/channel_form.html", context, status=status)


def _address(request: HttpRequest, channel: ReportChannel) -> str:
    """The full address of a channel; empty for a mailbox."""
    name = ADDRESSES.get(Kind(channel.kind))
    return request.build_absolute_uri(reverse(name, args=[keys.key_of(channel)])) if name else ""


def _form_channel(request: HttpRequest, ref: str) -> ReportChannel:
    channel = _found(request, ref)
    if channel.kind != Kind.PUBLIC_FORM:
        raise Http404
    return channel


def _found(request: HttpRequest, ref: str) -> ReportChannel:
    try:
        return channels.find(ref, _person(request))
    except Missing as error:
        raise Http404 from error


def _events(request: HttpRequest) -> list[Event]:
    return list(roles.within(events.open_events(), roles.events_of(request.user, roles.MANAGE_SOURCES), "pk")[:EVENTS])


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
