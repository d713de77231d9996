"""Posts and map for partners: the pages' filters, and nothing that must not leave."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from responder.models import Event, Post

pytestmark = pytest.mark.django_db
MakePost = Callable[..., Post]


@pytest.fixture
def reader(as_partner: Callable[..., APIClient]) -> APIClient:
    return as_partner("read:posts")


def ids(response: Any) -> list[int]:
    assert response.status_code == 200, response.content
    return [post["id"] for post in response.json()["posts"]]


def test_posts_come_as_they_were_understood_with_masked_text(reader: APIClient, make_post: MakePost) -> None:
    post = make_post(text="Call @maria on +258 84 123 4567, roof in Beira")
    answer = reader.get("/api/v1/posts").json()
    shown = answer["posts"][0]
    assert answer["event"] == "flood" and answer["next_cursor"] is None
    assert shown["id"] == post.pk and shown["category"] == post.category and shown["place"]["name"] == "Beira"
    assert "maria" not in shown["text"] and "4567" not in shown["text"] and "Beira" in shown["text"]
    assert not {"author_handle", "source_id", "author"} & set(shown)


@pytest.mark.parametrize("source", ["x", "X", "x:sandbox", "twitter"])
def test_texts_of_x_never_leave_and_searching_does_not_reach_them(
    reader: APIClient, make_post: MakePost, source: str
) -> None:
    withheld = make_post(source=source, text="secret words")
    other = make_post(source="xylophone", text="other words")
    response = reader.get("/api/v1/posts")
    assert {p["id"]: p["text"] for p in response.json()["posts"]} == {withheld.pk: None, other.pk: "other words"}
    assert "secret" not in response.content.decode()
    assert ids(reader.get("/api/v1/posts?q=words")) == [other.pk]


def test_searching_does_not_find_what_is_masked(reader: APIClient, make_post: MakePost) -> None:
    make_post(text="Call +258 84 123 4567 for water")
    assert ids(reader.get("/api/v1/posts?q=4567")) == []
    assert len(ids(reader.get("/api/v1/posts?q=WATER"))) == 1


def test_posts_that_are_not_classified_are_not_shown(reader: APIClient, make_post: MakePost) -> None:
    make_post(state=Post.State.ACCEPTED)
    make_post(state=Post.State.QUARANTINED)
    assert ids(reader.get("/api/v1/posts")) == []


def test_pages_neither_skip_nor_repeat(reader: APIClient, make_post: MakePost) -> None:
    wanted = {make_post(severity=1 + i % 4).pk for i in range(11)}
    seen: list[int] = []
    cursor = ""
    for _ in range(10):
        response = reader.get("/api/v1/posts", {"limit": 4} | ({"cursor": cursor} if cursor else {}))
        seen += ids(response)
        cursor = response.json()["next_cursor"]
        if not cursor:
            break
        make_post(severity=1)  # arrives meanwhile
    assert len(seen) == len(set(seen)) and wanted <= set(seen)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sev=1", {"a"}),
        ("cat=needs", {"a"}),
        ("cat=sympathy_and_support", {"b"}),
        ("status=done", {"b"}),
        ("", {"a", "b"}),
    ],
)
def test_the_filters_are_those_of_the_pages(
    reader: APIClient, make_post: MakePost, query: str, expected: set[str]
) -> None:
    posts = {
        "a": make_post(severity=1).pk,
        "b": make_post(category="sympathy_and_support", status=Post.Status.CONFIRMED).pk,
    }
    assert set(ids(reader.get(f"/api/v1/posts?{query}"))) == {posts[name] for name in expected}


@pytest.mark.parametrize(
    "query",
    [
        "sev=9", "cat=nonsense", "cat=needs,nonsense", "conf=0", "conf=x", "status=open", "t=2y", "lang=!", "limit=0",
        "limit=201", "limit=x", "cursor=nonsense", "event=a%20b", "q=" + "x" * 201, "sev=1&sev=9", "q=%00",
    ],
)  # fmt: skip
def test_what_the_pages_would_ignore_is_refused(reader: APIClient, make_post: MakePost, query: str) -> None:
    make_post()
    response = reader.get(f"/api/v1/posts?{query}")
    assert response.status_code == 400 and response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["posts", "map"])
def test_an_unknown_event_is_not_replaced_by_another(reader: APIClient, make_post: MakePost, path: str) -> None:
    make_post()
    assert reader.get(f"/api/v1/{path}?event=elsewhere").status_code == 404


def test_the_map_counts_every_post_once(reader: APIClient, make_post: MakePost, event: Event) -> None:
    for status in ("unreviewed", "confirmed", "dismissed"):
        make_post(severity=1, status=status)
    make_post(latitude=-16.1, longitude=36.9)
    make_post(latitude=None, longitude=None)
    answer = reader.get("/api/v1/map?bbox=34,-21,36,-19&z=9").json()
    assert sum(mark["count"] for mark in answer["clusters"]) == 3
    assert (answer["outside_view"]["count"], answer["no_location"], answer["total"]) == (1, 1, 5)
    assert [sum(mark[name] for mark in answer["clusters"]) for name in ("critical", "unanswered")] == [1, 2]
    assert (answer["unanswered"], answer["outside_view"]["unanswered"]) == (2, 0)
    assert answer["event"] == event.ref and answer["is_exercise"] is False


@pytest.mark.parametrize("query", ["bbox=1,2,3", "bbox=a", "z=99", "z=x", "q=water", "sev=9"])
def test_the_map_refuses_what_it_does_not_understand(reader: APIClient, make_post: MakePost, query: str) -> None:
    make_post()
    assert reader.get(f"/api/v1/map?{query}").status_code == 400


@pytest.mark.parametrize("path", ["posts", "map?z=9"])
def test_the_number_of_queries_does_not_grow_with_the_posts(reader: APIClient, make_post: MakePost, path: str) -> None:
    counts = []
    for number in (2, 20):
        for _ in range(number):
            make_post()
        reader.get(f"/api/v1/{path}")
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(f"/api/v1/{path}").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10
