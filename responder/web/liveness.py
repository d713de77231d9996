"""`/healthz` of the web process, answered by its event loop even while every thread is busy.

Django's own view (`responder.views.health.healthz`) serves under WSGI, and refuses other methods.
"""

from typing import Any

PATH = "/healthz"
CONTENT = b'{"status": "ok"}'
HEADERS = [
    (b"content-type", b"application/json"), (b"content-length", str(len(CONTENT)).encode()),
    (b"cache-control", b"max-age=0, no-cache, no-store, must-revalidate, private"),
    (b"x-content-type-options", b"nosniff"),
]  # fmt: skip


def is_probe(scope: Any) -> bool:
    """Whether this HTTP request only asks if the process is up; one with a body goes the ordinary way."""
    if scope["path"] != PATH or scope["method"] not in ("GET", "HEAD"):
        return False
    return not any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip() != b"0")
        for name, value in scope["headers"]
    )


async def answer(scope: Any, send: Any) -> None:
    """200, without the database, middleware or a thread."""
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else CONTENT})
