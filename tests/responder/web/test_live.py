from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from classifier import clock
from responder.models import Change
from responder.queries.filters import Filter
from responder.web import live
from responder.web.live import LiveFilter

EVERYTHING = LiveFilter(Filter(), None)


def change(post, kind="new", age_s=0):
    return Change.objects.create(post=post, kind=kind, at=clock.now() - timedelta(seconds=age_s))


def test_polling_tells_what_changed_since_and_where_to_go_on(make_post):
    old, fresh = make_post(), make_post(severity=1)
    seen = change(old, age_s=60)
    newest = change(fresh)
    answer = live.changes_after(EVERYTHING, seen.pk)
    assert answer["cursor"] == newest.pk
    assert answer["posts"] == [
        {"id": fresh.pk, "severity": 1, "group": "needs", "status": "unreviewed", "new": True,
         "latitude": -19.84, "longitude": 34.84}
    ]  # fmt: skip
    assert answer["reload"] is False


def test_nothing_new_keeps_the_cursor(make_post):
    seen = change(make_post(), age_s=60)
    answer = live.changes_after(EVERYTHING, seen.pk)
    assert (answer["cursor"], answer["posts"]) == (seen.pk, [])


def test_a_change_that_became_visible_late_is_read_again(make_post):
    late = change(make_post())  # as if its transaction had ended after that of the next
    newest = change(make_post())
    assert [found.pk for found in live.read(newest.pk)] == [late.pk, newest.pk]


def test_a_post_that_changed_twice_is_told_once_and_stays_new(make_post):
    post = make_post()
    change(post)
    change(post, "decided")
    (shown,) = live.changes_after(EVERYTHING, 0)["posts"]
    assert shown["new"] is True


def test_the_filter_decides_what_is_told(make_post, event):
    needs = make_post()
    change(needs)
    change(make_post(category="caution_and_advice"))
    change(make_post(event=None))
    answer = live.changes_after(LiveFilter(Filter(groups=("needs",)), event.pk), 0)
    assert [post["id"] for post in answer["posts"]] == [needs.pk]


def test_a_decision_is_told_even_where_the_post_leaves_the_list(make_post):
    done = make_post(status="dismissed", group="aside")
    change(done, "decided")
    live_filter = LiveFilter(Filter(status="review", groups=("needs",)), None)
    assert [post["id"] for post in live.changes_after(live_filter, 0)["posts"]] == [done.pk]


def test_too_much_to_list_asks_for_a_reload(make_post, monkeypatch):
    monkeypatch.setattr(live, "READ_LIMIT", 3)
    for _ in range(5):
        newest = change(make_post())
    answer = live.changes_after(EVERYTHING, 0)
    assert (answer["reload"], answer["posts"], answer["cursor"]) == (True, [], newest.pk)


def test_a_cursor_from_another_database_asks_for_a_reload(make_post):
    change(make_post())
    assert live.changes_after(EVERYTHING, 10**12)["reload"] is True


def test_the_pulse_tells_how_long_posts_wait_and_how_many_come(make_post):
    assert live.pulse() == {"lag_s": 0.0, "per_minute": 0}
    make_post(state="accepted", received_at=clock.now() - timedelta(seconds=40))
    change(make_post())
    change(make_post(), "decided")
    change(make_post(), age_s=90)
    pulse = live.pulse()
    assert 40 <= pulse["lag_s"] < 50
    assert pulse["per_minute"] == 1


def test_reading_takes_two_queries_for_any_number_of_changes(make_post):
    for _ in range(50):
        change(make_post())
    with CaptureQueriesContext(connection) as captured:
        assert len(live.describe(live.read(0), EVERYTHING)) == 50
    assert len(captured) == 2


def test_what_was_seen_is_not_read_again_and_never_counts_as_too_much(make_post, monkeypatch):
    post = make_post()
    changes = [change(post).pk for _ in range(40)]
    monkeypatch.setattr(live, "READ_LIMIT", 10)
    assert [found.pk for found in live.read(changes[34], set(changes[:35]))] == changes[35:]
    assert len(live.read(changes[34])) == 11  # more than the limit


@pytest.mark.parametrize("cursor", [0, 7])
def test_without_changes_the_cursor_is_zero(db, cursor):
    assert live.cursor() == 0
    assert live.read(cursor) == []
