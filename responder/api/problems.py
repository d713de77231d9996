"""API errors as problem JSON (RFC 9457), with the fields concerned.

Whatever is not a refusal is left to the site: 503 while the database is away, 500 for a mistake of ours.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from responder.api.authentication import insufficient_scope
from responder.api.permissions import HasScope
from responder.errors import InvalidFields, ResponderError

CONTENT_TYPE = "application/problem+json"
ERRORS_LIMIT = 100
Errors = list[dict[str, str]]


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """The problem document of `error`, or None if it is not an API error."""
    known = _known(error)
    if isinstance(known, ResponderError):
        set_rollback()
        wait = getattr(known, "retry_after_s", None)
        fields = known.fields if isinstance(known, InvalidFields) else {}
        errors = [{"field": field, "detail": detail} for field, detail in fields.items()]
        headers = {"Retry-After": str(wait)} if wait else {}
        return problem(known.status, known.title, str(known), errors=errors, headers=headers)
    if not isinstance(known, exceptions.APIException):
        return None
    set_rollback()
    errors = list(flatten(known.detail)) if isinstance(known, exceptions.ValidationError) else []
    headers = _headers(known, getattr(context.get("view"), "required_scopes", None) or [])
    return problem(known.status_code, _title(known), _detail(known, errors), errors=errors, headers=headers)


def problem(
    status: int, title: str, detail: str, *, errors: Errors | None = None, headers: dict[str, str] | None = None
) -> Response:
    """A problem document as a response."""
    content = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "errors": (errors or [])[:ERRORS_LIMIT],
    }
    return Response(content, status=status, headers=headers, content_type=CONTENT_TYPE)


def flatten(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Errors of nested fields as `{"field": "messages[3].text", "detail": …}`."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            yield from flatten(value, _step(path, key))
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            yield from flatten(value, f"{path}[{index}]" if isinstance(value, dict) else path)
    else:
        yield {"field": path, "detail": str(detail)}


def _step(path: str, key: Any) -> str:
    if key == "non_field_errors":
        return path
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else str(key)


def _known(error: Exception) -> Exception:
    match error:
        case Http404():
            return exceptions.NotFound()
        case RequestDataTooBig():
            too_big = exceptions.APIException(_("The request is too large."))
            too_big.status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            return too_big
        case PermissionDenied():
            return exceptions.PermissionDenied()
    return error


def _title(error: exceptions.APIException) -> str:
    return HTTPStatus(error.status_code).phrase


def _detail(error: exceptions.APIException, errors: Errors) -> str:
    if not errors:
        return str(error.detail)
    first = f"{errors[0]['field']}: {errors[0]['detail']}" if errors[0]["field"] else errors[0]["detail"]
    if len(errors) == 1:
        return first
    return _("%(count)d fields are not valid. The first: %(first)s") % {"count": len(errors), "first": first}


def _headers(error: exceptions.APIException, scopes: list[str]) -> dict[str, str]:
    headers = {}
    if error.get_codes() == HasScope.code and scopes:
        headers["WWW-Authenticate"] = insufficient_scope(scopes)
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers
