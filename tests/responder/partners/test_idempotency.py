"""Idempotency keys: one effect and one answer, whatever happens in between."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from classifier import clock
from responder.errors import Invalid, KeyReused, StillRunning
from responder.models import ApiToken, Event, IdempotencyRecord, User
from responder.partners import idempotency, tokens
from responder.partners.idempotency import KeyClaim, StoredAnswer

pytestmark = pytest.mark.django_db
PRINT = idempotency.fingerprint("POST", "/x", {"a": 1})


@pytest.fixture
def token(people: dict[str, User]) -> ApiToken:
    partner = people["partner"]
    return tokens.issue(owner=partner, organisation="Relief", name="Desk", scopes=["predict"], by=partner)[0]


def claim(token: ApiToken, key: str = "k", fingerprint: str = PRINT) -> KeyClaim | StoredAnswer:
    return idempotency.claim(token=token, key=key, fingerprint=fingerprint)


def claimed(token: ApiToken, **changes: str) -> KeyClaim:
    found = claim(token, **changes)
    assert isinstance(found, KeyClaim)
    return found


def test_the_same_request_gets_the_same_answer(token: ApiToken) -> None:
    body: Any = {"text": "naïve \x00 😀 \ud800", "numbers": [0.1, 1e-9], "b": {"z": 1, "a": None}}
    idempotency.finish(claimed(token), status=200, body=body)
    again = claim(token)
    assert again == StoredAnswer(200, body)
    assert isinstance(again, StoredAnswer) and list(again.body) == ["text", "numbers", "b"]


def test_another_request_with_the_key_is_refused(token: ApiToken) -> None:
    idempotency.finish(claimed(token), status=200, body=1)
    with pytest.raises(KeyReused):
        claim(token, fingerprint=idempotency.fingerprint("POST", "/x", {"a": 2}))


def test_while_the_first_runs_the_second_is_told_so(token: ApiToken) -> None:
    claimed(token)
    with pytest.raises(StillRunning):
        claim(token)


def test_failed_work_is_forgotten_and_may_be_tried_again(token: ApiToken) -> None:
    first = claimed(token)
    with pytest.raises(ZeroDivisionError), idempotency.released_on_failure(first):
        _ = 1 / 0
    assert isinstance(claim(token), KeyClaim)


def test_keys_of_different_tokens_are_different(token: ApiToken, people: dict[str, User]) -> None:
    partner = people["partner"]
    other = tokens.issue(owner=partner, organisation="Other", name="Desk", scopes=["predict"], by=partner)[0]
    idempotency.finish(claimed(token), status=200, body="mine")
    assert isinstance(claim(other), KeyClaim)


@pytest.mark.parametrize(("age", "kept"), [(timedelta(hours=23, minutes=59), True), (timedelta(hours=25), False)])
def test_an_answer_is_kept_for_a_day(token: ApiToken, age: timedelta, kept: bool) -> None:
    idempotency.finish(claimed(token), status=200, body=1)
    IdempotencyRecord.objects.update(created_at=clock.now() - age)
    assert isinstance(claim(token), StoredAnswer) is kept


def test_work_of_a_dead_process_is_taken_over_and_its_late_effect_undone(token: ApiToken) -> None:
    dead = claimed(token)
    IdempotencyRecord.objects.update(created_at=clock.now() - idempotency.LEASE - timedelta(seconds=1))
    dead = KeyClaim(dead.record_id, IdempotencyRecord.objects.get().created_at)
    heir = claimed(token)
    with pytest.raises(StillRunning), transaction.atomic():
        Event.objects.create(ref="late", name="Late effect")
        idempotency.finish(dead, status=200, body="late")
    idempotency.release(dead)
    assert not Event.objects.filter(ref="late").exists()
    idempotency.finish(heir, status=200, body="heir")
    assert claim(token) == StoredAnswer(200, "heir")


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 256, "a\n"])
def test_keys_are_bounded(token: ApiToken, key: str) -> None:
    with pytest.raises(Invalid):
        claim(token, key=key)
    assert not IdempotencyRecord.objects.exists()


def test_the_fingerprint_sees_content_and_not_its_spelling() -> None:
    print_of = idempotency.fingerprint
    assert print_of("POST", "/x", {"a": 1, "b": "é"}) == print_of("POST", "/x", {"b": "\u00e9", "a": 1})
    others = {
        print_of("POST", "/x", {"a": 1}), print_of("POST", "/y", {"a": 1}), print_of("PUT", "/x", {"a": 1}),
        print_of("POST", "/x", {"a": "1"}), print_of("POST", "/x", {"a": [1]}), print_of("POST", "/x", {"a": "\ud800"}),
    }  # fmt: skip
    assert len(others) == 6
