"""Work without a network: the service worker, the page of what this device keeps, and who is signed in."""

import json

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from responder.web import offline
from responder.web.middleware import sessionless

PARTS = ("js/push-worker.js", "js/worker.js")


@login_not_required
@sessionless
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker of the whole site: its settings, and the scripts that make it up."""
    parts = ", ".join(json.dumps(static(name)) for name in PARTS)
    script = f"self.kept = {json.dumps(offline.settings())};\nimportScripts({parts});\n"
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = "/"
    response["Cache-Control"] = "no-cache"
    return response


@login_not_required
@sessionless
@require_safe
def away(request: HttpRequest) -> HttpResponse:
    """What is shown without a network in place of a page that this device doesn't keep; the same for everybody."""
    response = render(request, "offline/away.html")
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """What waits on this device, and what it keeps for use without a network; scripts fill it in."""
    return render(request, "offline/index.html", {"hours": offline.KEPT_H, "megabytes": offline.MAP_BYTES // 1_000_000})


@login_not_required
@require_safe
@never_cache
def state(request: HttpRequest) -> HttpResponse:
    """Who is signed in, and a CSRF token for what waited on their device; without a person, nobody is."""
    if not request.user.is_authenticated:
        return JsonResponse({"person": "", "token": ""})
    return JsonResponse({"person": str(request.user.pk), "token": get_token(request)})
