"""`Authorization: Bearer` and `Token` are the same, and a refusal says which token would do (RFC 6750)."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from responder.api.docs import document
from responder.partners import tokens

pytestmark = pytest.mark.django_db
URL = "/api/v1/models"
CHALLENGE = 'Bearer realm="Responder API"'


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Token", "token", "ToKeN"])
@pytest.mark.parametrize("space", [" ", "   "])
def test_both_schemes_are_accepted_in_any_letter_case(issue: Any, scheme: str, space: str) -> None:
    _, secret = issue()
    assert APIClient(headers={"Authorization": f"{scheme}{space}{secret}"}).get(URL).status_code == 200


@pytest.mark.parametrize(
    "value", ["", "Basic {0}", "Bearer", "Bearer {0} {0}", "Bearer{0}", "{0}", "Bearer {0}x", "Token", "Bearer rsp_é"]
)
def test_anything_else_is_refused(issue: Any, value: str) -> None:
    _, secret = issue()
    refused = APIClient(headers={"Authorization": value.format(secret)}).get(URL)
    assert refused.status_code == 401
    sent = value.lower().startswith(("bearer", "token")) and "{0}" not in value.split(" ", maxsplit=1)[0]
    assert refused["WWW-Authenticate"] == (f'{CHALLENGE}, error="invalid_token"' if sent else CHALLENGE)


def test_a_scope_that_is_missing_is_named(as_partner: Any) -> None:
    refused = as_partner("predict").get("/api/v1/exports/incidents/csv")
    assert refused.status_code == 403
    assert refused["WWW-Authenticate"] == f'{CHALLENGE}, error="insufficient_scope", scope="export read:incidents"'


def test_a_revoked_token_is_invalid_with_either_scheme(issue: Any) -> None:
    token, secret = issue()
    tokens.revoke(token=token, by=token.owner)
    for scheme in ("Bearer", "Token"):
        refused = APIClient(headers={"Authorization": f"{scheme} {secret}"}).get(URL)
        assert (refused.status_code, refused["WWW-Authenticate"]) == (401, f'{CHALLENGE}, error="invalid_token"')


def test_the_document_has_both_schemes() -> None:
    schemes = document()["components"]["securitySchemes"]
    assert (schemes["bearer"]["type"], schemes["bearer"]["scheme"]) == ("http", "bearer")
    assert (schemes["token"]["type"], schemes["token"]["name"]) == ("apiKey", "Authorization")
