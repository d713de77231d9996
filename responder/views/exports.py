"""What a page shows, as a file: at once where it is short, else made by the queue, for whoever asked alone."""

from functools import partial
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from responder import exports, roles
from responder.errors import Invalid, Missing, NotReady, ResponderError
from responder.models import ExportJob, User
from responder.queries import events, incidents, posts
from responder.queries.filters import Filter
from responder.views.feeds import tells_refusals
from responder.web import view_state

QUERY_LIMIT = 1_500


@require_safe
@never_cache
@tells_refusals
@roles.requires(roles.VIEW)
def of_posts(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The posts that pass the page's filter, in the order of work; where they are too many, the offer to make a file."""
    if kind not in exports.KINDS:
        raise Http404
    seen = view_state.of(request)
    query = seen.filter.querystring()
    try:
        return exports.respond(request, _person(request).pk, partial(
            exports.prepare, found=posts.matching(seen.filter, seen.event), event=seen.event, kind=kind, query=query,
            actor=_actor(request),
        ))  # fmt: skip
    except exports.TooLong as error:
        return _page(request, offer={"kind": kind, "query": query, "why": str(error)})


@require_safe
@never_cache
@tells_refusals
@roles.requires(roles.VIEW)
def of_incidents(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The incidents that pass the page's filter, the most severe first."""
    if kind not in exports.INCIDENT_KINDS:
        raise Http404
    seen, (wanted, _notices) = view_state.of(request), incidents.Wanted.parse(request.GET)
    return exports.respond(request, _person(request).pk, partial(
        exports.prepare_incidents, found=incidents.matching(wanted, seen.event, _person(request)), event=seen.event, kind=kind,
        query=wanted.querystring(), actor=_actor(request),
    ))  # fmt: skip


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """The person's files."""
    return _page(request)


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def state(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes while files are made."""
    return render(request, "exports/_jobs.html", _jobs(request))


@require_POST
@never_cache
@roles.requires(roles.VIEW)
def ask(request: HttpRequest) -> HttpResponse:
    """Have a file made."""
    try:
        kind = request.POST.get("kind", "")
        if kind not in exports.KINDS:
            raise Invalid(_("Choose a format."))
        wanted, notices = Filter.parse(QueryDict(request.POST.get("query", "")[:QUERY_LIMIT]))
        event, more = events.resolve(wanted)
        if notices or more:
            raise Invalid(" ".join(map(str, [*notices, *more])))
        exports.ask(owner=_person(request), kind=kind, wanted=wanted, event=event, actor=_actor(request))
    except ResponderError as error:
        return _page(request, error.status, problem=str(error))
    messages.success(request, _("The export has started. You can leave this page."))
    return redirect("exports")


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def file(request: HttpRequest, ref: str) -> HttpResponseBase:
    """A file that was made."""
    try:
        return exports.response(request, _own(request, ref), actor=_actor(request))
    except NotReady as error:
        return render(request, "409.html", {"title": error.title, "detail": str(error)}, status=error.status)


@require_POST
@never_cache
@roles.requires(roles.VIEW)
def delete(request: HttpRequest, ref: str) -> HttpResponse:
    """Stop a file, or remove it."""
    exports.delete(job=_own(request, ref), actor=_actor(request))
    messages.success(request, _("The export is deleted."))
    return HttpResponseRedirect(reverse("exports"))


def _page(request: HttpRequest, status: int = 200, **shown: Any) -> HttpResponse:
    return render(request, "exports/index.html", _jobs(request) | shown, status=status)


def _jobs(request: HttpRequest) -> dict[str, Any]:
    jobs = list(exports.of(_person(request)))
    rows = [{"job": job, "percent": round(100 * job.progress)} for job in jobs]
    return {"jobs": rows, "going_on": any(not job.is_over for job in jobs)}


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)


def _actor(request: HttpRequest) -> str:
    return f"user:{_person(request).username}"


def _own(request: HttpRequest, ref: str) -> ExportJob:
    try:
        return exports.find(owner=_person(request), ref=ref)
    except Missing as error:
        raise Http404 from error
