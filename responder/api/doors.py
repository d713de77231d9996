"""The wrapper of every API view: rate headers, no caching, and a counter for the metrics."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers

from responder.api import conditional
from responder.api.throttles import TokenThrottle
from responder.partners import counters

STATUSES = (200, 202, 204, 304, 400, 401, 403, 404, 405, 406, 409, 411, 413, 415, 422, 429, 500, 503)
COUNTED_FOR_S = 90 * 86400
View = Callable[..., HttpResponseBase]


def door(view: View) -> View:
    """Wrap an API view with rate headers, no caching and a counter for the metrics."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
            if getattr(getattr(view, "cls", None), "conditional", False):
                response = conditional.answered(request, response)
        except Exception:
            counters.add_later(key_of(500), seconds=COUNTED_FOR_S)
            raise
        counters.add_later(key_of(response.status_code), seconds=COUNTED_FOR_S)
        for name, value in TokenThrottle.headers(request).items():
            response[name] = value
        add_never_cache_headers(response)
        return response

    return wrapped


def key_of(status: int) -> str:
    """The key of the counter of responses with this status."""
    return f"api-answers:{status}"
