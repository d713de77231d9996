"""The ledger of rumours: the list, one rumour, and what people do with it."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from responder import roles
from responder.errors import Conflict, Invalid, NotPermitted, ResponderError
from responder.forms import ProductForm, is_number
from responder.models import Event, Rumour, RumourPost, User
from responder.queries import items, rumours
from responder.rumours import forms, keeping
from responder.web import view_state

ACTIONS: dict[str, tuple[Callable[..., Any], type[ProductForm], Any, str]] = {
    "add": (keeping.add_post, forms.SideForm, gettext_lazy("Added."), roles.TRIAGE),
    "remove": (keeping.remove_post, forms.PostForm, gettext_lazy("Removed."), roles.TRIAGE),
    "judge": (keeping.judge, forms.VerdictForm, gettext_lazy("The verdict is given in your name."), roles.LEAD),
}


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """The rumours of the event, newest first."""
    return _index(request, forms.OpenForm(name="rumour"))


def _index(request: HttpRequest, form: forms.OpenForm, *, status: int = 200) -> HttpResponse:
    seen = view_state.from_request(request)
    wanted = request.GET.get("verdict", "all")
    state = wanted if wanted in rumours.STATES else "all"
    found = rumours.matching(seen.event, seen.filter.visible_events, state)
    before = request.GET.get("before", "")
    page = found.filter(pk__lt=int(before)) if is_number(before) else found
    rows = list(rumours.counted(page)[: rumours.PAGE_SIZE + 1])
    labels = {"all": _("All"), **dict(Rumour.Verdict.choices)}
    query = seen.query()
    context = {
        "rumours": [rumours.present(row) for row in rows[: rumours.PAGE_SIZE]],
        "older": f"?{query}&verdict={state}&before={rows[rumours.PAGE_SIZE - 1].pk}" if len(rows) > rumours.PAGE_SIZE else "",
        "states": [(labels[one], f"?{query}&verdict={one}", one == state) for one in rumours.STATES],
        "form": form,
        "may_open": bool(seen.event) and roles.allows_in(request.user, roles.TRIAGE, seen.event),
    }  # fmt: skip
    return render(request, "rumours/index.html", context, status=status)


@require_POST
@roles.requires(roles.TRIAGE)
def open_rumour(request: HttpRequest) -> HttpResponse:
    """Open a rumour in the event of the page, or in that of the post that it begins with."""
    form = forms.OpenForm(request.POST, name="rumour")
    event = view_state.from_request(request).event
    try:
        post_id = request.POST.get("post", "")
        if is_number(post_id) and (item := items.find(int(post_id), request.user)):
            event = _event_of(item)
        if event is None:
            raise Invalid(_("There is no event yet."))
        side = request.POST.get("side", RumourPost.Side.FOR)
        rumour = form.submit(keeping.open_rumour, event=event, side=side, by=_user(request))
    except ResponderError as error:
        if not form.errors:
            form.refuse(error)
        return _index(request, form, status=error.status)
    messages.success(request, _("Rumour %(ref)s is open.") % {"ref": rumour.ref})
    return HttpResponseRedirect(reverse("rumour", args=[rumour.ref]))


@require_safe
@never_cache
@roles.requires(roles.TRIAGE)
def pick(request: HttpRequest) -> HttpResponse:
    """The rumours that a post can be added to, and the form to open another."""
    post_id = request.GET.get("post", "")
    item = items.find(int(post_id), request.user) if is_number(post_id) else None
    if item is None or not item["event_id"]:
        raise Http404
    event = _event_of(item)
    found = rumours.matching(event, view_state.from_request(request).filter.visible_events, "all")
    form = forms.OpenForm(initial={"post": item["id"], "claim": item["text"][:200]}, name="rumour")
    context = {
        "item": item, "form": form, "sides": RumourPost.Side.choices,
        "rumours": [rumours.present(row) for row in rumours.counted(found)[: rumours.PAGE_SIZE]],
        "may_work": roles.allows_in(request.user, roles.TRIAGE, event),
    }  # fmt: skip
    return render(request, "rumours/pick.html", context)


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def detail(request: HttpRequest, ref: str) -> HttpResponse:
    """One rumour with the posts on both sides."""
    return _detail(request, _rumour(request, ref))


@require_POST
@roles.requires(roles.TRIAGE)
def act(request: HttpRequest, ref: str, verb: str) -> HttpResponse:
    """Add or remove a post, or give the verdict; the verb checks the person's permission."""
    rumour = _rumour(request, ref)
    if verb not in ACTIONS:
        raise Http404
    work, form_class, said, ability = ACTIONS[verb]
    if not roles.allows_in(request.user, ability, rumour.event_id):
        return _detail(request, rumour, problem=NotPermitted(_("Your role doesn't let you do this here.")))
    form = form_class(request.POST, name=verb)
    try:
        form.submit(work, rumour_id=rumour.pk, by=_user(request))
    except ResponderError as error:
        return _detail(request, _rumour(request, ref), form=form if verb == "judge" else None, problem=error)
    messages.success(request, said)
    return HttpResponseRedirect(reverse("rumour", args=[rumour.ref]))


def _detail(
    request: HttpRequest, rumour: Rumour, *, form: ProductForm | None = None, problem: ResponderError | None = None
) -> HttpResponse:
    view_state.show_event(request, rumour.event)
    shown = rumours.present(rumours.counted(Rumour.objects.filter(pk=rumour.pk)).get())
    if form is None or isinstance(problem, Conflict):
        initial = {"version": rumour.version, "verdict": rumour.verdict, "basis": rumour.basis, "answer": rumour.answer}
        form = forms.VerdictForm(initial=initial, name="judge")
        top = [str(problem)] if problem else []
    else:
        top = []
    context = {
        "rumour": shown, "sides": rumours.sides(rumour), "form": form, "problems": top,
        "may_work": roles.allows_in(request.user, roles.TRIAGE, rumour.event),
        "may_judge": roles.allows_in(request.user, roles.LEAD, rumour.event), "zone": view_state.from_request(request).zone,
    }  # fmt: skip
    return render(request, "rumours/detail.html", context, status=problem.status if problem else 200)


def _rumour(request: HttpRequest, ref: str) -> Rumour:
    number = rumours.by_ref(ref)
    if number is None:
        raise Http404
    try:
        return keeping.find(number, request.user)
    except ResponderError as error:
        raise Http404 from error


def _event_of(item: items.Item) -> Event:
    return Event.objects.get(pk=item["event_id"])


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
