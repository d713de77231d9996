"""A post that cannot be grouped is set aside by name, and what waits behind it moves on."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from classifier import clock
from responder.classification import pipeline, quarantine
from responder.errors import NotPermitted
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.incidents import failures, grouping
from responder.models import Event, GroupingFailure, Incident, Post, PostEmbedding, User

pytestmark = pytest.mark.django_db
TEXTS = [
    "Twenty people trapped on the roof of the school in Beira, water rising",
    "People trapped on the roof of the school in Beira, the water is rising fast",
    "Twenty people are trapped on a school roof in Beira. Water rising, send boats",
]


@pytest.fixture
def poison(event: Event) -> Post:
    """The oldest of four posts of one thing; what its vector holds cannot be compared."""
    texts = [TEXTS[0], *TEXTS]
    posts = [RawPost(str(n), text, lang="en", author_handle=f"a{n}") for n, text in enumerate(texts)]
    ingest.accept(posts=posts, source="wire", event=event)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouping, "drain", lambda **_: 0)
        pipeline.drain()
    PostEmbedding.objects.filter(post__source_id="0").update(vector=b"short", signature=b"odd")
    return Post.objects.get(source_id="0")


def try_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for tries in range(failures.TRIES):
        later = clock.now() + timedelta(hours=tries)
        with monkeypatch.context() as patch:
            patch.setattr(clock, "now", lambda later=later: later)
            pipeline.group()


def test_neighbours_of_a_post_that_fails_are_grouped_at_once(poison: Post) -> None:
    pipeline.group()
    assert Incident.objects.get().size == 3
    assert list(PostEmbedding.objects.filter(grouped_at=None)) == [poison.embedding]
    failure = GroupingFailure.objects.get()
    assert (failure.embedding_id, failure.attempts) == (poison.pk, 1) and failure.error


def test_a_post_that_failed_waits_before_it_is_tried_again(poison: Post) -> None:
    for _sweep in range(4):
        pipeline.group()
    assert GroupingFailure.objects.get().attempts == 2  # once more at once, then in ten seconds


def test_after_five_tries_a_post_is_set_aside_and_named(
    poison: Post, monkeypatch: pytest.MonkeyPatch, client: Client, people: dict[str, User]
) -> None:
    try_all(monkeypatch)
    assert not grouping.waiting()
    assert [one.embedding_id for one in failures.set_aside()] == [poison.pk]
    client.force_login(people["lead"])
    page = client.get("/feeds/set-aside/").content.decode()
    assert f'id="g{poison.pk}"' in page and "Could not be grouped" in page


def test_a_lead_lets_it_be_grouped_again(
    poison: Post, monkeypatch: pytest.MonkeyPatch, people: dict[str, User]
) -> None:
    try_all(monkeypatch)
    other = PostEmbedding.objects.exclude(post=poison).earliest("post")
    PostEmbedding.objects.filter(post=poison).update(vector=other.vector, signature=other.signature)
    with pytest.raises(NotPermitted):
        quarantine.retry(post_ids=[poison.pk], by=people["reviewer"])
    assert quarantine.retry(post_ids=[poison.pk], by=people["lead"]) == 1
    pipeline.group()
    assert Incident.objects.get().size == 4 and not GroupingFailure.objects.exists()


def test_a_leader_that_cannot_be_compared_with_fails_nobody(poison: Post) -> None:
    PostEmbedding.objects.filter(post=poison).update(leads=True, grouped_at=clock.now())
    pipeline.group()
    assert Incident.objects.get().size == 3 and not GroupingFailure.objects.exists()


def test_while_the_database_is_away_no_post_is_blamed(poison: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_work: Any) -> None:
        raise OperationalError("away")

    PostEmbedding.objects.filter(post=poison).delete()
    monkeypatch.setattr(grouping, "_store", away)
    assert pipeline.group() == 0
    assert not GroupingFailure.objects.exists() and grouping.waiting()
