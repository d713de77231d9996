"""A partner with a token, and a client that sends it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from responder.models import ApiToken, User
from responder.partners import tokens

Issue = Callable[..., tuple[ApiToken, str]]


@pytest.fixture(autouse=True)
def _counters_at_zero() -> None:
    cache.clear()


@pytest.fixture
def issue(people: dict[str, User]) -> Issue:
    """Issues a token of the partner; keyword arguments replace what it is issued with."""

    def make(**changes: Any) -> tuple[ApiToken, str]:
        partner = people["partner"]
        wanted = {"owner": partner, "organisation": "Relief", "name": "Desk", "scopes": ["predict"], "by": partner}
        return tokens.issue(**(wanted | changes))

    return make


@pytest.fixture
def as_partner(issue: Issue) -> Callable[..., APIClient]:
    """A client with a fresh token of the scopes given, `predict` by default."""

    def make(*scopes: str) -> APIClient:
        _, secret = issue(scopes=list(scopes or ("predict",)))
        return APIClient(headers={"Authorization": f"Token {secret}"})

    return make
