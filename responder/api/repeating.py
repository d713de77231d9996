"""Requests that may come again: one effect, one answer, for each Idempotency-Key."""

import json
from collections.abc import Callable
from typing import Any, cast

from django.db import transaction
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from responder import idempotency
from responder.api.predictions import HEADER
from responder.models import ApiToken


def once(request: Request, make: Callable[[], dict[str, Any]], *, status: int) -> dict[str, Any]:
    """The body of the answer, made now or before.

    Arguments:
        make: does the work in one transaction and gives the body.
        status: of the answer.

    Raises what `idempotency.claim` and `make` raise.
    """
    if HEADER not in request.headers:
        return make()
    found = idempotency.claim(
        token=cast(ApiToken, request.auth),
        key=request.headers[HEADER],
        fingerprint=idempotency.fingerprint(request.method or "", request.path, request.data),
    )
    if isinstance(found, idempotency.Answered):
        return cast(dict[str, Any], found.body)
    with idempotency.released_on_failure(found), transaction.atomic():
        body = json.loads(JSONRenderer().render(make()))
        idempotency.finish(found, status=status, body=body)
    return cast(dict[str, Any], body)
