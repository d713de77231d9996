"""Refusals as problem JSON (RFC 9457), the one error shape of the site."""

from typing import Any

from django.http import HttpResponse, JsonResponse

from responder.errors import ResponderError


def problem(status: int, title: str, detail: str, **more: Any) -> HttpResponse:
    """A problem document; `more` adds members."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, "errors": []}
    return JsonResponse(content | more, status=status, content_type="application/problem+json")


def from_error(error: ResponderError, **more: Any) -> HttpResponse:
    """The problem document of one of our errors."""
    return problem(error.status, error.title, str(error), **more)
