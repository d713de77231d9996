from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from classifier import clock
from responder import triage
from responder.errors import Invalid
from responder.models import Snooze
from responder.queries import queue
from responder.queries.filters import Filter
from responder.queries.queue import TABS, Queue
from responder.triage import claims, snoozes


@pytest.fixture
def work(event, people):
    """The queue of a reviewer, for a query string."""

    def queue_for(query="", role="reviewer"):
        return Queue.for_user(Filter.parse(QueryDict(query), None)[0], event, people[role])

    return queue_for


def ids(work, tab="review"):
    return [post.pk for post in work.page(tab).posts]


def ago(**span):
    return clock.now() - timedelta(**span)


def test_the_order_is_severity_then_the_longest_wait_then_the_least_certain(work, make_post):
    moment = ago(hours=1)
    low = make_post(severity=4, created_at=ago(days=2))
    sure = make_post(severity=1, created_at=moment, probability=0.9)
    unsure = make_post(severity=1, created_at=moment, probability=0.4)
    waited = make_post(severity=1, created_at=ago(hours=2), probability=0.9)
    assert ids(work()) == [waited.pk, unsure.pk, sure.pk, low.pk]


def test_posts_with_the_same_words_are_one_entry_and_the_most_severe_stands_for_them(work, make_post):
    make_post(text_key="same", severity=3)
    worst = make_post(text_key="same", severity=1)
    make_post(text_key="same", severity=1)
    other = make_post(severity=2)
    assert ids(work()) == [worst.pk, other.pk]
    assert work().counts()["review"] == 2
    assert queue.open_copies([worst])[worst.event_id, "same"] == 3


def test_an_entry_is_found_by_the_copy_that_passes_the_filter(work, make_post):
    make_post(text_key="same", severity=1, lang="pt")
    english = make_post(text_key="same", severity=2, lang="en")
    assert ids(work("lang=en")) == [english.pk]


def test_each_tab_holds_what_its_name_says(work, make_post, people):
    reviewer = people["reviewer"]
    plain, unsure, slept, mine, done = (make_post(band=band) for band in (5, 2, 5, 5, 5))
    snoozes.snooze(post_id=slept.pk, by=people["lead"], span="1h")
    triage.set_severity(post_id=mine.pk, version=1, by=reviewer, severity=4)
    triage.confirm(post_id=done.pk, version=1, by=reviewer)
    assert ids(work()) == [plain.pk, unsure.pk, mine.pk] or set(ids(work())) == {plain.pk, unsure.pk, mine.pk}
    assert ids(work(), "uncertain") == [unsure.pk]
    assert ids(work(), "snoozed") == [slept.pk]
    assert ids(work(), "mine") == [mine.pk]
    assert ids(work(role="lead"), "mine") == [slept.pk]
    assert ids(work(), "done") == [done.pk]


def test_what_somebody_has_open_is_theirs_until_the_claim_ends(work, make_post, people, monkeypatch):
    post = make_post()
    claims.take(post_id=post.pk, by=people["reviewer"])
    assert ids(work(), "mine") == [post.pk]
    later = ago(seconds=-91)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert ids(work(), "mine") == []


def test_counts_are_the_lengths_of_the_lists(work, make_post, people):
    for number in range(7):
        make_post(severity=1 + number % 4, band=1 + number % 5, text_key=f"k{number % 5}")
    for number in range(3):
        triage.confirm(post_id=make_post().pk, version=1, by=people["lead" if number else "reviewer"])
    for query in ("", "sev=1", "conf=3", "cat=needs&t=1h"):
        shown = work(query)
        assert shown.counts() == {tab: len(ids(shown, tab)) for tab in TABS}


def test_counts_stop_where_they_stop_mattering(work, make_post, monkeypatch):
    monkeypatch.setattr(queue, "COUNT_LIMIT", 3)
    for _ in range(6):
        make_post()
    assert work().counts()["review"] == 4


@pytest.mark.parametrize("tab", ["review", "done"])
def test_pages_hold_every_entry_once_while_new_ones_arrive(work, make_post, people, tab):
    moment = ago(hours=1)
    made = [make_post(severity=1 + number % 2, created_at=moment, probability=0.5) for number in range(7)]
    if tab == "done":
        for post in made:
            triage.confirm(post_id=post.pk, version=1, by=people["reviewer"])
    seen, cursor = [], ""
    while cursor is not None:
        page = work().page(tab, cursor=cursor, size=3)
        seen += [post.pk for post in page.posts]
        cursor = page.next_cursor
        if tab == "review":
            make_post(severity=1, created_at=ago(days=1))  # goes before what was seen
    assert len(seen) == len(set(seen))
    assert {post.pk for post in made} <= set(seen)


@pytest.mark.parametrize("cursor", ["x", "a" * 400])
def test_a_cursor_of_somebody_else_is_refused(work, cursor):
    with pytest.raises(Invalid):
        work().page("review", cursor=cursor)


def test_a_cursor_belongs_to_its_tab(work, make_post):
    for _ in range(3):
        make_post(band=2)
    cursor = work().page("review", size=1).next_cursor
    with pytest.raises(Invalid):
        work().page("uncertain", cursor=cursor)


def test_the_number_of_queries_does_not_grow_with_the_posts(work, make_post):
    def asked():
        with CaptureQueriesContext(
            connection,
        ) as found:
            shown = work()
            shown.counts()
            shown.page("review")
        return len(found)

    make_post()
    asked()  # the reviewer's roles are read once
    few = asked()
    for number in range(40):
        make_post(text_key=f"k{number % 9}", severity=1 + number % 4)
    assert asked() == few


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="the plan is SQLite's")
@pytest.mark.parametrize(("tab", "index"), [("review", "post_triage"), ("done", "post_reviewed")])
def test_an_index_serves_the_order(work, make_post, tab, index):
    make_post()
    rows = queue.ordered(work().entries(tab), tab)[:31]
    plan = rows.explain()
    assert index in plan
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan  # the last terms alone may be sorted


def test_a_snooze_ends_by_the_clock(work, make_post, people, monkeypatch):
    post = make_post()
    snoozes.snooze(post_id=post.pk, by=people["reviewer"], span="15m")
    assert (ids(work()), ids(work(), "snoozed")) == ([], [post.pk])
    later = ago(minutes=-16)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert (ids(work()), ids(work(), "snoozed")) == ([post.pk], [])


def test_a_snooze_ends_when_the_text_has_grown(work, make_post, people):
    post = make_post(text_key="same")
    snoozes.snooze(post_id=post.pk, by=people["reviewer"], grow_by=2)
    make_post(text_key="same")
    assert ids(work()) == []
    make_post(text_key="same")
    assert ids(work()) == [post.pk]
    assert Snooze.objects.get().wake_at_size == 3


def test_what_was_marked_not_relevant_is_among_what_is_done(work, make_post, people):
    post = make_post()
    triage.dismiss(post_id=post.pk, version=1, by=people["reviewer"])
    assert ids(work(), "done") == [post.pk]
    assert ids(work("cat=people"), "done") == []


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="the plan is SQLite's")
@pytest.mark.parametrize("tab", ["review", "mine", "uncertain"])
def test_copies_of_an_entry_are_looked_up_so_that_the_time_does_not_grow_with_the_square(work, make_post, tab):
    make_post()
    plan = work().entries(tab).order_by().explain()
    inner = plan.split("CORRELATED SCALAR SUBQUERY")[1]
    assert "text_key=?" in inner.splitlines()[1]
