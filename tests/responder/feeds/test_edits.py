"""Edits at the source: the new text replaces the old one everywhere; people's decisions stay."""

from datetime import timedelta
from typing import Any

import pytest

from classifier import clock
from classifier.categories import UNMEASURED
from classifier.models import Label
from responder import triage
from responder.classification import pipeline
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.models import Change, Event, Incident, IncidentPost, Place, Post, PostEmbedding, PostWords, User

pytestmark = pytest.mark.django_db
OLD, NEW = "Families trapped on a roof in Beira, please send boats", "Families at Chimoio are safe now, no boats needed"


def arrived(text: str, revision: str, event: Event) -> ingest.Accepted:
    return ingest.accept(posts=[RawPost("1", text, revision=revision)], source="wire", event=event)


def test_an_edit_is_understood_anew_and_nothing_of_the_old_text_is_left(event: Event) -> None:
    arrived(OLD, "1", event)
    pipeline.drain()
    assert Post.objects.get().place_name == "Beira"
    assert arrived(NEW, "2", event) == ingest.Accepted(new=0, known=0, edited=1)
    assert not Place.objects.exists() and not PostWords.objects.exists() and not PostEmbedding.objects.exists()
    assert pipeline.drain() == 1
    post = Post.objects.get()
    assert (post.text, post.place_name) == (NEW, "Chimoio")
    assert "roof" not in PostWords.objects.get().document
    kinds = list(Change.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == [Change.Kind.NEW, Change.Kind.EDITED]


def test_links_and_language_are_those_of_the_edited_text(event: Event) -> None:
    before = "Precisamos de água potável e comida na escola da Munhava https://example.org/old"
    arrived(before, "1", event)
    pipeline.drain()
    post = Post.objects.get()
    assert (post.lang, post.lang_stated, post.links) == ("pt", "", ["https://example.org/old"])
    arrived(f"{NEW} https://example.org/new", "2", event)
    post.refresh_from_db()
    assert (post.lang, post.lang_stated, post.links) == ("", None, ["https://example.org/new"])
    pipeline.drain()
    post.refresh_from_db()
    assert post.lang == "en" and post.group != UNMEASURED


def test_edits_that_come_late_or_twice_change_nothing(event: Event) -> None:
    arrived(NEW, "2", event)
    assert arrived(OLD, "1", event) == arrived(NEW, "2", event) == ingest.Accepted(new=0, known=1)
    assert Post.objects.get().text == NEW


def test_a_worker_that_was_busy_with_the_old_text_stores_nothing(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    arrived(OLD, "1", event)
    working, calls = pipeline.classify, []

    def slow(messages: Any, **options: Any) -> Any:
        if not calls:
            arrived(NEW, "2", event)
        calls.append(messages)
        return working(messages, **options)

    monkeypatch.setattr(pipeline, "classify", slow)
    pipeline.drain()
    assert [message.text for messages in calls for message in messages] == [OLD, NEW]
    assert Post.objects.get().place_name == "Chimoio"


def test_decisions_stay_and_their_labels_lose_the_text(event: Event, people: dict[str, User]) -> None:
    arrived(OLD, "1", event)
    pipeline.drain()
    post = Post.objects.get()
    triage.correct(post_id=post.pk, version=1, by=people["reviewer"], category="missing_or_found_people")
    triage.set_severity(post_id=post.pk, version=2, by=people["reviewer"], severity=1)
    arrived(NEW, "2", event)
    pipeline.drain()
    post.refresh_from_db()
    assert (post.category, post.severity, post.status) == ("missing_or_found_people", 1, Post.Status.CORRECTED)
    label = Label.objects.get()
    assert label.text == "" and label.erased_at
    assert post.version == 4


def test_what_a_rule_said_of_an_edited_post_is_taken_back_and_what_people_said_stays(
    event: Event, people: dict[str, User]
) -> None:
    for number in range(3):
        at = clock.now() - timedelta(minutes=number)
        text = f"{OLD}, house {number}"
        ingest.accept(posts=[RawPost(str(number), text, created_at=at, revision="1")], source="wire", event=event)
    pipeline.drain()
    incident = Incident.objects.get()
    assert (incident.size, incident.place_name) == (3, "Beira")
    keep = IncidentPost.objects.order_by("post").first()
    IncidentPost.objects.filter(pk=keep.pk).update(by=people["reviewer"])
    posts = [RawPost(str(number), NEW, revision="2") for number in range(3)]
    assert ingest.accept(posts=posts, source="wire", event=event).edited == 3
    incident.refresh_from_db()
    assert incident.size == 1 and set(incident.memberships.values_list("post", flat=True)) == {keep.post_id}
