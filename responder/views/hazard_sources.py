"""Pages of the sources of official alerts: added, changed, switched, asked at once, and deleted."""

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from responder import roles
from responder.errors import Invalid, ResponderError
from responder.forms import version
from responder.hazards import configuring, forms, presenting, status
from responder.hazards.forms import SourceForm
from responder.models import HazardSource, User
from responder.views.feeds import tells_refusals

Kind = HazardSource.Kind
VERBS = ("on", "off", "ask", "delete")
NEWEST = 20  # alerts on a source's page


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_SOURCES, everywhere=True)
def new(request: HttpRequest) -> HttpResponse:
    """A form for a new source of the kind that the query names."""
    kind = request.POST.get("kind", "") or request.GET.get("kind", "")
    kind = kind if kind in Kind.values else str(Kind.GDACS)
    if request.method != "POST":
        return _form(request, SourceForm(initial=forms.initial(kind)), kind)
    form = SourceForm(request.POST)
    try:
        source = configuring.create(kind=kind, by=_person(request), fields=form.sent)
    except ResponderError as error:
        form.refuse(error)
        return _form(request, form, kind, status=error.status)
    messages.success(request, _("“%(name)s” is added. It is read within a minute.") % {"name": source.name})
    return HttpResponseRedirect(reverse("hazard-source", args=[source.pk]))


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def detail(request: HttpRequest, source_id: int) -> HttpResponse:
    """A source: its state in words, and its newest alerts."""
    source = get_object_or_404(HazardSource, pk=source_id)
    newest = source.alerts.select_related("source").defer("raw")[:NEWEST]
    context = {
        "shown": status.present(source), "alerts": [presenting.present(one) for one in newest],
        "may_manage": roles.allows_in(request.user, roles.MANAGE_SOURCES, None), "note": forms.NOTES.get(Kind(source.kind), ""),
    }  # fmt: skip
    return render(request, "hazards/source.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_SOURCES, everywhere=True)
def edit(request: HttpRequest, source_id: int) -> HttpResponse:
    """A form that changes a source's name and address."""
    source = get_object_or_404(HazardSource, pk=source_id)
    if request.method != "POST":
        return _form(
            request, SourceForm(source=source, initial=forms.initial(source.kind, source)), source.kind, source
        )
    form = SourceForm(request.POST, source=source)
    if not form.is_valid():
        return _form(request, form, source.kind, source, status=Invalid.status)
    loaded = form.cleaned_data["version"]
    try:
        configuring.change(source_id=source_id, version=loaded, by=_person(request), fields=form.sent)
    except ResponderError as error:
        form.refuse(error)
        return _form(request, form, source.kind, source, status=error.status)
    messages.success(request, _("The source is saved."))
    return HttpResponseRedirect(reverse("hazard-source", args=[source_id]))


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_SOURCES, everywhere=True)
def act(request: HttpRequest, source_id: int, verb: str) -> HttpResponse:
    """Switch a source on or off, let it be read at once, or delete it."""
    if verb not in VERBS:
        raise Http404
    loaded, by = version(request.POST.get("version", "")), _person(request)
    if verb == "delete":
        name = configuring.delete(source_id=source_id, version=loaded, by=by)
        messages.success(request, _("“%(name)s” is deleted, with its alerts.") % {"name": name})
        return HttpResponseRedirect(reverse("sources"))
    if verb == "ask":
        configuring.ask_now(source_id=source_id, version=loaded, by=by)
        messages.success(request, _("The source is read within a minute."))
    else:
        configuring.switch(source_id=source_id, version=loaded, is_on=verb == "on", by=by)
        messages.success(
            request, _("The source is on.") if verb == "on" else _("The source is off. Its alerts are kept.")
        )
    return HttpResponseRedirect(reverse("hazard-source", args=[source_id]))


def _form(
    request: HttpRequest, form: SourceForm, kind: str, source: HazardSource | None = None, *, status: int = 200
) -> HttpResponse:
    context = {
        "form": form, "source": source, "kind": kind, "kind_label": forms.KINDS[Kind(kind)], "note": forms.NOTES[Kind(kind)],
        "kinds": [{"name": name, "label": label, "current": name == kind} for name, label in forms.KINDS.items()],
    }  # fmt: skip
    return render(request, "hazards/source_form.html", context, status=status)


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
