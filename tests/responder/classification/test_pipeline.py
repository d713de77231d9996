"""Accepted posts become classified, placed and visible; failures harm nobody else."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError

from classifier import clock, serving
from classifier.categories import UNMEASURED
from classifier.models import ModelVersion, Prediction
from monitoring.models import AuditEvent
from responder.classification import pipeline
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.models import Change, Event, Place, Post
from responder.queueing import leases

pytestmark = pytest.mark.django_db

TEXTS = [
    "Families trapped on a roof in Beira with children, please send boats now",
    "Thoughts and prayers with everyone tonight",
    "The bridge at Nhamatanda was washed away",
]


@pytest.fixture
def accepted(event: Event) -> Event:
    ingest.accept(posts=[RawPost(str(i), text) for i, text in enumerate(TEXTS)], source="wire", event=event)
    return event


def test_posts_are_classified_and_placed_once(accepted: Event) -> None:
    assert pipeline.drain() == 3
    posts = list(Post.objects.order_by("source_id"))
    assert {post.state for post in posts} == {Post.State.CLASSIFIED}
    assert [post.place_name for post in posts] == ["Beira", "", "Nhamatanda"]
    assert posts[0].grid_x is not None and posts[1].grid_x is None
    version = ModelVersion.objects.get(state=ModelVersion.State.PRODUCTION)
    assert {post.model_version_id for post in posts} == {version.pk}
    assert Prediction.objects.count() == Change.objects.filter(kind=Change.Kind.NEW).count() == 3
    assert Place.objects.filter(chosen=True).count() == 2
    assert AuditEvent.objects.filter(action="model.registered").count() == 1
    assert pipeline.drain() == 0
    assert Prediction.objects.count() == 3


def test_a_post_claimed_by_one_is_not_claimed_by_another(accepted: Event) -> None:
    mine = pipeline.claim(limit=2)
    others = pipeline.claim(limit=10)
    assert len(mine) == 2 and len(others) == 1
    assert pipeline.claim(limit=10) == []


def test_a_dead_workers_posts_are_claimed_again_after_the_lease(accepted: Event) -> None:
    pipeline.claim(limit=10)
    Post.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert pipeline.drain() == 3
    assert Prediction.objects.count() == 3


def test_a_post_that_always_fails_is_set_aside_and_harms_no_neighbour(
    accepted: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    working = pipeline.classify

    def poisoned(messages: Sequence[Any], **options: Any) -> list[dict[str, Any]]:
        if any("bridge" in message.text for message in messages):
            raise ValueError("cannot read this")
        return working(messages, **options)

    monkeypatch.setattr(pipeline, "classify", poisoned)
    for _ in range(pipeline.MAX_ATTEMPTS + 1):
        pipeline.drain()
        Post.objects.filter(state=Post.State.ACCEPTED).update(lease_until=None)
    poison = Post.objects.get(text__contains="bridge")
    assert poison.state == Post.State.QUARANTINED and poison.attempts == pipeline.MAX_ATTEMPTS
    assert poison.error == "ValueError: cannot read this"
    assert Post.objects.filter(state=Post.State.CLASSIFIED).count() == 2


def test_one_post_that_fails_costs_its_batch_a_few_halves(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    working = pipeline.classify

    def poisoned(messages: Sequence[Any], **options: Any) -> list[dict[str, Any]]:
        sizes.append(len(messages))
        if any("poison" in message.text for message in messages):
            raise ValueError("cannot read this")
        return working(messages, **options)

    monkeypatch.setattr(pipeline, "classify", poisoned)
    texts = [f"Water is needed, report {i}{' poison' if i == 21 else ''}" for i in range(64)]
    ingest.accept(posts=[RawPost(str(i), text) for i, text in enumerate(texts)], source="wire", event=event)
    assert pipeline.drain(limit=1) == 63
    assert len(sizes) <= 14 and sizes[:3] == [64, 32, 16]
    assert Post.objects.get(state=Post.State.ACCEPTED).text == texts[21]


def test_a_post_erased_meanwhile_does_not_come_back(accepted: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    working = pipeline.classify

    def erasing(messages: Sequence[Any], **options: Any) -> list[dict[str, Any]]:
        Post.objects.filter(text__contains="bridge").delete()
        return working(messages, **options)

    monkeypatch.setattr(pipeline, "classify", erasing)
    pipeline.drain()
    assert Post.objects.count() == 2 and not Post.objects.filter(text__contains="bridge").exists()


def test_a_batch_takes_few_queries_however_many_posts_it_has(event: Event, django_assert_max_num_queries: Any) -> None:
    serving.current()
    posts = [RawPost(str(i), f"{TEXTS[i % 3]} {i}") for i in range(200)]
    ingest.accept(posts=posts, source="wire", event=event)
    # SQLite takes 999 values a statement; one query a post would be 200. Classifying takes 40, grouping 20.
    with django_assert_max_num_queries(60):
        assert pipeline.drain(limit=200) == 200


def test_posts_whose_process_died_come_in_ever_smaller_batches(event: Event) -> None:
    ingest.accept(posts=[RawPost(str(i), f"Water {i}") for i in range(60)], source="wire", event=event)
    sizes = []
    for _ in range(pipeline.MAX_ATTEMPTS):
        Post.objects.update(lease_until=None)
        first = Post.objects.order_by("id").first()
        assert first is not None
        attempts = first.attempts
        Post.objects.update(attempts=attempts)
        sizes.append(len(pipeline.claim(limit=256)))
    assert sizes == [60, 32, 8, 1, 1]


def test_a_worker_keeps_its_posts_however_long_it_takes(accepted: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    posts = pipeline.claim(limit=10)
    owner = posts[0].lease_owner
    soon = clock.now() + timedelta(seconds=1)
    Post.objects.update(lease_until=soon)
    beats = iter([False, True])

    class Done:
        def wait(self, seconds: float) -> bool:
            assert seconds < leases.LEASE.total_seconds() / 2
            return next(beats)

    monkeypatch.setattr(leases.connection, "close", lambda: None)
    leases._renew(owner, Done())  # type: ignore[arg-type]
    assert not Post.objects.filter(lease_until__lte=soon).exists()


def test_a_process_that_began_without_the_database_learns_its_version_first(
    accepted: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving.current()
    known = serving.line()
    monkeypatch.setattr(serving, "_line", replace(known, production=replace(known.production, version_id=None)))
    assert pipeline.drain() == 3
    assert Prediction.objects.count() == 3 and not Post.objects.filter(model_version=None).exists()


def test_an_outage_of_the_database_is_no_posts_fault(accepted: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr(pipeline, "_store", away)
    with pytest.raises(OperationalError):
        pipeline.drain()
    assert set(Post.objects.values_list("state", "error")) == {(Post.State.ACCEPTED, "")}


@pytest.mark.parametrize(
    ("category", "abstained", "severity", "group"),
    [
        ("requests_or_urgent_needs", False, 4, "needs"),
        ("requests_or_urgent_needs", True, 4, "aside"),
        ("requests_or_urgent_needs", True, 1, "needs"),
        ("not_humanitarian", False, 2, "aside"),
    ],
)
def test_what_the_model_cannot_judge_is_set_aside_unless_it_may_be_urgent(
    category: str, abstained: bool, severity: int, group: str
) -> None:
    assert pipeline.group_of(category, abstained=abstained, severity=severity) == group


def test_the_language_to_go_by_is_kept_beside_what_the_source_says(event: Event) -> None:
    portuguese = "Estamos no telhado com cinco crianças, a água continua a subir"
    posts = [
        RawPost("1", portuguese), RawPost("2", f"{portuguese}.", lang="en"), RawPost("3", f"{portuguese}!", lang="pt"),
        RawPost("4", "SOS", lang="und"), RawPost("5", "Families on the roof need boats and drinking water"),
    ]  # fmt: skip
    ingest.accept(posts=posts, source="wire", event=event)
    pipeline.drain()
    rows = Post.objects.order_by("source_id").values_list("lang", "lang_stated")
    assert list(rows) == [("pt", ""), ("pt", "en"), ("pt", None), ("", "und"), ("en", "")]
    assert not Post.objects.filter(group=UNMEASURED).exists()  # the shipped model was measured in both languages
    assert [post.stated_lang for post in Post.objects.order_by("source_id")] == ["", "en", "pt", "und", ""]
