"""Serves the translations for the scripts in static/js, without a sign-in and without the database."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from responder.web import script_texts
from responder.web.middleware import sessionless

YEAR_S = 31_536_000


@sessionless
@require_safe
def catalogue(request: HttpRequest, language: str) -> HttpResponse:
    """The texts in one language; browsers keep them for a year under the address that names their digest."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    script, digest = script_texts.catalogue(language)
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    current = request.GET.get("v") == digest
    response["Cache-Control"] = f"public, max-age={YEAR_S}, immutable" if current else "no-cache"
    response["ETag"] = etag = f'"{digest}"'
    return get_conditional_response(request, etag=etag, response=response) or response
