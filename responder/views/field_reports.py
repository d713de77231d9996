"""Pages of reports from people: the form of the team, what the model suggests while they type, and the latest reports."""

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from responder import basemaps, chosen_place, field_reports, roles
from responder.errors import ResponderError
from responder.field_reports import forms, suggesting, typed
from responder.field_reports.forms import TypedReportForm
from responder.models import Event, FieldReport, Post, User
from responder.partners import counters
from responder.privacy.masking import mask
from responder.queries import events, items, parts
from responder.web import problems, view_state

EVENTS = 200
EXCERPT = 160
SUGGESTIONS_A_MINUTE = 90  # of one person; typing asks for some twenty
KEPT = ("kind", "event")  # of a report, for the next one


@require_safe
@never_cache
@roles.requires(roles.TRIAGE)
def index(request: HttpRequest) -> HttpResponse:
    """The latest reports, with what became of each."""
    rows = roles.within(
        FieldReport.objects.select_related("post__event"), roles.events_of(request.user, roles.TRIAGE), "post__event"
    )
    part = parts.paginate(request, rows, "page", ("-received_at", "-id"))
    context = {"part": part, "rows": [_row(report) for report in part.rows]}
    return render(request, "field_reports/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@roles.requires(roles.TRIAGE)
def new(request: HttpRequest) -> HttpResponse:
    """The form; a report that was stored leads to an empty form for the next one."""
    choices, person = _events(request), cast(User, request.user)
    if request.method != "POST":
        return _form(request, TypedReportForm(events=choices, initial=_initial(request, choices)), choices)
    form = TypedReportForm(request.POST, events=choices)
    as_json = "text/html" not in request.headers.get("Accept", "text/html")
    age = request.POST.get("age_s", "")
    try:
        filed = form.submit(field_reports.file_typed, by=person, age_s=age)
    except ResponderError as error:
        return problems.from_error(error) if as_json else _form(request, form, choices, status=error.status)
    said = _("Report %(ref)s is saved. It will be in triage within seconds.") if filed.is_new else _(
        "Report %(ref)s was saved before. Nothing was stored twice."
    )  # fmt: skip
    said %= {"ref": filed.report.ref}
    kept = urlencode({name: request.POST.get(name, "") for name in KEPT})
    url = f"{reverse('field-report-new')}?{kept}"
    if not age:  # what is sent late is told by the page that sends it, whichever is open then
        messages.success(request, said)
    if as_json:
        return JsonResponse({"ref": filed.report.ref, "is_new": filed.is_new, "message": said, "url": url})
    return HttpResponseRedirect(url)


@require_POST
@never_cache
@roles.requires(roles.TRIAGE)
def suggest(request: HttpRequest) -> HttpResponse:
    """What the model suggests for `text`, as JSON; 204 where it has nothing to say at the moment."""
    key = f"field-report-suggestions:{request.user.pk}"
    if counters.increment(key, seconds=60) > SUGGESTIONS_A_MINUTE:
        return HttpResponse(status=204)
    events_seen = roles.within(Event.objects.all(), roles.events_of(request.user, roles.TRIAGE), "pk")
    event = events_seen.filter(ref=request.POST.get("event", "").replace("\0", "")[:64]).first()
    found = suggesting.suggest(request.POST.get("text", ""), event)
    if found is None:
        return HttpResponse(status=204)
    is_read = found["language"]["measured"]
    category = items.category(found["category"]["label"])
    return JsonResponse(
        {
            "category": category["label"] if is_read else "",
            "severity": found["priority"]["label"],
            "is_sure": is_read and not found["category"]["abstained"],
            "places": [place["name"] for place in found["places"] if place["latitude"] is not None and place["name"]][
                :3
            ],
        }
    )


def _form(request: HttpRequest, form: TypedReportForm, choices: list[Event], *, status: int = 200) -> HttpResponse:
    shown = next((event for event in choices if event.ref == form["event"].value()), None)
    # The event can be changed in the form: invented streets are shown only if every choice is an exercise.
    exercise = shown if all(event.is_exercise for event in choices) else None
    context = {
        "form": form, "events": choices, "event_ref": shown.ref if shown else "", "bbox": chosen_place.bbox_text(shown),
        "basemaps": basemaps.files_for(exercise),
    }  # fmt: skip
    return render(request, "field_reports/new.html", context, status=status)


def _initial(request: HttpRequest, choices: list[Event]) -> dict[str, str]:
    shown = view_state.from_request(request).event
    wanted = request.GET.get("event", "") or (shown.ref if shown else "")
    refs = [event.ref for event in choices]
    kind = request.GET.get("kind", "")
    return {
        "form_key": typed.new_key(), "kind": kind if kind in typed.KINDS else "phone", "about": "self",
        "event": wanted if wanted in refs else (refs[0] if refs else ""), "severity": "",
        "radius_km": chosen_place.DEFAULT_RADIUS,
    }  # fmt: skip


def _events(request: HttpRequest) -> list[Event]:
    return list(roles.within(events.open_events(), roles.events_of(request.user, roles.TRIAGE), "pk")[:EVENTS])


def _row(report: FieldReport) -> dict[str, Any]:
    post = report.post
    text = mask(post.text)
    return {
        "report": report, "post": post, "source": forms.SOURCES[report.kind], "about": forms.about(report),
        "text": text if len(text) <= EXCERPT else f"{text[: EXCERPT - 1]}…", "is_read": post.state == Post.State.CLASSIFIED,
        "is_quarantined": post.state == Post.State.QUARANTINED, "category": items.category_of(post)["label"] if post.category else "",
    }  # fmt: skip
