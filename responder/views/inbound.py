"""Addresses for SMS gateways: Twilio's webhook, and messages as signed JSON. Their keys can't be guessed, and each message is signed."""

from urllib.parse import urlsplit, urlunsplit

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from responder.errors import Missing, ResponderError
from responder.field_reports import filing, inbound, keys
from responder.models import ReportChannel
from responder.partners import counters
from responder.web import problems

TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
ERRORS_A_MINUTE = 1  # that are written to a channel's row: strangers must not make us write
PORTS = {"https": 443, "http": 80}


@csrf_exempt
@login_not_required
@require_POST
@never_cache
def sms(request: HttpRequest, key: str) -> HttpResponse:
    """Accept a message from Twilio, or from a gateway that sends the same requests. Answers with empty TwiML."""
    channel = None
    try:
        channel = _channel(key, ReportChannel.Kind.SMS)
        sent = [(name, value) for name, values in request.POST.lists() for value in values]
        inbound.check_twilio(channel, _addresses(request), sent, request.headers.get("X-Twilio-Signature", "")[:100])
        inbound.accept(channel, inbound.from_twilio(request.POST.dict()))
    except ResponderError as error:
        return _refused(channel, error)
    return HttpResponse(TWIML, content_type="text/xml; charset=utf-8")


@csrf_exempt
@login_not_required
@require_POST
@never_cache
def messages(request: HttpRequest, key: str) -> HttpResponse:
    """Accept a message as signed JSON. Answers with the reference of its report; null while other parts are missing."""
    channel = None
    try:
        channel = _channel(key, ReportChannel.Kind.SIGNED)
        message_id = inbound.check_signed(channel, request.headers, request.body)
        report = inbound.accept(channel, inbound.from_json(request.body, message_id))
    except ResponderError as error:
        return _refused(channel, error)
    return JsonResponse({"report": report.ref if report else None}, status=202)


def _channel(key: str, kind: str) -> ReportChannel:
    channel = keys.find(key, kind)
    if channel is None:
        raise Missing(_("This URL does not exist, or it was replaced."))
    if not channel.is_on:
        raise Missing(_("This channel is off."))
    return channel


def _refused(channel: ReportChannel | None, error: ResponderError) -> HttpResponse:
    if channel is not None:
        is_stranger = isinstance(error, inbound.WrongSignature)
        if not is_stranger or counters.increment(f"report-channel-error:{channel.pk}", seconds=60) <= ERRORS_A_MINUTE:
            filing.count_refused(channel, str(error))
    return problems.from_error(error)


def _addresses(request: HttpRequest) -> list[str]:
    """The addresses under which a gateway may have sent this request, whatever the proxies in front rewrote."""
    parts = urlsplit(request.build_absolute_uri())
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    found = []
    for scheme, port in PORTS.items():
        for netloc in dict.fromkeys((parts.netloc, host, f"{host}:{port}")):
            found.append(urlunsplit((scheme, netloc, parts.path, parts.query, "")))
    return found
