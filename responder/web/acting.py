"""The actor of the running code: the request's signed-in user, otherwise the operator."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest

OPERATOR = "system:operator"  # a command or a shell on the server
_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


@contextmanager
def serving(request: HttpRequest) -> Iterator[None]:
    """A context in which `actor` is the request's signed-in user."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def actor() -> str:
    """The actor for the audit log: `user:name`, or OPERATOR outside requests."""
    request = _request.get()
    if request is None:
        return OPERATOR
    user = getattr(request, "user", None)
    return f"user:{user.get_username()}" if user is not None and user.is_authenticated else "system:anonymous"
