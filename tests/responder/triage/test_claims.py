from datetime import timedelta

import pytest

from classifier import clock
from responder.errors import Missing, NotPermitted
from responder.models import Claim
from responder.triage import claims


@pytest.fixture
def post(make_post):
    return make_post()


@pytest.fixture
def after(monkeypatch):
    """Moves the clock on."""

    def move(seconds):
        later = clock.now() + timedelta(seconds=seconds)
        monkeypatch.setattr(clock, "now", lambda: later)

    return move


def test_who_opens_a_post_first_holds_it_and_others_learn_who(post, people):
    claims.take(post_id=post.pk, by=people["reviewer"])
    assert claims.take(post_id=post.pk, by=people["lead"]).user == people["reviewer"]
    assert [claim.user for claim in claims.of_others(people["lead"], [post.pk])] == [people["reviewer"]]
    assert claims.of_others(people["reviewer"], [post.pk]) == []


def test_a_claim_that_nobody_renews_is_free_within_ninety_seconds(post, people, after):
    claims.take(post_id=post.pk, by=people["reviewer"])
    after(89)
    assert claims.take(post_id=post.pk, by=people["lead"]).user == people["reviewer"]
    after(1)
    assert claims.of_others(people["lead"], [post.pk]) == []
    assert claims.take(post_id=post.pk, by=people["lead"]).user == people["lead"]


def test_renewing_keeps_it(post, people, after):
    for _ in range(4):
        claims.take(post_id=post.pk, by=people["reviewer"])
        after(60)
    assert claims.take(post_id=post.pk, by=people["lead"]).user == people["reviewer"]


def test_leaving_gives_it_back_and_nobody_elses(post, people):
    claims.take(post_id=post.pk, by=people["reviewer"])
    claims.release(post_id=post.pk, by=people["lead"])
    assert Claim.objects.count() == 1
    claims.release(post_id=post.pk, by=people["reviewer"])
    assert claims.take(post_id=post.pk, by=people["lead"]).user == people["lead"]


def test_a_claim_needs_a_post_and_the_role(post, people):
    with pytest.raises(Missing):
        claims.take(post_id=10**12, by=people["reviewer"])
    for role in ("viewer", "approver", "auditor", "partner"):
        with pytest.raises(NotPermitted):
            claims.take(post_id=post.pk, by=people[role])


def test_ended_claims_are_forgotten(post, people, after):
    claims.take(post_id=post.pk, by=people["reviewer"])
    claims.prune()
    assert Claim.objects.exists()
    after(200)
    claims.prune()
    assert not Claim.objects.exists()
