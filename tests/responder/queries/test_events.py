from datetime import timedelta

from responder.models import Event
from responder.queries import events
from responder.queries.filters import Filter


def test_without_a_choice_the_newest_event_with_posts_is_shown(make_post, event):
    make_post()
    later = Event.objects.create(ref="later", name="Later", started_at=event.started_at + timedelta(hours=1))
    assert events.resolve(Filter()) == (event, [])
    assert events.switchable(None) == [later, event]


def test_an_event_without_posts_can_be_chosen(event):
    assert events.resolve(Filter(event="flood")) == (event, [])


def test_an_unknown_event_falls_back_with_a_notice(make_post, event):
    make_post()
    shown, notices = events.resolve(Filter(event="nowhere"))
    assert shown == event
    assert "nowhere" in notices[0]
    assert "River flood" in notices[0]


def test_an_event_without_posts_is_shown_where_no_other_has_any(event):
    assert events.resolve(Filter()) == (event, [])


def test_a_closed_event_gives_way_to_an_open_one_with_posts(make_post, event):
    make_post()
    before = Event.objects.create(ref="before", name="Before", started_at=event.started_at - timedelta(days=9))
    make_post(event=before)
    Event.objects.filter(pk=event.pk).update(state="closed")
    assert events.default() == before
    Event.objects.filter(pk=before.pk).update(state="closed")
    assert events.default() == event  # the newest


def test_an_archived_event_is_shown_only_where_it_is_asked_for(make_post, event):
    make_post()
    Event.objects.filter(pk=event.pk).update(state="archived")
    assert events.default() is None and events.switchable(None) == []
    shown, _notices = events.resolve(Filter(event="flood"))
    assert shown == event and events.switchable(None, shown) == [event]
    assert events.present(shown)["closed"] == "Archived"


def test_a_closed_event_without_posts_is_not_shown_unasked(event):
    Event.objects.filter(pk=event.pk).update(state="closed")
    assert events.default() is None


def test_without_any_event_all_posts_are_shown(db):
    assert events.resolve(Filter()) == (None, [])
    assert events.present(None)["name"] == "All posts"


def test_an_event_shows_its_area_and_day(event):
    shown = events.present(event)
    assert shown["bbox"] == (32.0, -22.0, 37.0, -16.0)
    assert shown["day"] == 2
    assert shown["timezone"] == "Africa/Maputo"
