"""Middleware for every request: an id for log lines, and errors while the database is unavailable."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _text

from responder import roles
from responder.errors import Invalid, ResponderError
from responder.logs import SECRET_LINK
from responder.web import acting, problems

log = structlog.get_logger(__name__)
Handler = Callable[[HttpRequest], HttpResponse]
View = Callable[..., HttpResponse]
RETRY_AFTER_S = 5
UTF_8 = frozenset({"utf-8", "utf8"})
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
WELL_FORMED_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")


class RequestIdMiddleware:
    """Gives each request an id (the caller's, if well formed), in every log line and in `X-Request-ID`."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        offered = request.headers.get("X-Request-ID", "")
        request.id = offered if WELL_FORMED_ID.match(offered) else uuid.uuid4().hex  # type: ignore[attr-defined]
        with structlog.contextvars.bound_contextvars(request_id=request.id), acting.serving(request):  # type: ignore[attr-defined]
            response = self.get_response(request)
        response["X-Request-ID"] = request.id  # type: ignore[attr-defined]
        return response


class ProbesMiddleware:
    """Lets probes and Prometheus ask by the address of a machine or container instead of the site's name.

    They can't send another Host header. Nothing in these responses depends on the host, and `/metrics` asks for its token.
    """

    paths = frozenset({"/healthz", "/readyz", "/metrics"})

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in self.paths:
            request.META.pop("HTTP_X_FORWARDED_HOST", None)
            named = (host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*")
            request.META["HTTP_HOST"] = next(named, "localhost")
        return self.get_response(request)


class CharsetMiddleware:
    """Rejects forms in charsets other than UTF-8, because some of Python's codecs are not charsets or produce surrogates."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", "utf-8").lower()
        if charset not in UTF_8:
            if request.content_type in FORMS:
                detail = _text("Send forms in UTF-8.")
                return HttpResponse(detail, status=400, content_type="text/plain; charset=utf-8")
            request.encoding = "utf-8"
        return self.get_response(request)


def sessionless(view: View) -> View:
    """Mark a view that is the same for everybody: SessionlessMiddleware answers with it before the session is read."""
    view.sessionless = True  # type: ignore[attr-defined]
    return view


class SessionlessMiddleware:
    """Calls views marked `sessionless` directly, so later middlewares don't read the session and the user from the database."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        return view(request, *args, **kwargs) if getattr(view, "sessionless", False) else None


class PausedMiddleware:
    """Ends the session of users who belong only to inactive organisations."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        if not request.user.is_authenticated or not roles.is_paused(request.user):
            return None
        logout(request)
        messages.error(request, _text("Your organisation is paused. Ask whoever runs this service."))
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)


class RefusalMiddleware:
    """Answers our errors that a view does not handle, with their status, and 404 for a path with a NUL.

    PostgreSQL takes a NUL in no text, so there is nothing under such a name.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info:
            raise Http404
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DataError) and "NUL" in str(error):
            error = Invalid(_text("Send text without NUL characters."))
        if not isinstance(error, ResponderError):
            return None
        if "text/html" not in request.headers.get("Accept", ""):
            return problems.from_error(error)
        template = {403: "403.html", 404: "404.html", 409: "409.html"}.get(error.status, "400.html")
        return render(request, template, {"title": error.title, "detail": str(error)}, status=error.status)


class OutageMiddleware:
    """Answers 503 with Retry-After, never 500, while the database cannot be reached."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        except (OperationalError, InterfaceError) as error:  # raised by a middleware below this one
            return self.unavailable(request, error)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, OperationalError | InterfaceError):
            return self.unavailable(request, error)
        return None

    def unavailable(self, request: HttpRequest, error: Exception) -> HttpResponse:
        log.error("database unavailable", path=_loggable(request.path), error=str(error).splitlines()[0][:200])
        if "text/html" in request.headers.get("Accept", ""):
            response = render(None, "503.html", status=503)  # no request: context processors need the database
        else:
            response = JsonResponse(
                {
                    "type": "about:blank",
                    "title": "Service unavailable",
                    "status": 503,
                    "detail": "The database cannot be reached. Nothing was stored. Try again in a few seconds.",
                    "errors": [],
                },
                status=503,
                content_type="application/problem+json",
            )
        response["Retry-After"] = str(RETRY_AFTER_S)
        return response


def _loggable(path: str) -> str:
    """A path without the secret that the link of a correction, an invitation, a new password, a form for reports or a gateway holds."""
    return SECRET_LINK.sub(r"\1…", path)
