"""The board of the response, and opening or taking a post's incident with one keystroke."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from responder import roles
from responder.errors import ResponderError
from responder.incidents import at_once
from responder.models import Incident, User
from responder.queries import clocks, events, liveness, response
from responder.web import problems, view_state

BOARD = "board"


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def page(request: HttpRequest) -> HttpResponse:
    """What nobody answers, worst first; with `show=board` all incidents by status."""
    return render(request, "response/index.html", _context(request))


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def part(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes, as HTML."""
    return render(request, "response/_part.html", _context(request))


@require_POST
@roles.requires(roles.TRIAGE)
def open_post(request: HttpRequest, post_id: int) -> HttpResponse:
    """Open an incident with one post."""
    return _at_once(request, at_once.open_incident, post_id, _("Opened %(ref)s."))


@require_POST
@roles.requires(roles.TRIAGE)
def take_post(request: HttpRequest, post_id: int) -> HttpResponse:
    """Assign the post's incident to the person; it is opened where there is none."""
    return _at_once(request, at_once.take, post_id, _("%(ref)s is assigned to you."))


def _at_once(request: HttpRequest, work: Any, post_id: int, said: str) -> HttpResponse:
    as_json = "text/html" not in request.headers.get("Accept", "text/html")
    try:
        done = work(post_id=post_id, by=cast(User, request.user))
    except ResponderError as error:
        if as_json:
            return problems.from_error(error)
        messages.error(request, str(error))
        return HttpResponseRedirect(f"{reverse('incident-pick')}?post={post_id}")
    url, message = reverse("incident", args=[done.incident.ref]), said % {"ref": done.incident.ref}
    if not as_json:
        messages.success(request, message)
        return HttpResponseRedirect(url)
    undo = {
        "url": reverse("incident-act", args=[done.incident.ref, "undo"]), "version": done.incident.version,
        "entry": done.entry.pk,
    }  # fmt: skip
    return JsonResponse({"ref": done.incident.ref, "url": url, "message": message, "undo": undo})


def _context(request: HttpRequest) -> dict[str, Any]:
    seen = view_state.from_request(request)
    visible = seen.filter.visible_events
    found = response.board(seen.event, visible)
    shows_board = request.GET.get("show") == BOARD
    _allow(request, [*found.worst, *(one for column in found.columns for one in column.incidents)])
    state = liveness.of_event(seen.event.pk if seen.event else None, visible)
    event = f"event={seen.event.ref}" if seen.event else ""
    here = _url("response", event, f"show={BOARD}" if shows_board else "")
    return {
        "event": events.present(seen.event),
        "notices": seen.notices,
        "board": found,
        "medians": clocks.medians(seen.event, visible),
        "liveness": state,
        "silent": state.tone != liveness.OK,
        "shows_board": shows_board,
        "here": here,
        "part_url": _url("response-part", event, f"show={BOARD}" if shows_board else ""),
        "list_url": _url("response", event),
        "board_url": _url("response", event, f"show={BOARD}"),
        "loose_url": _url("map", event, "sev=1"),
        "outcomes": Incident.Outcome.choices,
    }


def _allow(request: HttpRequest, rows: Iterable[dict[str, Any]]) -> None:
    """Write on each incident what the person may do with it."""
    known: dict[int | None, tuple[bool, bool]] = {}
    for row in rows:
        event_id = row["event_id"]
        if event_id not in known:
            known[event_id] = (
                roles.allows_in(request.user, roles.TRIAGE, event_id), roles.allows_in(request.user, roles.LEAD, event_id)
            )  # fmt: skip
        row["can_work"], row["can_lead"] = known[event_id]


def _url(name: str, *parts: str) -> str:
    query = "&".join(part for part in parts if part)
    return reverse(name) + (f"?{query}" if query else "")
