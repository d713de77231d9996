"""Saved views as feeds: read by another's reader, the list's posts, masked, marked, for those who may see the view."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import feedparser
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml import etree

from classifier import clock
from responder import roles
from responder.exports import atom
from responder.models import Event, Post, SavedView, User
from responder.partners import tokens
from responder.web import saved_views
from tests.responder.privacy.test_nothing_unmasked import SECRETS, TEXT

pytestmark = pytest.mark.django_db
MakePost = Callable[..., Post]


@pytest.fixture
def view(people: dict[str, User]) -> SavedView:
    return saved_views.save(name="Critical", page="feed", query="sev=1", scope="team", by=people["reviewer"])


@pytest.fixture
def api(people: dict[str, User]) -> Client:
    return with_token(people["partner"], "read:posts")


def with_token(owner: User, scope: str) -> Client:
    _token, secret = tokens.issue(owner=owner, organisation="R", name="x", scopes=[scope], by=owner)
    return Client(headers={"Authorization": f"Token {secret}"})


def signed_in(user: User) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(user)
    return client


def read(answer: Any) -> Any:
    assert answer.status_code == 200 and answer["Content-Type"] == atom.MEDIA_TYPE
    found = feedparser.parse(answer.content)
    assert not found.bozo, found.bozo_exception
    return found


def test_a_reader_finds_the_views_posts_with_their_places(
    people: dict[str, User], view: SavedView, make_post: MakePost, api: Client
) -> None:
    older = make_post(severity=1, text="a \x0b <b> & ]]> água", created_at=clock.now() - timedelta(hours=3))
    newer = make_post(severity=1, latitude=None, longitude=None, place_name="")
    make_post(severity=2)
    for client, url in (
        (signed_in(people["viewer"]), f"/views/{view.pk}/feed.atom"),
        (api, f"/api/v1/views/{view.pk}/feed"),
    ):
        answer = client.get(url)
        found = read(answer)
        assert found.feed.title == "Critical" and found.version == "atom10"
        assert [entry.id.rpartition("=")[2] for entry in found.entries] == [str(newer.pk), str(older.pk)]
        assert found.entries[1].where["coordinates"] == (34.84, -19.84) and "where" not in found.entries[0]
        assert found.entries[1].title == "Requests or urgent needs: Beira"
        summary = etree.fromstring(answer.content).findall(".//{*}summary")[1]
        assert summary.text == "a \ufffd <b> & ]]> água"
    assert api.get("/api/v1/views").json()["views"] == [
        {"id": view.pk, "name": "Critical", "scope": "team", "filter": "sev=1",
         "feed_url": f"http://testserver/api/v1/views/{view.pk}/feed"}
    ]  # fmt: skip


def test_nothing_masked_and_no_text_of_x_leaves(
    people: dict[str, User], view: SavedView, make_post: MakePost, api: Client
) -> None:
    make_post(severity=1, text=TEXT, author_handle="ana_matos", latitude=-19.84362, longitude=34.83891, radius_km=0.05)
    make_post(severity=1, text="secret words", source="x:stream", source_id="1789")
    search = saved_views.save(name="Words", page="feed", query="q=words", scope="team", by=people["reviewer"])
    for client, url in ((signed_in(people["lead"]), "/views/{}/feed.atom"), (api, "/api/v1/views/{}/feed")):
        answer = client.get(url.format(view.pk))
        text = answer.content.decode()
        assert len(read(answer).entries) == 2
        assert [secret for secret in (*SECRETS, "secret words", "1789") if secret in text] == []
    assert read(api.get(f"/api/v1/views/{search.pk}/feed")).entries == []


@pytest.mark.parametrize("subject", ["event", "post"])
def test_an_exercise_is_marked(
    people: dict[str, User], view: SavedView, make_post: MakePost, event: Event, subject: str
) -> None:
    make_post(severity=1, is_exercise=subject == "post")
    Event.objects.update(is_exercise=subject == "event")
    found = read(signed_in(people["viewer"]).get(f"/views/{view.pk}/feed.atom"))
    assert found.feed.title.startswith("EXERCISE: ") and found.entries[0].title.startswith("EXERCISE: ")
    assert "Exercise" in [tag.term for tag in found.entries[0].tags] and "Actual" not in str(found)


def test_nothing_new_is_answered_304_and_changes_are_not(
    people: dict[str, User], view: SavedView, make_post: MakePost, api: Client
) -> None:
    post = make_post(severity=1)
    for client, url in (
        (signed_in(people["viewer"]), f"/views/{view.pk}/feed.atom"),
        (api, f"/api/v1/views/{view.pk}/feed"),
    ):
        etag = client.get(url)["ETag"]
        again = client.get(url, headers={"If-None-Match": etag})
        assert again.status_code == 304 and again.content == b"" and again["ETag"] == etag
        Post.objects.filter(pk=post.pk).update(category="caution_and_advice", reviewed_at=clock.now())
        changed = client.get(url, headers={"If-None-Match": etag})
        assert changed.status_code == 200 and changed["ETag"] != etag
        Post.objects.filter(pk=post.pk).update(category="requests_or_urgent_needs", reviewed_at=None)


@pytest.mark.parametrize("role", [*roles.ROLES, "superuser", "nobody"])
def test_each_role_follows_its_own_views_and_the_teams_and_no_others(
    people: dict[str, User], view: SavedView, make_post: MakePost, role: str
) -> None:
    make_post(severity=1)
    foreign = saved_views.save(name="Mine", page="feed", query="", scope="me", by=User.objects.create_user("other"))
    client = Client(headers={"Accept": "text/html"})
    if role != "nobody":
        client.force_login(people[role])
    able = role == "superuser" or (role != "nobody" and roles.VIEW in roles.ROLES[role])
    denied = 302 if role == "nobody" else 403
    assert client.get(f"/views/{view.pk}/feed.atom").status_code == (200 if able else denied)
    assert client.get(f"/views/{foreign.pk}/feed.atom").status_code == (404 if able else denied)
    assert client.get(f"/views/{10**17}/feed.atom").status_code == (404 if able else denied)


def test_tokens_see_views_of_their_owner_and_the_team(
    people: dict[str, User], view: SavedView, api: Client, make_post: MakePost
) -> None:
    foreign = saved_views.save(name="Mine", page="feed", query="", scope="me", by=people["viewer"])
    own = saved_views.save(name="Own", page="feed", query="", scope="me", by=people["partner"])
    assert [one["id"] for one in api.get("/api/v1/views").json()["views"]] == [view.pk, own.pk]
    assert api.get(f"/api/v1/views/{foreign.pk}/feed").status_code == 404
    assert with_token(people["partner"], "predict").get(f"/api/v1/views/{own.pk}/feed").status_code == 403


def test_queries_do_not_grow_with_the_posts(people: dict[str, User], view: SavedView, make_post: MakePost) -> None:
    client, counts = signed_in(people["viewer"]), []
    for number in (2, 20):
        for _ in range(number):
            make_post(severity=1)
        with CaptureQueriesContext(connection) as queries:
            read(client.get(f"/views/{view.pk}/feed.atom"))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10
