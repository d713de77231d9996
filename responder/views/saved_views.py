"""Actions on saved views: plain forms that return to their page."""

from collections.abc import Callable
from functools import wraps
from typing import cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from responder import roles
from responder.api import conditional
from responder.errors import ResponderError
from responder.exports import atom
from responder.models import SavedView, User
from responder.views.session import back
from responder.web import saved_views

View = Callable[..., HttpResponseBase]
FILTER_KEYS = (
    "event",
    "t",
    "tz",
    "cat",
    "sev",
    "conf",
    "status",
    "lang",
    "place",
    "area",
    "source",
    "media",
    "owner",
    "need",
    "q",
    "bbox",
    "sel",
    "cursor",
)
VERSION_DIGITS = 9


def opens_with_view(page: str) -> Callable[[View], View]:
    """Decorate a page, to redirect a URL with only a view, or nothing, to the view's full URL."""

    def decorate(view: View) -> View:
        @wraps(view)
        def opened(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if request.method == "GET" and not any(request.GET.get(key) for key in FILTER_KEYS):
                chosen = _chosen(request, page)
                if chosen and roles.allows(request.user, roles.VIEW):
                    return HttpResponseRedirect(address(chosen, kiosk=request.GET.get("kiosk") == "1"))
            return view(request, *args, **kwargs)

        opened.required_ability = getattr(view, "required_ability", None)  # type: ignore[attr-defined]
        return opened

    return decorate


def address(view: SavedView, *, kiosk: bool = False) -> str:
    """The full URL of a view, with its id and its filter."""
    more = urlencode({"view": view.pk} | ({"kiosk": "1"} if kiosk else {}))
    return f"{reverse(view.page)}?{view.query}{'&' if view.query else ''}{more}"


def _chosen(request: HttpRequest, page: str) -> SavedView | None:
    person = cast(User, request.user)
    requested = request.GET.get("view", "")
    return saved_views.find(requested, person) if requested else saved_views.opening(page, person)


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def feed(request: HttpRequest, view_id: int) -> HttpResponseBase:
    """A view that the person may see, as an Atom feed with places; 304 if nothing changed."""
    view = saved_views.find(str(view_id), cast(User, request.user))
    if view is None:
        raise Http404
    content = atom.feed(
        view, atom.newest(view, roles.events_of(request.user, roles.VIEW)), base_url=request.build_absolute_uri("/").rstrip("/"), feed_url=request.build_absolute_uri()
    )  # fmt: skip
    answer: HttpResponseBase = conditional.answered(request, HttpResponse(content, content_type=atom.MEDIA_TYPE))
    return answer


@require_POST
@roles.requires(roles.VIEW)
def save(request: HttpRequest) -> HttpResponse:
    """Save the page's filter under `name`."""
    given = request.POST
    try:
        view = saved_views.save(
            name=given.get("name", ""), page=given.get("page", ""), query=given.get("query", ""),
            scope=given.get("scope", ""), by=cast(User, request.user),
        )  # fmt: skip
    except ResponderError as error:
        return _refused(request, error)
    messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
    return HttpResponseRedirect(address(view))


@require_POST
@roles.requires(roles.VIEW)
def change(request: HttpRequest, view_id: int) -> HttpResponse:
    """Replace the filter of the saved view with the filter of the page that sent the form."""
    version = request.POST.get("version", "")
    number = int(version) if version.isdecimal() and len(version) <= VERSION_DIGITS else 0
    try:
        query = request.POST.get("query", "")
        view = saved_views.change(view_id=view_id, version=number, query=query, by=cast(User, request.user))
    except ResponderError as error:
        return _refused(request, error)
    messages.success(request, _("The view “%(name)s” is updated.") % {"name": view.name})
    return HttpResponseRedirect(address(view))


@require_POST
@roles.requires(roles.VIEW)
def delete(request: HttpRequest, view_id: int) -> HttpResponse:
    """Delete the view."""
    try:
        saved_views.delete(view_id=view_id, by=cast(User, request.user))
    except ResponderError as error:
        return _refused(request, error)
    messages.success(request, _("The view is deleted."))
    return back(request)


@require_POST
@roles.requires(roles.VIEW)
def open_with(request: HttpRequest) -> HttpResponse:
    """Set the page's default view; without `view`, remove it."""
    requested = request.POST.get("view", "")
    number = int(requested) if requested.isdecimal() and len(requested) <= 18 else None
    try:
        saved_views.open_with(view_id=number, by=cast(User, request.user))
    except ResponderError as error:
        return _refused(request, error)
    return back(request)


def _refused(request: HttpRequest, error: ResponderError) -> HttpResponse:
    """The error page, with the error's status for scripts."""
    template = "409.html" if error.status == 409 else "400.html"
    return render(request, template, {"title": error.title, "detail": str(error)}, status=error.status)
