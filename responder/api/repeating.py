"""Idempotent requests: one effect and one response for each Idempotency-Key."""

import json
from collections.abc import Callable
from typing import Any, cast

from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from monitoring import audit
from responder.api.predictions import HEADER
from responder.models import ApiToken
from responder.partners import idempotency

Body = dict[str, Any]
Keep = Callable[[Body], Body]


def once(request: Request, make: Callable[[], Body], *, status: int) -> Body:
    """The response body, computed now or stored from an earlier request.

    Arguments:
        make: does the work in one transaction and gives the body.
        status: of the answer.

    Raises what `idempotency.claim` and `make` raise.
    """

    def work(keep: Keep) -> Body:
        with audit.atomic():
            return keep(make())

    return once_kept(request, work, content=lambda: request.data, status=status)


def once_kept(request: Request, work: Callable[[Keep], Body], *, content: Callable[[], Any], status: int) -> Body:
    """The same as `once`, for work that needs more than one transaction.

    Arguments:
        work: calls what it is given with the body, in the transaction that stores the effect, and gives what that gives.
        content: what was asked for, as JSON can hold it; called where a key came.
    """
    if HEADER not in request.headers:
        return work(lambda body: body)
    found = idempotency.claim(
        token=cast(ApiToken, request.auth),
        key=request.headers[HEADER],
        fingerprint=idempotency.fingerprint(request.method or "", request.path, content()),
    )
    if isinstance(found, idempotency.StoredAnswer):
        return cast(Body, found.body)

    def keep(body: Body) -> Body:
        plain = json.loads(JSONRenderer().render(body))
        idempotency.finish(found, status=status, body=plain)
        return cast(Body, plain)

    with idempotency.released_on_failure(found):
        return work(keep)
