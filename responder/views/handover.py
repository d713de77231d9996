"""Pages of handovers: the last ones, a draft to write over, and the acknowledgement."""

import re
from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from responder import roles
from responder.errors import ResponderError
from responder.forms import ProductForm
from responder.models import Event, Handover, User
from responder.privacy.masking import mask
from responder.situation import forms, handover, shift
from responder.views.feeds import tells_refusals
from responder.web import view_state

LISTED = 50
REF = re.compile(r"(INC-\d{4,18})(?!\d)")
State = Handover.State
Step = tuple[Callable[..., Any], type[ProductForm], str | Promise]
STEPS: dict[str, Step] = {
    "give": (handover.give, forms.VersionForm, gettext_lazy("Handed over. The next lead must acknowledge it.")),
    "acknowledge": (handover.acknowledge, forms.AcknowledgeForm, gettext_lazy("Acknowledged. You have taken over.")),
    "discard": (handover.discard, forms.VersionForm, gettext_lazy("The draft is discarded.")),
}


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """The last handovers of the page's event, and a form for the next one."""
    return _index(request)


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.LEAD)
def draft(request: HttpRequest) -> HttpResponse:
    """Draft a handover of the page's event."""
    event, form = _event(request), forms.SinceForm(request.POST)
    if event is None:
        raise Http404
    try:
        row = form.submit(handover.draft, event_id=event.pk, by=_person(request))
    except ResponderError as error:
        return _index(request, form, status=error.status)
    return HttpResponseRedirect(reverse("handover-edit", args=[row.pk]))


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def detail(request: HttpRequest, handover_id: int) -> HttpResponse:
    """A handover, and what this person may do with it."""
    return _page(request, _found(request, handover_id))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@tells_refusals
@roles.requires(roles.LEAD)
def edit(request: HttpRequest, handover_id: int) -> HttpResponse:
    """A form to write over a draft."""
    row = _found(request, handover_id)
    if not roles.allows_in(request.user, roles.LEAD, row.event_id):
        raise Http404
    view_state.show_event(request, row.event)
    people = _choices(row)
    form = forms.HandoverForm(
        request.POST if request.method == "POST" else None, people=people, initial=forms.initial_handover(row)
    )
    status = 200
    if request.method == "POST":
        try:
            form.submit(handover.edit, handover_id=row.pk, by=_person(request))
        except ResponderError as error:
            status = error.status
        else:
            messages.success(request, str(gettext_lazy("The draft is saved. Hand it over when it is complete.")))
            return HttpResponseRedirect(reverse("handover", args=[row.pk]))
    context = {"row": row, "form": form, "is_draft": row.state == State.DRAFT}
    return render(request, "situation/handover_edit.html", context, status=status)


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.LEAD)
def act(request: HttpRequest, handover_id: int, verb: str) -> HttpResponse:
    """Take a step; the verb itself judges who may."""
    row, step = _found(request, handover_id), STEPS.get(verb)
    if step is None:
        raise Http404
    work, form_class, done = step
    form = form_class(request.POST, name=verb)
    try:
        form.submit(work, handover_id=row.pk, by=_person(request))
    except ResponderError as error:
        return _page(request, _found(request, handover_id), status=error.status, refused=form)
    messages.success(request, str(done))
    if verb == "discard":
        return HttpResponseRedirect(f"{reverse('handovers')}?event={row.event.ref}")
    return HttpResponseRedirect(reverse("handover", args=[row.pk]))


def _index(request: HttpRequest, form: ProductForm | None = None, *, status: int = 200) -> HttpResponse:
    event, person = _event(request), _person(request)
    rows = handover.visible(person)
    if event is not None:
        rows = rows.filter(event=event)
    may_write = event is not None and roles.allows_in(person, roles.LEAD, event.pk)
    context: dict[str, Any] = {
        "rows": rows.select_related("event", "given_by", "created_by", "acknowledged_by").defer("content", "sections")[
            :LISTED
        ],
        "of": event,
    }
    if may_write and event:
        context["form"] = form or forms.SinceForm(initial=forms.initial_since(event))
    return render(request, "situation/handovers.html", context, status=status)


def _page(
    request: HttpRequest, row: Handover, status: int = 200, *, refused: ProductForm | None = None
) -> HttpResponse:
    person = _person(request)
    view_state.show_event(request, row.event)
    leads = roles.allows_in(person, roles.LEAD, row.event_id)
    wrote = row.writers.filter(pk=person.pk).exists()
    given = row.state == State.GIVEN
    context = {
        "row": row, "sections": list(_sections(row, person)), "on_duty": list(row.on_duty.all()), "refused": refused,
        "may_edit": leads and row.state == State.DRAFT, "may_acknowledge": leads and given and not wrote,
        "wrote": leads and given and wrote, "remark": _readable(row.remark, row, person),
        "forms": {name: _step_form(name, row, refused) for name in STEPS},
    }  # fmt: skip
    return render(request, "situation/handover.html", context, status=status)


def _sections(row: Handover, person: User) -> Any:
    """(title, lines) of the sections with text; each line is pieces of words and references."""
    for name, title in handover.SECTIONS.items():
        text = _readable(row.sections.get(name, ""), row, person)
        lines = [REF.split(line.strip()) for line in text.split("\n") if line.strip()]
        yield {
            "key": name, "title": title,
            "lines": [[{"text": piece, "is_ref": number % 2} for number, piece in enumerate(line)] for line in lines],
        }  # fmt: skip


def _readable(text: str, row: Handover, person: User) -> str:
    """A text by people who handle the event's incidents: as written for their peers, masked for everyone else."""
    return text if roles.allows_in(person, roles.TRIAGE, row.event_id) else mask(text)


def _choices(row: Handover) -> list[tuple[str, str]]:
    found = {one.pk: one.display_name for one in [*row.on_duty.all(), *shift.people_on_duty(row.event, row.since)]}
    return [(str(number), name) for number, name in sorted(found.items(), key=lambda pair: pair[1])]


def _step_form(name: str, row: Handover, refused: ProductForm | None) -> ProductForm:
    if refused is not None and refused.form_name == name:
        return refused
    return STEPS[name][1](name=name, initial={"version": row.version})


def _event(request: HttpRequest) -> Event | None:
    return view_state.from_request(request).event


def _found(request: HttpRequest, handover_id: int) -> Handover:
    rows = handover.visible(request.user).select_related("event", "created_by", "given_by", "acknowledged_by")
    row = rows.filter(pk=handover_id).first()
    if row is None:
        raise Http404
    return row


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
