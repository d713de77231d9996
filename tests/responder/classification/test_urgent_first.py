"""While many posts wait, reports and posts about lives in danger are classified first, and never stop the others."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from classifier import clock, priority
from responder.classification import pipeline, urgent_first
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.models import Event, FieldReport, Post
from responder.queries import liveness

pytestmark = pytest.mark.django_db
TRAPPED = {
    "en": "Families trapped on a roof with children, please send boats now",
    "es": "Estamos atrapados en el techo con niños, necesitamos rescate urgente",
    "ar": "نحن محاصرون فوق السطح مع أطفال، نحتاج إنقاذ عاجل",
}


@pytest.fixture
def many(event: Event, monkeypatch: pytest.MonkeyPatch) -> Event:
    """An event in which as many posts wait as count for many."""
    monkeypatch.setattr(urgent_first, "MANY", 8)
    store(event, [f"The market of Beira is open, stall {n}" for n in range(8)], "calm")
    return event


def store(event: Event, texts: Sequence[str], source: str = "wire") -> None:
    ingest.accept(posts=[RawPost(f"{n}-{text}", text) for n, text in enumerate(texts)], source=source, event=event)


def classified() -> set[str]:
    return set(Post.objects.filter(state=Post.State.CLASSIFIED).values_list("text", flat=True))


@pytest.mark.parametrize("text", TRAPPED.values(), ids=TRAPPED)
def test_danger_goes_before_what_came_earlier(many: Event, text: str) -> None:
    store(many, ["Thank you all", text, "The road is dry"])
    assert [post.text for post in pipeline.claim_first(limit=64)] == [text]
    assert pipeline.claim_first(limit=64) == []


def test_while_few_wait_no_rule_is_asked_and_the_oldest_goes_first(event: Event, monkeypatch: Any) -> None:
    monkeypatch.setattr(priority, "rules", lambda *_: pytest.fail("the rules were asked"))
    store(event, ["The road is dry", TRAPPED["en"]])
    assert not Post.objects.filter(goes_first=True).exists()
    assert [post.text for post in pipeline.claim(limit=1)] == ["The road is dry"]


@pytest.mark.parametrize("kind", FieldReport.Kind.values)
def test_reports_from_people_always_go_first(event: Event, kind: str) -> None:
    store(event, ["The road is dry"])
    store(event, ["An old man needs his medicine"], kind)
    assert [post.source for post in pipeline.claim_first(limit=64)] == [kind]


def test_what_goes_first_takes_turns_with_the_others(many: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "FIRST_BATCH", 2)
    monkeypatch.setattr(pipeline, "BATCH", 3)
    store(many, [f"{TRAPPED['en']} – house {n}" for n in range(6)])
    seen: list[tuple[int, int]] = []

    def note(_done: int) -> None:
        found = Post.objects.filter(state=Post.State.CLASSIFIED)
        seen.append((found.filter(goes_first=True).count(), found.filter(goes_first=False).count()))

    assert pipeline.drain(on_progress=note) == 14
    assert seen[:3] == [(2, 3), (4, 6), (6, 8)]


def test_one_that_fails_waits_among_the_others(many: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    store(many, [TRAPPED["en"]])
    working = pipeline.classify

    def poisoned(messages: Sequence[Any], **options: Any) -> list[dict[str, Any]]:
        if any("trapped" in message.text for message in messages):
            raise ValueError("cannot read this")
        return working(messages, **options)

    monkeypatch.setattr(pipeline, "classify", poisoned)
    assert pipeline.drain() == 8
    post = Post.objects.get(source="wire")
    assert (post.state, post.attempts, post.goes_first) == (Post.State.ACCEPTED, 1, True)
    Post.objects.filter(pk=post.pk).update(lease_until=clock.now() - timedelta(seconds=1))
    assert pipeline.claim_first(limit=64) == []
    assert [one.pk for one in pipeline.claim(limit=64)] == [post.pk]


def test_a_burst_is_said_and_a_few_failing_posts_are_none(
    event: Event, make_post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liveness, "MANY", 3)
    long_ago = clock.now() - liveness.BURST_AFTER - timedelta(seconds=5)
    for _ in range(2):
        make_post(state=Post.State.ACCEPTED, received_at=long_ago)
    assert liveness.of_event(event.pk).state != "burst"
    make_post(state=Post.State.ACCEPTED, received_at=long_ago)
    found = liveness.of_event(event.pk)
    assert (found.state, found.tone, found.text) == ("burst", liveness.WARN, "Many posts at once, 25 s behind")
    assert found.detail.startswith("Reports and posts whose words say that lives are in danger are classified first.")
