"""Exporting a page's posts or incidents: streamed if short, otherwise written by the queue."""

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
    """Export the posts of the page's filter in review order; if there are too many, offer a queued export."""
    if kind not in exports.KINDS:
        raise Http404
    seen = view_state.from_request(request)
    query = seen.filter.querystring()
    try:
        return exports.respond(request, _person(request).pk, partial(
            exports.prepare, found=posts.matching(seen.filter, seen.event), event=seen.event, kind=kind, query=query,
            actor=_actor(request), for_people=True,
        ))  # fmt: skip
    except exports.TooLong as error:
        return _page(request, offer={"kind": kind, "query": query, "why": str(error)})


@require_safe
@never_cache
@tells_refusals
@roles.requires(roles.VIEW)
def of_incidents(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Export the incidents of the page's filter, most severe first."""
    if kind not in exports.INCIDENT_KINDS:
        raise Http404
    seen, (incident_filter, _notices) = view_state.from_request(request), incidents.IncidentFilter.parse(request.GET)
    return exports.respond(request, _person(request).pk, partial(
        exports.prepare_incidents, found=incidents.matching(incident_filter, seen.event, seen.filter.visible_events, _person(request)), event=seen.event, kind=kind,
        query=incident_filter.querystring(), actor=_actor(request), for_people=True,
    ))  # fmt: skip


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """The list of the person's exports."""
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
    """Queue an export."""
    try:
        kind = request.POST.get("kind", "")
        if kind not in exports.KINDS:
            raise Invalid(_("Choose a format."))
        post_filter, notices = Filter.parse(
            QueryDict(request.POST.get("query", "")[:QUERY_LIMIT]), roles.events_of(request.user, roles.VIEW)
        )
        event, more = events.resolve(post_filter)
        if notices or more:
            raise Invalid(" ".join(map(str, [*notices, *more])))
        exports.ask(owner=_person(request), kind=kind, post_filter=post_filter, event=event, actor=_actor(request))
    except ResponderError as error:
        return _page(request, error.status, problem=str(error))
    messages.success(request, _("The export has started. You can leave this page."))
    return redirect("exports")


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def file(request: HttpRequest, ref: str) -> HttpResponseBase:
    """Download a finished export."""
    try:
        return exports.response(request, _own(request, ref), actor=_actor(request), for_people=True)
    except NotReady as error:
        return render(request, "409.html", {"title": error.title, "detail": str(error)}, status=error.status)


@require_POST
@never_cache
@roles.requires(roles.VIEW)
def delete(request: HttpRequest, ref: str) -> HttpResponse:
    """Cancel or delete an export."""
    exports.delete(job=_own(request, ref), actor=_actor(request))
    messages.success(request, _("The export is deleted."))
    return HttpResponseRedirect(reverse("exports"))


def _page(request: HttpRequest, status: int = 200, **shown: Any) -> HttpResponse:
    return render(request, "exports/index.html", _jobs(request) | shown, status=status)


def _jobs(request: HttpRequest) -> dict[str, Any]:
    jobs = list(exports.owned_by(_person(request)))
    rows = [{"job": job, "percent": round(100 * job.progress), "bytes": exports.size_of(job)} for job in jobs]
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
