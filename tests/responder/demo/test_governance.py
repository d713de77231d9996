"""Within minutes the demo shows labels, a drift report and a queued training run; nothing is made twice."""

import time
from collections.abc import Callable
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest

from classifier import clock, snapshots
from classifier.models import Label, LabelTask, TrainingRun
from monitoring import audit
from monitoring.models import DriftReport
from responder import demo_governance, exercise
from responder.demo import exercise as bundled
from responder.models import Event, Post

pytestmark = pytest.mark.django_db
MADE = 2 * demo_governance.COMPARED


@pytest.fixture
def run(tmp_path: Path, make_post: Callable[..., Post]) -> Event:
    """A run of the exercise with its first posts classified as their answer key says, but for one in seven."""
    Event.objects.all().delete()
    exercise.prepare(tmp_path)
    event = exercise.current_run()
    for number, post in enumerate(islice((one for one in bundled.posts() if not one.repost_of), MADE)):
        answer = "sympathy_and_support" if number % 7 == 0 else post.gold.category
        make_post(
            event=event, source="exercise", source_id=f"{event.ref}:{post.id}", text=post.text, lang=post.lang,
            model_category=answer, category=answer, probability=0.8, is_exercise=True,
            created_at=event.started_at + timedelta(seconds=post.offset_s / 20),
        )  # fmt: skip
    return event


def test_labels_follow_the_answer_key_and_some_disagree(run: Event) -> None:
    assert demo_governance.label(run) == demo_governance.LABELS * 25 // 24
    key = {f"{run.ref}:{post.id}": post.gold.category for post in bundled.posts()}
    posts = {f"post:{post.pk}": post.source_id for post in Post.objects.all()}
    for one in Label.objects.filter(by__username__in=exercise.LABELLERS):
        assert one.category == key[posts[one.subject]]
    second = Label.objects.filter(by__username="demo-lead")
    assert 0 < sum(one.category != key[posts[one.subject]] for one in second) < len(second)
    assert len(Label.objects.filter(by__username__in=exercise.LABELLERS)) >= snapshots.FEWEST_LABELS
    assert {one.by.is_active for one in Label.objects.exclude(by__username="demo-lead")} == {False}
    assert audit.verify().intact


def test_the_labellers_are_the_demos_own_people(run: Event, tmp_path: Path) -> None:
    demo_governance.label(run)
    Event.objects.filter(is_exercise=False).delete()
    assert exercise.prepare(tmp_path)


def test_everything_is_made_once(run: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_governance.importlib.util, "find_spec", lambda name: name)
    for _start in range(2):
        assert demo_governance.prepare(run)
        assert TrainingRun.objects.count() == DriftReport.objects.count() == 1
        assert Label.objects.count() == demo_governance.LABELS * 25 // 24
    assert LabelTask.objects.filter(closed_at=None).exists()
    (training,) = TrainingRun.objects.all()
    assert training.state == TrainingRun.State.FROZEN and training.config["limit"] == 400 and training.initiator is None
    (report,) = DriftReport.objects.all()
    assert report.n_window >= 500 and report.n_reference >= 500
    assert any(signal["level"] != "suppressed" for signal in report.signals)


def test_without_torch_nothing_is_trained(run: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_governance.importlib.util, "find_spec", lambda name: None)
    assert not demo_governance.start_training() and not TrainingRun.objects.exists()


def test_it_gives_up_when_posts_are_never_classified(run: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    Post.objects.all().delete()
    monkeypatch.setattr(demo_governance, "WITHIN_S", 0.0)
    monkeypatch.setattr(demo_governance, "POLL_S", 0.0)
    began = time.monotonic()
    assert not demo_governance.prepare(run) and not Label.objects.exists()
    assert time.monotonic() - began < 60 and clock.now() > run.started_at
