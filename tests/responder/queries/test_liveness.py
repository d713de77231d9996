"""Whether posts arrive: each state, with a moved clock, and what must never look calm."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from classifier import clock
from classifier.models import Deployment, LoadedModel, ModelVersion
from responder.models import Event, Feed, Post, Replay, ReportChannel
from responder.queries import liveness
from responder.queries.liveness import ALARM, OK, QUIET, WARN

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon(time_machine: Any) -> None:
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def make_feed(event: Event) -> Any:
    def make(name: str = "River", **columns: Any) -> Feed:
        """A feed that lives: connected for a day, 40 posts a minute, the last one now."""
        now = clock.now()
        lives = {
            "wanted": True, "state": Feed.State.LIVE, "state_at": now - timedelta(days=1), "lease_owner": "a",
            "lease_until": now + timedelta(days=30), "connected_at": now - timedelta(days=1), "seen_at": now,
            "last_post_at": now, "usual_per_minute": 40.0, "usual_minutes": 120.0, "event": event,
        }  # fmt: skip
        return Feed.objects.create(name=name, **({"kind": "bluesky"} | lives | columns))

    return make


@pytest.fixture
def make_channel(event: Event) -> Any:
    def make(name: str = "Form", **columns: Any) -> ReportChannel:
        given = {"kind": "public-form", "event": event, "ref": name.lower().replace(" ", "-")} | columns
        return ReportChannel.objects.create(name=name, **given)

    return make


def said(event: Event | None) -> tuple[str, str, str]:
    found = liveness.of_event(event.pk if event else None)
    assert found.text and (found.detail or found.state == "starting")
    return found.state, found.tone, found.text


def alive(feed: Feed) -> None:
    """The source gives signs of life now."""
    Feed.objects.filter(pk=feed.pk).update(seen_at=clock.now())


def test_without_a_source_nothing_looks_live(event: Event) -> None:
    assert said(event) == ("no_source", WARN, "No source connected")
    assert said(None) == ("no_source", WARN, "No source connected")


def test_a_feed_of_another_event_does_not_count(event: Event, make_feed: Any) -> None:
    make_feed(event=Event.objects.create(ref="other", name="Other"))
    make_feed("Without an event", event=None)
    assert said(event)[0] == "no_source"
    assert said(None)[:2] == ("live", OK)


@pytest.mark.parametrize(("ago", "tone"), [(None, QUIET), (59, OK), (60, QUIET)])
def test_an_open_channel_without_a_feed_is_calm_only_after_a_report(
    event: Event, make_channel: Any, ago: int | None, tone: str
) -> None:
    make_channel(last_received_at=None if ago is None else NOON - timedelta(minutes=ago))
    make_channel("Gateway", kind="sms")
    assert said(event) == said(None) == ("reports", tone, "Reports only")


def test_channels_that_are_off_or_of_others_do_not_count(event: Event, make_channel: Any) -> None:
    make_channel(is_on=False, last_received_at=NOON)
    make_channel("Another", event=Event.objects.create(ref="other", name="Other"), last_received_at=NOON)
    assert said(event)[0] == "no_source"
    assert said(None)[:2] == ("reports", OK)
    assert liveness.of_event(None, frozenset({event.pk})).state == "no_source"


def test_a_channel_beside_a_paused_feed_is_named(event: Event, make_feed: Any, make_channel: Any) -> None:
    make_feed(state="paused", wanted=False)
    make_channel(last_received_at=NOON)
    assert said(event)[0] == "paused"
    assert liveness.of_event(event.pk).detail.startswith("Only reports arrive")


def test_a_mailbox_that_cannot_be_read_is_trouble(event: Event, make_feed: Any, make_channel: Any) -> None:
    box = make_channel("Post box", kind="email", checked_at=NOON, last_error="The password was refused.")
    assert said(event) == ("mailbox_failed", ALARM, "Mailbox cannot be read")
    assert liveness.of_event(event.pk).detail == "The password was refused."
    make_channel(last_received_at=NOON)
    assert said(event) == ("mailbox_failed", WARN, "1 of 2 sources: Mailbox cannot be read")
    make_feed()
    assert said(event) == ("mailbox_failed", WARN, "1 of 2 sources: Mailbox cannot be read")
    ReportChannel.objects.filter(pk=box.pk).update(last_error="")
    assert said(event) == ("live", OK, "Live")
    ReportChannel.objects.filter(pk=box.pk).update(checked_at=NOON - timedelta(minutes=16))
    assert said(event) == ("mailbox_late", WARN, "1 of 2 sources: Mailbox not read for 16 min")


def test_a_refused_message_of_a_gateway_is_no_trouble(event: Event, make_channel: Any) -> None:
    make_channel(kind="sms", last_error="The message is too long.", last_received_at=NOON)
    assert said(event)[:2] == ("reports", OK)


def test_a_mailbox_in_trouble_shows_beside_a_replay(event: Event, make_channel: Any) -> None:
    Replay.objects.create(event=event)
    make_channel()
    assert said(event)[0] == "replay"
    make_channel("Post box", kind="email", checked_at=NOON, last_error="Away.")
    assert said(event)[:2] == ("mailbox_failed", WARN)


@pytest.mark.parametrize("state", [Event.State.CLOSED, Event.State.ARCHIVED])
def test_a_closed_event_says_so(event: Event, make_feed: Any, make_channel: Any, state: str) -> None:
    make_feed()
    make_channel(last_received_at=NOON)
    Event.objects.filter(pk=event.pk).update(state=state)
    assert said(event) == ("closed", QUIET, "Event closed")


def test_a_feed_that_brings_posts_is_live(event: Event, make_feed: Any) -> None:
    make_feed()
    assert said(event) == ("live", OK, "Live")


def test_silence_is_said_with_its_length_and_the_usual_rate(event: Event, make_feed: Any, time_machine: Any) -> None:
    feed = make_feed()
    for minutes, state in ((1, "live"), (2.9, "live"), (3, "silent")):
        time_machine.move_to(NOON + timedelta(minutes=minutes), tick=False)
        alive(feed)
        assert said(event)[0] == state, minutes
    time_machine.move_to(NOON + timedelta(minutes=12, seconds=30), tick=False)
    alive(feed)
    assert said(event) == ("silent", WARN, "Silent for 12 min, usually 40/min")


def test_a_slow_feed_may_be_silent_for_hours(event: Event, make_feed: Any, time_machine: Any) -> None:
    feed = make_feed(usual_per_minute=1 / 30, usual_minutes=360.0)  # two an hour: 20 are missing after ten hours
    for hours, state in ((1, "live"), (9.9, "live"), (10, "silent")):
        time_machine.move_to(NOON + timedelta(hours=hours), tick=False)
        alive(feed)
        assert said(event)[0] == state, hours
    assert said(event)[2] == "Silent for 10 h, usually 2/h"


def test_too_few_posts_give_no_usual_rate(event: Event, make_feed: Any, time_machine: Any) -> None:
    feed = make_feed(usual_per_minute=3.0, usual_minutes=1.0)
    time_machine.move_to(NOON + timedelta(minutes=50), tick=False)
    alive(feed)
    assert said(event)[:2] == ("live", OK)
    time_machine.move_to(NOON + timedelta(hours=5), tick=False)
    alive(feed)
    assert said(event) == ("quiet", QUIET, "No posts for 5 h")


def test_a_feed_without_any_post_is_connected_and_not_live(event: Event, make_feed: Any, time_machine: Any) -> None:
    make_feed(last_post_at=None, usual_per_minute=0.0, usual_minutes=0.0, connected_at=NOON)
    time_machine.move_to(NOON + timedelta(seconds=40), tick=False)
    assert said(event) == ("no_posts", QUIET, "Connected for 40 s, no posts yet")


def test_an_outage_is_no_silence_once_the_connection_is_back(event: Event, make_feed: Any) -> None:
    make_feed(connected_at=NOON - timedelta(seconds=20), last_post_at=NOON - timedelta(hours=3))
    assert said(event)[:2] == ("live", OK)


def test_a_source_without_a_sign_of_life_is_lost(event: Event, make_feed: Any, time_machine: Any) -> None:
    make_feed()
    time_machine.move_to(NOON + timedelta(seconds=90), tick=False)
    assert said(event)[0] == "live"
    time_machine.move_to(NOON + timedelta(seconds=91), tick=False)
    assert said(event) == ("lost", ALARM, "No sign of life for 1 min")


@pytest.mark.parametrize(
    ("columns", "state", "tone", "text"),
    [
        ({"state": "waiting"}, "lost", ALARM, "Connection lost, reconnecting"),
        (
            {"state": "starting", "last_error": "Away.", "seen_at": NOON - timedelta(minutes=2)},
            "lost",
            ALARM,
            "Connection lost, reconnecting",
        ),
        (
            {"state": "starting", "last_error": "Long ago.", "seen_at": NOON, "state_at": NOON},
            "starting",
            QUIET,
            "Connecting",
        ),
        ({"state": "waiting", "connected_at": None, "last_error": "Away."}, "lost", ALARM, "Cannot connect, retrying"),
        ({"state": "starting", "connected_at": None, "last_error": "Away."}, "lost", ALARM, "Cannot connect, retrying"),
        ({"state": "spent"}, "spent", ALARM, "Budget used up"),
        ({"state": "held"}, "held", WARN, "Throttled: too many posts are waiting for classification"),
        ({"state": "starting", "state_at": NOON}, "starting", QUIET, "Connecting"),
        ({"state": "starting", "state_at": NOON - timedelta(minutes=5)}, "starting", WARN, "Connecting for 5 min"),
        ({"state": "failed", "wanted": False}, "failed", ALARM, "Failed: action needed"),
        (
            {"lease_until": NOON - timedelta(seconds=1)},
            "no_worker",
            WARN,
            "Not started: no worker is reading this feed",
        ),
        ({"lease_until": None}, "no_worker", WARN, "Not started: no worker is reading this feed"),
        ({"state": "paused", "wanted": False}, "paused", WARN, "The source is paused"),
    ],
)
def test_each_trouble_of_a_feed_has_its_words(
    event: Event, make_feed: Any, columns: dict[str, Any], state: str, tone: str, text: str
) -> None:
    make_feed(**columns)
    assert said(event) == (state, tone, text)


def test_a_lost_connection_is_timed_from_the_last_sign_of_life(event: Event, make_feed: Any) -> None:
    make_feed(
        state="waiting", state_at=NOON, seen_at=NOON - timedelta(minutes=7), last_error="Mastodon cannot be reached."
    )
    assert liveness.of_event(event.pk).detail == "The connection has been lost for 7 min. Mastodon cannot be reached."


def test_one_feed_in_trouble_among_others_is_named(event: Event, make_feed: Any) -> None:
    make_feed("Sky")
    make_feed("River", state="waiting", last_error="Mastodon cannot be reached.")
    found = liveness.of_event(event.pk)
    assert (found.state, found.tone) == ("lost", WARN)
    assert found.text == "1 of 2 sources: Connection lost, reconnecting"
    assert "River" in found.detail and "Sky" not in found.detail
    Feed.objects.update(state="waiting")
    found = liveness.of_event(event.pk)
    assert (found.tone, found.text) == (ALARM, "2 of 2 sources have problems")
    assert "River" in found.detail and "Sky" in found.detail


def test_paused_feeds_do_not_count_beside_others(event: Event, make_feed: Any) -> None:
    make_feed("Sky")
    make_feed("River", state="paused", wanted=False)
    assert said(event) == ("live", OK, "Live")


def test_a_replay_runs_ends_and_may_stop(event: Event, time_machine: Any) -> None:
    replay = Replay.objects.create(event=event)
    assert said(event) == said(None) == ("replay", OK, "Replay")
    time_machine.move_to(NOON + timedelta(seconds=31), tick=False)
    assert said(event) == ("replay_stopped", ALARM, "Replay stopped")
    replay.ended_at = clock.now()
    replay.save()
    time_machine.move_to(NOON + timedelta(minutes=45), tick=False)
    assert said(event) == ("replay_ended", WARN, "Replay ended")


def test_an_exercise_played_as_a_feed_ends(event: Event, make_feed: Any, time_machine: Any) -> None:
    Event.objects.filter(pk=event.pk).update(started_at=NOON - timedelta(minutes=60), is_exercise=True)
    feed = make_feed(kind="exercise")
    assert said(event)[:2] == ("live", OK)
    time_machine.move_to(NOON + timedelta(minutes=13), tick=False)
    alive(feed)
    assert said(event) == ("replay_ended", WARN, "Replay ended")


def test_a_feed_comes_before_a_replay(event: Event, make_feed: Any) -> None:
    Replay.objects.create(event=event, ended_at=NOON)
    feed = make_feed()
    assert said(event)[0] == "live"
    Feed.objects.filter(pk=feed.pk).update(wanted=False, state="paused")
    assert said(event)[0] == "replay_ended"


@pytest.fixture
def in_production(db: None) -> ModelVersion:
    version = ModelVersion.objects.filter(state=ModelVersion.State.PRODUCTION).first() or ModelVersion.objects.create(
        name="m", version="1", state=ModelVersion.State.PRODUCTION
    )
    if not Deployment.objects.filter(ended_at=None, role=Deployment.Role.PRODUCTION).exists():
        Deployment.objects.create(version=version, role=Deployment.Role.PRODUCTION)
    return version


def test_classification_behind_comes_before_a_live_feed(
    event: Event, make_feed: Any, make_post: Any, in_production: ModelVersion, time_machine: Any
) -> None:
    feed = make_feed()
    make_post(state=Post.State.ACCEPTED, received_at=NOON)
    for minutes, state in ((0.9, "live"), (4.9, "live"), (7, "behind")):
        time_machine.move_to(NOON + timedelta(minutes=minutes), tick=False)
        Feed.objects.filter(pk=feed.pk).update(seen_at=clock.now(), last_post_at=clock.now())
        LoadedModel.objects.update_or_create(
            process="host:1", role="production", defaults={"version": in_production, "seen_at": clock.now()}
        )
        assert said(event)[0] == state, minutes
    assert said(event) == ("behind", ALARM, "Classification 7 min behind")


def test_a_model_that_no_process_has_loaded_is_said(
    event: Event, make_feed: Any, make_post: Any, in_production: ModelVersion, time_machine: Any
) -> None:
    feed = make_feed()
    LoadedModel.objects.create(process="host:1", role="production", version=in_production, seen_at=NOON)
    make_post(state=Post.State.ACCEPTED, received_at=NOON + timedelta(minutes=1))
    time_machine.move_to(NOON + timedelta(minutes=2, seconds=1), tick=False)
    Feed.objects.filter(pk=feed.pk).update(seen_at=clock.now(), last_post_at=clock.now())
    assert said(event) == ("no_model", ALARM, "The model is not answering")


def test_it_costs_as_many_queries_for_ten_feeds_as_for_one(event: Event, make_feed: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            liveness.of_event(event.pk)
        return len(seen)

    make_feed()
    few = queries()
    for number in range(9):
        make_feed(f"Feed {number}")
    for number in range(9):
        ReportChannel.objects.create(ref=f"c{number}", name=f"Form {number}", kind="public-form", event=event)
    assert queries() == few <= 3


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (172_799, "47 h"),
        (172_800, "2 days"),
    ],
)
def test_spans_as_text(seconds: int, text: str) -> None:
    assert liveness.duration(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("per_minute", "text"),
    [(2180.4, "2,180/min"), (1.0, "1/min"), (0.4, "24/h"), (0.001, "1/day"), (0.00001, "less than 1/day")],
)
def test_rates_as_text(per_minute: float, text: str) -> None:
    assert liveness.rate(per_minute) == text
