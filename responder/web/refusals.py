"""Error responses sent before Django sees the request: a problem document, or a page for browsers."""

import asyncio
import json
from contextlib import suppress
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from responder.web.bodies import BodyRefused, Receive

LINGER_S, LINGER_BYTES = 2.0, 16_000_000
TITLES = {
    HTTPStatus.UNAUTHORIZED: _("Sign-in required"),
    HTTPStatus.REQUEST_TIMEOUT: _("Request timed out"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("Request too large"),
    HTTPStatus.TOO_MANY_REQUESTS: _("Too many requests"),
    HTTPStatus.SERVICE_UNAVAILABLE: _("Service unavailable"),
}


async def send(refused: BodyRefused, scope: Any, receive: Receive, send: Any) -> None:
    """Send the response, discard incoming data for a moment, and close the connection.

    Closed at once, a connection with unread bytes is reset, and many clients lose the answer.
    """
    as_page = not scope["path"].startswith("/api/") and _accepts_html(scope)
    content = _content(refused.status, str(refused), as_page)
    kind = b"text/html; charset=utf-8" if as_page else b"application/problem+json"
    headers = [
        (b"content-type", kind), (b"content-length", str(len(content)).encode()), (b"connection", b"close"),
        (b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", b"default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'"),
    ]  # fmt: skip
    if refused.retry_after_s is not None:
        headers.append((b"retry-after", str(refused.retry_after_s).encode()))
    if refused.status == HTTPStatus.UNAUTHORIZED:
        headers.append((b"www-authenticate", b'Token realm="Responder API"'))
    await send({"type": "http.response.start", "status": int(refused.status), "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": True})
    if not _waits_for_continue(scope):
        await _drain(receive)
    await send({"type": "http.response.body"})


async def _drain(receive: Receive) -> None:
    left = LINGER_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_S):
            while left > 0:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body"):
                    return
                left -= len(message.get("body", b""))


@lru_cache(maxsize=64)
def _content(status: HTTPStatus, detail: str, as_page: bool) -> bytes:
    title = str(TITLES.get(status, status.phrase))
    if as_page:
        return render_to_string("refused.html", {"status": int(status), "title": title, "detail": detail}).encode()
    problem = {"type": "about:blank", "title": title, "status": int(status), "detail": detail, "errors": []}
    return json.dumps(problem).encode()


def _accepts_html(scope: Any) -> bool:
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


def _waits_for_continue(scope: Any) -> bool:
    return any(name == b"expect" for name, _value in scope["headers"])
