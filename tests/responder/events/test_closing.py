"""A closed event takes no posts by any door, keeps what it has, and can be reopened."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from classifier import clock
from monitoring.models import AuditEvent
from responder import events, exercise, imports, jobs
from responder.errors import Closed, Conflict, Invalid, InvalidFields
from responder.feeds import configuring, ingest
from responder.feeds.listener import Listener
from responder.feeds.raw_post import RawPost
from responder.models import Event, Feed, FeedGap, ImportJob, Post, User

pytestmark = pytest.mark.django_db
POST = RawPost(source_id="1", text="We need water in Beira")


@pytest.fixture
def lead(people: dict[str, User]) -> User:
    return people["lead"]


@pytest.fixture
def closed(lead: User, event: Event) -> Event:
    return events.close(event_id=event.pk, version=1, by=lead)


def feed_of(event: Event | None, name: str, **columns: Any) -> Feed:
    return Feed.objects.create(name=name, kind="bluesky", terms=["flood"], event=event, **columns)


def test_closing_pauses_the_feeds_and_says_why(lead: User, event: Event):
    running = feed_of(event, "Sky", wanted=True, state="live", seen_at=clock.now(), lease_owner="a")
    paused, other = feed_of(event, "Old"), feed_of(None, "Other", wanted=True, state="live")
    events.close(event_id=event.pk, version=1, by=lead)
    for feed in (running, paused, other):
        feed.refresh_from_db()
    reason = "Paused because Ana Lead closed the event “River flood”."
    assert (running.wanted, running.state, running.last_error) == (False, "paused", reason)
    assert FeedGap.objects.get().why == reason
    assert (paused.version, paused.last_error) == (1, "") and other.wanted
    detail = AuditEvent.objects.get(action="event.closed").detail
    assert detail["feeds_paused"] == [running.pk]
    assert AuditEvent.objects.filter(action="feed.paused").count() == 1


def test_a_feed_of_a_closed_event_is_not_started_set_or_read(lead: User, closed: Event):
    feed = feed_of(closed, "Sky")
    with pytest.raises(Closed, match="Reopen it"):
        configuring.start(feed_id=feed.pk, by=lead)
    fields = {"name": "Another", "kind": "bluesky", "terms": "flood", "event": str(closed.pk)}
    with pytest.raises(InvalidFields) as caught:
        configuring.create(by=lead, fields=fields)
    assert set(caught.value.fields) == {"event"}
    Feed.objects.filter(pk=feed.pk).update(wanted=True)  # by something that knows nothing of events
    Listener(feed.pk).run()
    feed.refresh_from_db()
    assert (feed.wanted, feed.state) == (False, "failed") and "is closed" in feed.last_error


def test_posts_are_refused_even_from_an_object_that_was_read_before(lead: User, event: Event):
    stale = Event.objects.get()
    events.close(event_id=event.pk, version=1, by=lead)
    assert stale.is_open
    with pytest.raises(Closed):
        ingest.accept(posts=[POST], source="wire", event=stale)
    assert not Post.objects.exists()
    events.reopen(event_id=event.pk, version=2, by=lead)
    assert ingest.accept(posts=[POST], source="wire", event=stale).new == 1


def test_an_import_is_refused_before_it_starts_and_ends_while_it_runs(
    people: dict[str, User], lead: User, event: Event, settings: Any, tmp_path: Any
):
    settings.DATA_DIR = tmp_path
    given: dict[str, Any] = {
        "owner": lead, "name": "a.csv", "pieces": [b"id,text\n1,Water\n"], "source": "wire", "event": str(event.pk),
        "actor": "user:lead",
    }  # fmt: skip
    started, waiting = imports.start(job=imports.accept(**given), actor="user:lead"), imports.accept(**given)
    events.close(event_id=event.pk, version=1, by=lead)
    with pytest.raises(InvalidFields) as caught:
        imports.accept(**given)
    assert set(caught.value.fields) == {"event"}
    with pytest.raises(Closed):
        imports.start(job=ImportJob.objects.get(pk=waiting.pk), actor="user:lead")
    waiting.refresh_from_db()
    assert waiting.is_draft
    jobs.import_file(started.pk)
    started.refresh_from_db()
    assert started.state == "failed" and "is closed" in started.error and not Post.objects.exists()


@pytest.mark.parametrize("command", ["import_posts", "replay"])
def test_commands_exit_2_for_a_closed_event(closed: Event, tmp_path: Any, command: str):
    (tmp_path / "a.ndjson").write_text('{"id": "1", "text": "Water", "created_at": "2026-03-02T10:00:00Z"}\n')
    with pytest.raises(CommandError, match="is closed") as caught:
        call_command(command, str(tmp_path / "a.ndjson"), source="wire", event=closed.ref)
    assert caught.value.returncode == 2 and not Post.objects.exists()


def test_replay_creates_an_unknown_event_only_where_that_is_asked_for(db: None, tmp_path: Any):
    file = tmp_path / "a.ndjson"
    file.write_text('{"id": "1", "text": "Water", "created_at": "2026-03-02T10:00:00Z"}\n')
    with pytest.raises(CommandError, match="--create-event") as caught:
        call_command("replay", str(file), event="flood")
    assert caught.value.returncode == 2 and not Event.objects.exists()
    call_command("replay", str(file), event="flood", create_event=True)
    call_command("replay", str(file))
    assert set(Event.objects.values_list("ref", flat=True)) == {"flood", "replay"}


def test_an_exercise_whose_event_was_closed_begins_anew(db: None):
    first = exercise.current_run()
    assert exercise.current_run() == first
    Event.objects.update(state=Event.State.CLOSED)
    assert exercise.current_run() != first


def test_archiving_closes_and_reopening_reverses_both(lead: User, event: Event, make_post: Callable[..., Post]):
    make_post()
    archived = events.archive(event_id=event.pk, version=1, by=lead)
    assert archived.state == "archived" and not archived.is_open
    with pytest.raises(Invalid, match="already archived"):
        events.close(event_id=event.pk, version=2, by=lead)
    opened = events.reopen(event_id=event.pk, version=2, by=lead)
    assert opened.is_open and opened.version == 3
    with pytest.raises(Invalid, match="already open"):
        events.reopen(event_id=event.pk, version=3, by=lead)
    assert Post.objects.count() == 1


def test_an_older_page_closes_nothing(lead: User, event: Event):
    Event.objects.update(version=2)
    with pytest.raises(Conflict):
        events.close(event_id=event.pk, version=1, by=lead)
    assert Event.objects.get().is_open
