"""The page for partners' developers: a first call, their tokens, the documentation."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from responder import roles, tokens
from responder.models import ApiToken

SHOWN = 200


@require_safe
@never_cache
@roles.requires(roles.USE_API)
def index(request: HttpRequest) -> HttpResponse:
    """Quick start and the person's own tokens."""
    context = {
        "tokens": list(ApiToken.objects.filter(owner=request.user.pk)[:SHOWN]),
        "scopes": tokens.SCOPES.items(),
        "base_url": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "developers/index.html", context)


urlpatterns = [path("", index, name="developers")]
