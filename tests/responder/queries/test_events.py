from datetime import timedelta

from responder.models import Event
from responder.queries import events
from responder.queries.filters import Filter


def test_without_a_choice_the_newest_event_with_posts_is_shown(make_post, event):
    make_post()
    Event.objects.create(ref="later", name="Later", started_at=event.started_at + timedelta(hours=1))
    assert events.resolve(Filter()) == (event, [])
    assert events.with_posts() == [event]


def test_an_event_without_posts_can_be_chosen(event):
    assert events.resolve(Filter(event="flood")) == (event, [])


def test_an_unknown_event_falls_back_with_a_notice(make_post, event):
    make_post()
    shown, notices = events.resolve(Filter(event="nowhere"))
    assert shown == event
    assert "nowhere" in notices[0]
    assert "River flood" in notices[0]


def test_without_any_event_all_posts_are_shown(db):
    assert events.resolve(Filter()) == (None, [])
    assert events.present(None)["name"] == "All posts"


def test_an_event_shows_its_area_and_day(event):
    shown = events.present(event)
    assert shown["bbox"] == (32.0, -22.0, 37.0, -16.0)
    assert shown["day"] == 2
    assert shown["timezone"] == "Africa/Maputo"
