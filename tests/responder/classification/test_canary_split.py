"""A canary answers its share, a shadow is never shown, and neither ever costs a post."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from classifier import clock, releases, serving
from classifier.models import Deployment, ModelVersion, Prediction
from responder.classification import canary_split, pipeline
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.models import Event, Post, User
from tests.classifier.versions import make_evaluation, make_version

pytestmark = pytest.mark.django_db
REASON = "The evidence is sound and the gates passed."


@pytest.fixture(autouse=True)
def _fresh(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    settings.SHADOW_HOURS = 0
    yield
    serving.forget()


@pytest.fixture
def in_shadow() -> ModelVersion:
    serving.register_shipped()
    version = make_version()
    releases.propose(evaluation=make_evaluation(version))
    serving.forget()
    return version


@pytest.fixture
def canary(in_shadow: ModelVersion, people: dict[str, User]) -> ModelVersion:
    releases.tick()
    request = in_shadow.requests.get()
    releases.approve(request_id=request.pk, by=people["approver"], reason=REASON, evidence_hash=request.evidence_hash)
    serving.forget()
    return in_shadow


def accept(event: Event, posts: int) -> None:
    rows = [RawPost(str(i), f"The bridge number {i} was washed away") for i in range(posts)]
    ingest.accept(posts=rows, source="wire", event=event)


def test_the_shadow_answers_a_share_that_nobody_sees(in_shadow: ModelVersion, event: Event) -> None:
    accept(event, 200)
    assert pipeline.drain() == 200
    shown = set(Post.objects.values_list("model_version_id", flat=True))
    assert in_shadow.pk not in shown
    share = Prediction.objects.filter(role=Prediction.Role.SHADOW, model_version=in_shadow).count() / 200
    assert abs(share - releases.SHADOW_SHARE) < 0.1
    assert Prediction.objects.filter(role=Prediction.Role.PRODUCTION).count() == 200


def test_the_canary_answers_a_share_for_good(canary: ModelVersion, event: Event) -> None:
    accept(event, 300)
    assert pipeline.drain() == 300
    share = Post.objects.filter(model_version=canary).count() / 300
    assert abs(share - releases.CANARY_SHARE) < 0.06
    assert Prediction.objects.count() == 300
    deployment = canary.deployments.get(role=Deployment.Role.CANARY)
    assert deployment.posts == round(share * 300) and deployment.seconds > 0


def test_the_same_posts_are_always_the_canarys(canary: ModelVersion) -> None:
    trial = serving.line().canary
    assert trial is not None
    first = [post for post in range(5_000) if trial.takes(post)]
    assert first == [post for post in range(5_000) if trial.takes(post)]
    assert abs(len(first) / 5_000 - 0.10) < 0.02


def test_a_canary_that_fails_costs_no_post_and_is_halted(
    canary: ModelVersion, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    working = pipeline.classify

    def failing(messages: Sequence[Any], *, runtime: Any, **options: Any) -> list[dict[str, Any]]:
        if runtime.info.version == canary.version:
            raise RuntimeError("out of luck")
        return working(messages, runtime=runtime, **options)

    monkeypatch.setattr(pipeline, "classify", failing)
    monkeypatch.setattr(pipeline, "BATCH", 50)
    accept(event, 300)
    assert pipeline.drain() == 300
    assert not Post.objects.filter(model_version=canary).exists()
    assert Post.objects.filter(state=Post.State.CLASSIFIED).count() == 300
    canary.refresh_from_db()
    assert canary.state == ModelVersion.State.QUARANTINED
    assert "failed 3 times" in canary.deployments.get(role=Deployment.Role.CANARY).ended_because


@pytest.mark.parametrize(("seconds", "slow"), [(1.0, False), (1.4, False), (1.7, True)])
def test_a_canary_is_judged_by_its_pace_once_enough_posts_were_seen(
    canary: ModelVersion, seconds: float, slow: bool
) -> None:
    Deployment.objects.filter(role=Deployment.Role.PRODUCTION).update(posts=1_000, seconds=1_000)
    row = canary.deployments.get(role=Deployment.Role.CANARY)
    row.posts, row.seconds = canary_split.LEAST_POSTS - 1, 10_000
    assert not canary_split.why_bad(row)
    row.posts, row.seconds = 1_000, seconds * 1_000
    assert bool(canary_split.why_bad(row)) == slow


def test_a_shadow_that_fails_harms_nobody(
    in_shadow: ModelVersion, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    working = pipeline.classify

    def failing(messages: Sequence[Any], *, runtime: Any, **options: Any) -> list[dict[str, Any]]:
        if runtime.info.version == in_shadow.version:
            raise RuntimeError("out of luck")
        return working(messages, runtime=runtime, **options)

    monkeypatch.setattr(pipeline, "classify", failing)
    accept(event, 50)
    assert pipeline.drain() == 50
    assert in_shadow.deployments.get(role=Deployment.Role.SHADOW).errors >= 1
    assert clock.now() - Post.objects.latest("classified_at").classified_at < timedelta(minutes=1)
