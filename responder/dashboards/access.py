"""Access control and validation of requests to the Dash endpoints.

django-plotly-dash wraps each of its endpoints with `view_required` (settings: PLOTLY_DASH["view_decorator"]).
"""

import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBadRequest, HttpResponseBase

from responder import roles

View = Callable[..., HttpResponseBase]
OUTPUT = re.compile(r"(?:\.\.)?[\w-]+\.[\w-]+(?:\.\.\.[\w-]+\.[\w-]+)*(?:\.\.)?")
BODY_LIMIT = 20_000  # characters; a whole refresh of the panel sends about 1,000


def view_required(view: View, **_route: Any) -> View:
    """Only for people who may view; a body that no page of ours sends is refused, a read changes no session.

    Without the last, every refresh would write the session and so prolong it: a page left open would never
    sign its reader out.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and not well_formed(request):
            return HttpResponseBadRequest("This is not a request of a dashboard.")
        from responder.dashboards import app  # noqa: F401  registers Dash's app, unless the page has already

        modified = request.session.modified
        try:
            response = view(request, *args, **kwargs)
        except KeyError as error:  # no such app, or no such callback
            raise Http404 from error
        request.session.modified = modified
        return response

    return roles.requires(roles.VIEW)(answer)


def well_formed(request: HttpRequest) -> bool:
    """Whether the body has the shape of a callback's request: an output, inputs and states."""
    if len(request.body) > BODY_LIMIT:
        return False
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return False
    return (
        isinstance(body, dict)
        and isinstance(body.get("output"), str)
        and OUTPUT.fullmatch(body["output"]) is not None
        and all(_properties(body.get(part, [])) for part in ("inputs", "state"))
        and isinstance(body.get("outputs", []), list | dict)
        and _strings(body.get("changedPropIds", []))
    )


def _properties(parts: Any) -> bool:
    return isinstance(parts, list) and all(
        isinstance(part, dict) and isinstance(part.get("id"), str) and isinstance(part.get("property"), str)
        for part in parts
    )


def _strings(parts: Any) -> bool:
    return isinstance(parts, list) and all(isinstance(part, str) for part in parts)
