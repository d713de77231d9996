"""The public form of an event: no account, no script needed, small enough for a slow line. Its link can't be guessed."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from responder import field_reports
from responder.errors import Closed, ResponderError
from responder.field_reports import keys, public
from responder.field_reports.forms import PublicReportForm
from responder.models import FieldReport, ReportChannel
from responder.web import client_addresses

KIND = ReportChannel.Kind.PUBLIC_FORM


@csrf_exempt  # nobody is signed in here: whoever has the link may send, from any page, and no cookie has to be kept
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def form(request: HttpRequest, token: str) -> HttpResponse:
    """The form; a report that was stored leads to its receipt."""
    channel = _channel(token)
    if not channel.is_on or not channel.event.is_open:
        return _page(request, channel, "field_reports/closed.html", status=410)
    if request.method != "POST":
        empty = PublicReportForm(initial={"form_key": public.new_key()})
        return _page(request, channel, "field_reports/public.html", form=empty)
    sent = PublicReportForm(request.POST)
    try:
        filed = sent.submit(field_reports.receive, channel=channel, address=client_addresses.of_request(request) or "")
    except Closed:  # meanwhile
        return _page(request, channel, "field_reports/closed.html", status=410)
    except ResponderError as error:
        return _refused(request, channel, sent, error)
    return HttpResponseRedirect(reverse("report-received", args=[token, filed.report.ref]))


@login_not_required
@require_safe
@never_cache
def received(request: HttpRequest, token: str, ref: str) -> HttpResponse:
    """The receipt of a report: its reference and when it came, nothing else of it."""
    channel = _channel(token)
    is_ref = len(ref) == 11 and set(ref) <= {*keys.SIGNS, "-"}
    report = FieldReport.objects.filter(ref=ref, channel=channel).first() if is_ref else None
    if report is None:
        raise Http404
    return _page(request, channel, "field_reports/received.html", report=report)


def _refused(
    request: HttpRequest, channel: ReportChannel, sent: PublicReportForm, error: ResponderError
) -> HttpResponse:
    """The form with all that was typed, and what is wrong."""
    data = request.POST.copy()
    data["website"] = ""
    try:
        public.opened_at(data.get("form_key", ""))
    except ResponderError:
        data["form_key"] = public.new_key()
    again = PublicReportForm(data)
    if again.is_valid():
        again.refuse(error)
    response = _page(request, channel, "field_reports/public.html", status=error.status, form=again)
    if wait := getattr(error, "retry_after_s", None):
        response["Retry-After"] = str(wait)
    return response


def _channel(token: str) -> ReportChannel:
    if (found := keys.find(token, KIND)) is None:
        raise Http404
    return found


def _page(
    request: HttpRequest, channel: ReportChannel, template: str, *, status: int = 200, **shown: object
) -> HttpResponse:
    context = {
        "channel": channel, "event": channel.event, "token": keys.key_of(channel), "language": get_language() or "en",
        "is_rtl": get_language_bidi(), "corrections_url": reverse("correct") if settings.PUBLIC_CORRECTIONS else "",
    }  # fmt: skip
    response = render(request, template, context | shown, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response
