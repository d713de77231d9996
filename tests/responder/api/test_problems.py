"""Whatever goes wrong has one shape."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import Http404
from rest_framework import exceptions

from responder.api.problems import exception_handler, flatten
from responder.errors import Invalid, KeyReused, Missing, NotPermitted, StillRunning


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Http404("secret"), 404), (PermissionDenied("secret"), 403), (RequestDataTooBig(), 413), (Invalid("x"), 400),
        (Missing("x"), 404), (NotPermitted("x"), 403), (KeyReused(), 422), (StillRunning(), 409),
        (exceptions.MethodNotAllowed("PUT"), 405), (exceptions.UnsupportedMediaType("text/plain"), 415),
        (exceptions.NotAcceptable(), 406), (exceptions.ParseError(), 400), (exceptions.Throttled(wait=3), 429),
        (exceptions.NotAuthenticated(), 401), (exceptions.ValidationError({"a": ["b"]}), 400),
    ],
)  # fmt: skip
def test_every_refusal_is_a_problem(error: Exception, status: int) -> None:
    response = exception_handler(error, {})
    assert response is not None and response.status_code == status
    assert response.content_type == "application/problem+json"
    assert set(response.data) == {"type", "title", "status", "detail", "errors"}
    assert response.data["status"] == status and response.data["title"] and response.data["detail"]
    assert "secret" not in str(response.data)


@pytest.mark.parametrize("error", [OperationalError("down"), ValueError("bug")])
def test_what_is_no_refusal_is_left_to_the_site(error: Exception) -> None:
    assert exception_handler(error, {}) is None


@pytest.mark.parametrize(
    ("detail", "fields"),
    [
        ({"messages": {1: {"text": ["empty"]}}}, ["messages[1].text"]),
        ({"messages": [{}, {"text": ["empty", "short"]}]}, ["messages[1].text", "messages[1].text"]),
        ({"messages": {"non_field_errors": ["many"]}}, ["messages"]),
        ({"non_field_errors": ["wrong"]}, [""]),
        (["wrong"], [""]),
    ],
)
def test_errors_name_the_path_of_their_field(detail: Any, fields: list[str]) -> None:
    assert [error["field"] for error in flatten(detail)] == fields


def test_the_list_of_errors_is_bounded_and_the_count_true() -> None:
    response = exception_handler(exceptions.ValidationError({f"f{i}": ["x"] for i in range(500)}), {})
    assert response is not None and len(response.data["errors"]) == 100
    assert response.data["detail"].startswith("500 ")
