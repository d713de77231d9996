"""The bundled exercise as a feed: posts come at their times, once, and go on where it stopped."""

from datetime import timedelta
from itertools import islice

import pytest
import time_machine

from classifier import clock
from responder import exercise
from responder.demo import exercise as bundled
from responder.demo.speed import SPEED
from responder.feeds.connectors import registry
from responder.feeds.connectors.base import Unusable
from responder.feeds.connectors.exercise import ExercisePlayer
from responder.models import Event, Feed

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Event:
    return exercise.current_run()


def test_the_past_comes_at_once_and_the_rest_in_time(run: Event) -> None:
    player = ExercisePlayer(run=run)
    past = sum(post.offset_s / SPEED <= (clock.now() - run.started_at).total_seconds() for post in bundled.posts())
    items = list(islice(player.read("", cursor_at=None), past + 3))
    delivered = [item for item in items if item.post]
    assert items[0].caught_up and past <= len(delivered) <= past + 2
    assert [item.cursor for item in delivered] == [str(number + 1) for number in range(len(delivered))]
    assert all(item.post and item.post.created_at and item.post.created_at <= clock.now() for item in delivered)
    assert items[-1].post or items[-1].alive


def test_it_goes_on_after_its_cursor_and_ends_silently(run: Event) -> None:
    everything = [f"{run.ref}:{post.id}" for post in bundled.posts()]
    with time_machine.travel(run.started_at + timedelta(days=1)):
        player = ExercisePlayer(run=run)
        read = player.read(str(len(everything) - 2), cursor_at=None)
        next(read)
        assert [next(read).post.source_id for _ in range(2)] == everything[-2:]  # type: ignore[union-attr]
        assert not next(read).alive
        player.close()
        assert list(read) == []


def test_a_real_event_gets_no_fictional_posts(event: Event) -> None:
    feed = Feed.objects.create(name="Exercise", kind="exercise", event=event)
    with pytest.raises(Unusable):
        next(iter(registry.connect(feed).read("", cursor_at=None)))
    assert "exercise" not in registry.configurable()
