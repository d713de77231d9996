"""Kept tokens: one query a second, and what ends a token reaches this process at once and every other within a second."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from classifier import clock
from responder.models import ApiToken, Membership, Organisation, User
from responder.partners import token_cache, tokens

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret(people: dict[str, User]) -> str:
    partner = people["partner"]
    return tokens.issue(owner=partner, organisation="Relief", name="Desk", scopes=["predict"], by=partner)[1]


def test_a_token_costs_one_query_a_second(
    secret: str, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        assert all(tokens.verify(secret) for _ in range(100))
    later = time.monotonic() + token_cache.KEPT_S
    monkeypatch.setattr(time, "monotonic", lambda: later)
    with django_assert_num_queries(1):
        assert tokens.verify(secret) and tokens.verify(secret)


def test_what_another_process_revoked_is_refused_after_a_second(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tokens.verify(secret)
    ApiToken.objects.update(revoked_at="2026-01-01T00:00:00Z")  # no signal, as from elsewhere
    later = time.monotonic() + token_cache.KEPT_S
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert tokens.verify(secret) is None


def _deactivate(person: User) -> None:
    person.is_active = False
    person.save()


def _pause(person: User) -> None:
    organisation = Organisation.objects.get()
    organisation.is_active = False
    organisation.save()


@pytest.mark.parametrize(
    "end",
    [
        lambda person: tokens.revoke(token=ApiToken.objects.get(), by=person),
        lambda person: ApiToken.objects.get().delete(),
        lambda person: person.groups.clear(),
        lambda person: Membership.objects.get().delete(),
        _deactivate,
        _pause,
    ],
    ids=["revoked", "deleted", "role", "membership", "account", "organisation"],
)
def test_what_this_process_ends_is_refused_at_once(
    secret: str, people: dict[str, User], end: Callable[[User], object]
) -> None:
    assert tokens.verify(secret)
    end(people["partner"])
    assert tokens.verify(secret) is None


def test_a_kept_token_ends_at_its_own_time(people: dict[str, User], time_machine: Any) -> None:
    partner, soon = people["partner"], clock.now() + timedelta(milliseconds=300)
    _, secret = tokens.issue(
        owner=partner, organisation="Relief", name="Desk", scopes=["predict"], by=partner, expires_at=soon
    )
    assert tokens.verify(secret)
    time_machine.move_to(soon, tick=False)
    assert tokens.verify(secret) is None


def test_a_token_that_ends_while_it_is_read_is_not_kept(secret: str) -> None:
    digest = ApiToken.objects.get().digest

    def read(digest: str) -> ApiToken:
        token = ApiToken.objects.get(digest=digest)
        token_cache.forget()  # another thread revokes it now
        return token

    assert token_cache.get(digest, read)
    assert token_cache.get(digest, lambda _digest: None) is None


def test_unknown_secrets_are_looked_up_each_time(secret: str, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):
        assert [tokens.verify(f"{secret}{n}") for n in range(3)] == [None] * 3


def test_no_more_than_so_many_tokens_are_kept(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_cache, "MOST", 2)
    token = ApiToken.objects.get()
    for n in range(5):
        token_cache.get(str(n), lambda _digest: token)
    assert len(token_cache._kept) <= 2
