"""Default deny: every address of the API, with and without what it requires."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import URLPattern
from rest_framework.test import APIClient, APIRequestFactory
from rest_framework.views import APIView

from responder.api import urls
from responder.partners import tokens

pytestmark = pytest.mark.django_db
PUBLIC = {"schema", "api-docs"}


def views() -> list[tuple[str, str, Any]]:
    found = []
    for pattern in urls.urlpatterns:
        assert isinstance(pattern, URLPattern)
        found.append((str(pattern.name), f"/api/{pattern.pattern}", pattern.callback.cls))  # type: ignore[attr-defined]
    return found


def test_every_address_names_scopes_that_exist_or_is_known_to_be_public() -> None:
    for name, _url, view in views():
        if name not in PUBLIC:
            assert set(view.required_scopes) <= tokens.SCOPES.keys() and view.required_scopes, name


@pytest.mark.parametrize(("name", "url"), [(name, url) for name, url, _ in views() if name not in PUBLIC])
def test_every_address_wants_a_token_with_its_scope(name: str, url: str, as_partner: Callable[..., APIClient]) -> None:
    for method in ("get", "post", "options", "delete"):
        assert getattr(APIClient(), method)(url).status_code == 401, method
    required = {n: v for n, _, v in views()}[name].required_scopes
    other = [scope for scope in tokens.SCOPES if scope not in required]
    for method in ("get", "post", "options", "delete"):
        response = getattr(as_partner(*other), method)(url)
        assert response.status_code == 403 and response["Content-Type"] == "application/problem+json", method


def test_a_view_that_names_no_scope_is_refused_to_every_token(issue: Any) -> None:
    class Forgetful(APIView):
        def get(self, request: Any) -> Any:
            raise AssertionError("must not run")

    _, secret = issue(scopes=list(tokens.SCOPES))
    for scopes in (None, []):
        Forgetful.required_scopes = scopes  # type: ignore[attr-defined]
        request = APIRequestFactory().get("/", headers={"Authorization": f"Token {secret}"})
        assert Forgetful.as_view()(request).status_code == 403


def test_answers_are_not_cached(as_partner: Callable[..., APIClient]) -> None:
    assert "no-store" in as_partner().get("/api/v1/models")["Cache-Control"]
