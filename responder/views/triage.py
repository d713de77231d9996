"""Decisions on posts: JSON for scripts, a redirect back for plain forms."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from classifier import clock
from responder import roles
from responder import triage as work
from responder.errors import Conflict, Invalid, ResponderError
from responder.models import TriageAction
from responder.queries import items, placing
from responder.triage import Choice
from responder.triage.forms import PlacePostForm
from responder.web import problems

VERSION_DIGITS = 9
Verb = TriageAction.Verb
PAST = {
    Verb.CONFIRM: "confirmed",
    Verb.CORRECT: "corrected",
    Verb.DISMISS: "dismissed",
    Verb.SEVERITY: "weighed",
    Verb.PLACE: "placed",
    Verb.UNDO: "undone",
}
VERBS = {"confirm": Verb.CONFIRM, "category": Verb.CORRECT, "dismiss": Verb.DISMISS, "severity": Verb.SEVERITY}
ROWS = {"": "map/_item.html", "queue": "triage/_row.html"}


@require_POST
@roles.requires(roles.TRIAGE)
def confirm(request: HttpRequest, post_id: int) -> HttpResponse:
    """Confirm the category."""
    return _answer(request, post_id, "confirm")


@require_POST
@roles.requires(roles.TRIAGE)
def category(request: HttpRequest, post_id: int) -> HttpResponse:
    """Correct the category to `category`."""
    return _answer(request, post_id, "category")


@require_POST
@roles.requires(roles.TRIAGE)
def dismiss(request: HttpRequest, post_id: int) -> HttpResponse:
    """Dismiss the post as not relevant."""
    return _answer(request, post_id, "dismiss")


@require_POST
@roles.requires(roles.TRIAGE)
def severity(request: HttpRequest, post_id: int) -> HttpResponse:
    """Set the `severity`, 1 to 4."""
    return _answer(request, post_id, "severity")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@roles.requires(roles.TRIAGE)
def place(request: HttpRequest, post_id: int) -> HttpResponse:
    """The form that sets the place by hand, and what it sends: a place, or that there is none."""
    if request.method != "POST":
        return _place_page(request, post_id, None)
    form = PlacePostForm(request.POST, name="place")
    try:
        actions = form.submit(work.decide, post_id=post_id, by=user(request), batch=key(request))
    except Conflict as error:
        return _place_page(request, post_id, form, error) if _wants_page(request) else _refused(request, error)
    except ResponderError as error:
        return _place_page(request, post_id, form, error) if _wants_page(request) else problems.from_error(error)
    return _decided(request, actions)


def _place_page(
    request: HttpRequest, post_id: int, form: PlacePostForm | None, error: ResponderError | None = None
) -> HttpResponse:
    """The form as a page, or as the part of a page for scripts; `form` is the one that was refused."""
    shown = placing.editable(post_id, request.user)
    if shown is None:
        raise Http404
    if form is None:
        form = PlacePostForm(initial=shown.initial, name="place")
    mentions: Any = form.fields["mention"].widget
    mentions.choices = [*mentions.choices, *shown.mentions]
    context = {
        "item": shown.item, "form": form, "candidates": shown.candidates, "copies": shown.copies,
        "event_ref": shown.event_ref, "bbox": shown.bbox, "problem": error if isinstance(error, Conflict) else None,
        "next": _safe_next(request, post_id),
    }  # fmt: skip
    template = "places/page.html" if _wants_page(request) else "places/_form.html"
    return render(request, template, context, status=error.status if error else 200)


@require_POST
@roles.requires(roles.TRIAGE)
def undo(request: HttpRequest, post_id: int) -> HttpResponse:
    """Undo the newest decision."""
    return _answer(request, post_id, "undo")


def user(request: HttpRequest) -> Any:
    """The signed-in user, which `roles.requires` guarantees."""
    return request.user


def choice(request: HttpRequest, verb: str) -> Choice | None:
    """The choice that a request makes; None for an undo. Raises Invalid."""
    if verb == "undo":
        return None
    if verb not in VERBS:
        raise Invalid(_("Send `verb`: confirm, category, dismiss, severity or undo."))
    level = request.POST.get("severity", "")
    return Choice(VERBS[verb], request.POST.get("category", ""), int(level) if level in ("1", "2", "3", "4") else 0)


def key(request: HttpRequest) -> UUID | None:
    """The Idempotency-Key of a request, if it carries one. Raises Invalid."""
    text = request.headers.get("Idempotency-Key", "")
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Invalid(_("The Idempotency-Key of a decision must be a UUID.")) from error


def version(text: str) -> int:
    """A post's version as it was sent. Raises Invalid."""
    if not (text.isdecimal() and len(text) <= VERSION_DIGITS):
        raise Invalid(_("Send `version`: the version of the post that you loaded."))
    return int(text)


