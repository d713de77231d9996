"""From RawPosts to durable posts."""

from datetime import UTC, datetime

import pytest

from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.models import Event, Post

pytestmark = pytest.mark.django_db


def test_a_post_is_stored_once_however_often_it_is_sent(event: Event) -> None:
    posts = [RawPost("1", "Bridge down"), RawPost("2", "Water needed"), RawPost("1", "Bridge down")]
    assert ingest.accept(posts=posts, source="wire", event=event) == ingest.Accepted(new=2, known=1)
    assert ingest.accept(posts=posts, source="wire", event=event) == ingest.Accepted(new=0, known=3)
    assert ingest.accept(posts=posts, source="other", event=event).new == 2
    assert Post.objects.filter(state=Post.State.ACCEPTED).count() == 4


def test_the_time_comes_from_the_source_then_the_id_then_the_import() -> None:
    stated = RawPost("1", "x", created_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert ingest.time_of(stated) == (datetime(2020, 1, 1, tzinfo=UTC), "source")
    moment, how = ingest.time_of(RawPost("1065844591805390849", "x"))
    assert how == "snowflake" and moment.date().isoformat() == "2018-11-23"
    assert ingest.time_of(RawPost("17", "x"))[1] == "import"
    assert ingest.time_of(RawPost("9" * 19, "an id of the far future"))[1] == "import"


def test_copies_share_a_key_whatever_links_and_mentions_surround_them(event: Event) -> None:
    texts = ["Bridge down at Búzi!", "RT @ana: bridge down at búzi http://t.co/x", "Bridge up at Búzi"]
    ingest.accept(posts=[RawPost(str(i), t) for i, t in enumerate(texts)], source="wire", event=event)
    first, second, third = Post.objects.order_by("source_id").values_list("text_key", flat=True)
    assert first == second != third


def test_exercise_posts_are_marked(event: Event) -> None:
    event.is_exercise = True
    event.save()
    ingest.accept(posts=[RawPost("1", "x")], source="exercise", event=event)
    assert Post.objects.get().is_exercise
