from datetime import timedelta

import pytest
from django.core import signing

from classifier import clock
from responder.errors import Invalid
from responder.queries import posts
from responder.queries.filters import Filter


def everything(size):
    found, cursor = [], ""
    while cursor is not None:
        page = posts.page(posts.classified(), cursor=cursor, size=size)
        found += page.posts
        cursor = page.next_cursor
    return found


@pytest.fixture
def many(make_post):
    now = clock.now()
    return [
        make_post(
            severity=[1, 2, 3, 4, None][n % 5],
            status="confirmed" if n % 3 == 0 else "unreviewed",
            created_at=now - timedelta(minutes=n // 4),  # ties, which the id decides
        )
        for n in range(50)
    ]


@pytest.mark.parametrize("size", [1, 7, 30, 50, 51])
def test_pages_hold_every_post_once_in_the_order_of_work(many, size):
    keys = {
        post.pk: (post.status != "unreviewed", post.severity or 5, -post.created_at.timestamp(), -post.pk)
        for post in many
    }
    assert [post.pk for post in everything(size)] == sorted(keys, key=keys.__getitem__)


def test_a_post_that_arrives_in_between_repeats_nothing(many, make_post):
    first = posts.page(posts.classified(), size=10)
    make_post(severity=1)
    second = posts.page(posts.classified(), size=10, cursor=first.next_cursor)
    assert not {post.pk for post in first.posts} & {post.pk for post in second.posts}


@pytest.mark.parametrize(
    "cursor",
    ["x", "a:b:c", "x" * 1000, signing.dumps([1, 2, 3, 4], salt="other"), "\x00"],
    ids=["short", "colons", "long", "signed for another use", "NUL"],
)
def test_a_forged_cursor_is_refused(db, cursor):
    with pytest.raises(Invalid):
        posts.page(posts.classified(), cursor=cursor)


def test_what_is_not_classified_is_not_shown(make_post):
    make_post(state="accepted")
    make_post(state="quarantined")
    assert not posts.classified().exists()


def test_posts_set_aside_are_hidden_unless_asked_for(make_post, event):
    aside = make_post(category="not_humanitarian")
    shown = make_post()
    assert set(posts.matching(Filter(), event)) == {shown}
    assert set(posts.matching(Filter(groups=("aside",)), event)) == {aside}


def test_a_judged_post_passes_any_confidence(make_post, event):
    make_post(band=2)
    judged = make_post(band=1, status="confirmed")
    assert list(posts.matching(Filter(min_confidence=5), event)) == [judged]
