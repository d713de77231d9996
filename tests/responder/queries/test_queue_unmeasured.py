"""The tab of posts in languages that the model can't read: its order, its pages, its count, and what people decide there."""

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from classifier import categories, clock
from classifier.categories import CANT_JUDGE, UNMEASURED
from responder import triage
from responder.errors import Invalid
from responder.models import Post
from responder.queries import figures, items, queue
from responder.queries.filters import Filter
from responder.queries.queue import Queue


@pytest.fixture
def unread(make_post):
    """Makes a post that waits in the group."""

    def make(**columns):
        waits = {"lang": "am", "category": CANT_JUDGE, "group": UNMEASURED, "abstained": True, "band": 1, "cues": 0}
        return make_post(**(waits | {"model_category": "not_humanitarian", "emergency": False} | columns))

    return make


@pytest.fixture
def work(event, people):
    def queue_for(query=""):
        return Queue.for_user(Filter.parse(QueryDict(query), None)[0], event, people["reviewer"])

    return queue_for


def ids(work, tab=UNMEASURED, **page):
    return [post.pk for post in work.page(tab, **page).posts]


def test_the_most_cues_come_first_then_the_longest_wait(work, unread, make_post):
    moment = clock.now()
    late, early = unread(cues=2, created_at=moment), unread(cues=2, created_at=moment.replace(year=moment.year - 1))
    strong, none = unread(cues=7), unread(cues=0, severity=1)
    english = make_post(severity=1)
    assert ids(work()) == [strong.pk, early.pk, late.pk, none.pk]
    assert work().counts()[UNMEASURED] == 4
    assert english.pk in ids(work(), "review")


def test_they_also_wait_among_all_posts_and_never_last(work, unread, make_post):
    low, waiting = make_post(severity=4), unread(severity=3)
    assert ids(work(), "review") == [waiting.pk, low.pk]
    assert ids(work(f"cat={UNMEASURED}"), "review") == [waiting.pk]


@pytest.mark.parametrize("query", ["cat=needs", "conf=5", "cat=not_humanitarian&conf=3"])
def test_a_filter_by_what_the_model_says_hides_none_of_them(work, unread, query):
    post = unread()
    assert ids(work(query)) == [post.pk] and work(query).counts()[UNMEASURED] == 1
    assert ids(work("lang=ti")) == []


def test_pages_follow_each_other_without_gaps(work, unread):
    moment = clock.now()
    made = [unread(cues=number % 3, created_at=moment) for number in range(7)]
    seen, cursor = [], ""
    while cursor is not None:
        page = work().page(UNMEASURED, cursor=cursor, size=2)
        seen += [(post.cues, post.pk) for post in page.posts]
        cursor = page.next_cursor
    assert seen == sorted(seen, key=lambda one: (-one[0], one[1])) and len(seen) == len(made)


def test_copies_are_one_entry(work, unread):
    first, _second = unread(text_key="same", cues=1), unread(text_key="same", cues=1)
    assert ids(work()) == [first.pk]


def test_the_order_is_read_from_its_index(work, unread):
    unread()
    if connection.vendor != "sqlite":
        pytest.skip("the plan of PostgreSQL depends on the number of rows: see the test of plans")
    plan = queue.ordered(work().rows(UNMEASURED), UNMEASURED).explain()
    assert "post_unmeasured" in plan and "TEMP B-TREE" not in plan


def test_a_page_takes_as_many_queries_as_any_tab(work, unread, make_post):
    for _ in range(5):
        unread()
        make_post()
    counts = []
    for tab in ("review", UNMEASURED):
        shown = work()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            items.present_all(shown.page(tab).posts)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_there_is_nothing_to_confirm_and_a_category_takes_the_post_out(work, unread, people):
    post = unread()
    with pytest.raises(Invalid, match="Choose a category"):
        triage.confirm(post_id=post.pk, version=1, by=people["reviewer"])
    triage.correct(post_id=post.pk, version=1, by=people["reviewer"], category="requests_or_urgent_needs")
    post.refresh_from_db()
    assert (post.group, post.status) == ("needs", Post.Status.CORRECTED)
    assert ids(work()) == []
    triage.undo(post_id=post.pk, version=2, by=people["reviewer"])
    assert ids(work()) == [post.pk]


@pytest.mark.parametrize("severity", [1, 4])
def test_a_severity_leaves_the_post_where_it_waits(work, unread, people, severity):
    post = unread()
    triage.set_severity(post_id=post.pk, version=1, by=people["reviewer"], severity=severity)
    post.refresh_from_db()
    assert (post.group, post.severity) == (UNMEASURED, severity)


def test_only_people_say_that_it_is_not_relevant(work, unread, people):
    post = unread()
    triage.dismiss(post_id=post.pk, version=1, by=people["reviewer"])
    post.refresh_from_db()
    assert post.group == "aside" and ids(work()) == []


def test_it_is_shown_without_a_category_and_without_a_calm_colour(unread):
    (item,) = items.present_all([unread()])
    assert item["unmeasured"] and item["lang_name"] == "Amharic"
    assert item["category"]["css"] == UNMEASURED and item["category"]["label"] == "Not read yet"


def test_it_counts_in_every_figure_but_as_no_category(unread, event):
    unread(severity=1)
    shown, by_group = figures.key_figures(Filter(), event)
    assert (shown.total, shown.unanswered, shown.urgent_needs) == (1, 1, 0)
    assert by_group == dict.fromkeys(categories.GROUPS, 0) | {UNMEASURED: 1}
