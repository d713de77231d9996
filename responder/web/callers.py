"""Identifying a request's sender by its headers, before the server accepts a large body."""

from http import HTTPStatus
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from responder.partners import tokens
from responder.web.bodies import RETRY_AFTER_S, BodyRefused


def identify(request: HttpRequest) -> str | None:
    """A name for the token's or session's owner; None if unknown. Raises BodyRefused while the database is down."""
    try:
        return _by_token(request) if "Authorization" in request.headers else _by_session(request)
    except DatabaseError as error:
        detail = _("The database cannot be reached. Nothing was stored. Try again in a few seconds.")
        raise BodyRefused(HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_after_s=RETRY_AFTER_S) from error


def _by_token(request: HttpRequest) -> str | None:
    token = tokens.verify(tokens.in_header(request.headers["Authorization"]) or "")
    return f"user:{token.owner_id}" if token else None


def _by_session(request: HttpRequest) -> str | None:
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not key:
        return None
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    return f"user:{user.pk}" if user.is_authenticated and user.is_active else None