def message(actions: Sequence[TriageAction]) -> str:
    """The message that says what was decided, and on how many posts."""
    words = work.describe(actions[0])
    if len(actions) == 1:
        return words
    number = ngettext("%(n)d post", "%(n)d posts", len(actions)) % {"n": len(actions)}
    return f"{words} · {number}"


def conflict(error: Conflict) -> dict[str, Any]:
    """The conflict as JSON: who was first, what they did, how long ago, and the current version."""
    ago = max(0, int((clock.now() - error.at).total_seconds())) if error.at else None
    return {"by": error.by, "what": error.what, "ago_s": ago, "version": error.version}


def _answer(request: HttpRequest, post_id: int, verb: str) -> HttpResponse:
    try:
        actions = _decide(request, post_id, verb)
    except ResponderError as error:
        return _refused(request, error)
    return _decided(request, actions)


def _decided(request: HttpRequest, actions: list[TriageAction]) -> HttpResponse:
    if _wants_page(request):
        messages.success(request, message(actions))
        return _back(request)
    return JsonResponse(_decision(request, actions))


def _decide(request: HttpRequest, post_id: int, verb: str) -> list[TriageAction]:
    chosen = choice(request, verb)
    common: dict[str, Any] = {
        "post_id": post_id, "version": version(request.POST.get("version", "")), "by": user(request),
        "copies": request.POST.get("copies") == "1", "batch": key(request),
    }  # fmt: skip
    return work.take_back(**common) if chosen is None else work.decide(choice=chosen, **common)


def _decision(request: HttpRequest, actions: list[TriageAction]) -> dict[str, Any]:
    action = actions[0]
    shown = items.find(action.post_id, request.user)
    row = ROWS.get(request.POST.get("list", ""), ROWS[""])
    context = {"item": shown, "can_triage": True}
    can_undo = action.verb != Verb.UNDO
    url = reverse("triage-undo", args=[action.post_id])
    return {
        "id": action.post_id,
        "version": action.version,
        "action": PAST[Verb(action.verb)],
        "message": message(actions),
        "posts": len(actions),
        "undo": {"url": url, "version": action.version} if can_undo else None,
        "item_html": render_to_string(row, context, request) if shown else "",
    }


def _refused(request: HttpRequest, error: ResponderError) -> HttpResponse:
    if _wants_page(request):
        messages.error(request, str(error))
        return _back(request)
    if isinstance(error, Conflict):
        return problems.from_error(error, **conflict(error))
    return problems.from_error(error)


def _wants_page(request: HttpRequest) -> bool:
    """Whether a plain form was sent: scripts say so by a header, or do not navigate."""
    navigates = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    by_script = "X-Requested-With" in request.headers
    return "text/html" in request.headers.get("Accept", "") and navigates and not by_script


def _back(request: HttpRequest) -> HttpResponse:
    target = request.POST.get("next", "")
    return HttpResponseRedirect(target if _is_here(request, target) else reverse("map"))


def _safe_next(request: HttpRequest, post_id: int) -> str:
    """Where the form leads back to: the page that it was opened from, otherwise the post on the map."""
    target = request.POST.get("next") or request.GET.get("next", "")
    return target if _is_here(request, target) else f"{reverse('map')}?sel={post_id}"


def _is_here(request: HttpRequest, target: str) -> bool:
    return url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
