"""A replay reports that it runs and that it has ended, so that pages can say so."""

from datetime import timedelta
from typing import Any

import pytest

from classifier import clock
from responder.feeds import ingest, replay
from responder.feeds.raw_post import RawPost
from responder.models import Event, Post, Replay
from responder.queries import liveness

pytestmark = pytest.mark.django_db


def test_a_replay_is_reported_while_it_runs_and_when_it_ends(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    states: list[str] = []
    accept = ingest.accept

    def watched(**arguments: Any) -> ingest.Accepted:
        states.append(liveness.of_event(event.pk).state)
        return accept(**arguments)

    monkeypatch.setattr(replay.ingest, "accept", watched)
    monkeypatch.setattr(replay, "wake_classifier", lambda: None)
    posts = [RawPost("1", "Water rises"), RawPost("2", "Bridge gone")]
    timed = replay.schedule(posts, start=clock.now() - timedelta(minutes=1), speed=1.0)
    assert replay.play(timed, source="drill", event=event) == 2 == Post.objects.count()
    assert states == ["replay"]
    row = Replay.objects.get()
    assert row.event == event and row.ended_at and row.began_at <= row.ended_at
    Post.objects.update(state=Post.State.CLASSIFIED)
    assert liveness.of_event(event.pk).state == "replay_ended"


def test_a_second_replay_of_an_event_runs_again(event: Event) -> None:
    Replay.objects.create(
        event=event, ended_at=clock.now() - timedelta(days=1), seen_at=clock.now() - timedelta(days=1)
    )
    replay._begin(event)
    row = Replay.objects.get()
    assert row.ended_at is None and clock.now() - row.seen_at < timedelta(minutes=1)


def test_a_sign_of_life_is_written_every_few_seconds_only(
    event: Event, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    begun = replay._begin(event)
    with django_assert_num_queries(0):
        assert replay._report(event, begun) == begun
    Replay.objects.update(seen_at=clock.now() - timedelta(hours=1))
    assert replay._report(event, begun - replay.REPORT_S - 1) > begun - 1
    assert clock.now() - Replay.objects.get().seen_at < timedelta(minutes=1)
