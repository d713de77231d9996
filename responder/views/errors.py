"""Error pages that say what happened and what to do; JSON for callers that asked for JSON."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render


def _answer(request: HttpRequest, status: int, title: str, detail: str) -> HttpResponse:
    reference = getattr(request, "id", "")
    if request.path.startswith("/api/") or "text/html" not in request.headers.get("Accept", ""):
        problem = {"type": "about:blank", "title": title, "status": status, "detail": detail, "errors": []}
        return JsonResponse(problem | {"instance": reference}, status=status, content_type="application/problem+json")
    context = {"title": title, "detail": detail, "reference": reference}
    return render(request, f"{status}.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 400, "Bad request", "The request could not be understood. Go back and try again.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 403, "Not allowed", str(exception) or "Your role does not allow this.")


def too_often(request: HttpRequest, detail: str) -> HttpResponse:
    """The 429 response: the request may be retried later."""
    return _answer(request, 429, "Too many tries", detail)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 404, "Not found", "There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, 500, "Something went wrong", "The error was logged. Try again; nothing you saved is lost.")
