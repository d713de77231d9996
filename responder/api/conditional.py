"""Conditional GET: an ETag for each response, and 304 if the client already has it."""

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import get_conditional_response


def answered(request: HttpRequest, response: HttpResponseBase) -> Any:
    """`response` with its ETag, or 304 if `If-None-Match` contains it."""
    if request.method not in ("GET", "HEAD") or response.status_code != 200 or response.streaming:
        return response
    rendered: Any = response.render() if hasattr(response, "render") else response
    etag = f'"{hashlib.sha256(rendered.content).hexdigest()[:32]}"'
    rendered["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=rendered)
