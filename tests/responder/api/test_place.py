"""Partners suggest where a post is; reviewers accept it in their own name; nobody is named."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from classifier.models import PlaceLabel
from responder import triage
from responder.chosen_place import ChosenPlace
from responder.models import PartnerFeedback, Post, User

pytestmark = pytest.mark.django_db
MakePost = Callable[..., Post]
PIN = {"name": "School of Buzi", "latitude": -19.88, "longitude": 34.6, "radius_km": 2}


@pytest.fixture
def partner(as_partner: Callable[..., APIClient]) -> APIClient:
    return as_partner("write:feedback", "read:posts")


def suggest(client: APIClient, post: Post, body: Any, key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"/api/v1/posts/{post.pk}/place", body, format="json", headers=headers)


def accept(client: Client, row: PartnerFeedback, version: int) -> Any:
    return client.post(f"/triage/suggestions/{row.pk}/accept", {"version": version})


def test_a_suggestion_moves_nothing_until_a_reviewer_accepts_it(
    partner: APIClient, make_post: MakePost, client: Client, people: dict[str, User]
) -> None:
    post = make_post()
    answer = suggest(partner, post, PIN | {"note": "Seen by our team"})
    feedback = answer.json()
    assert answer.status_code == 201
    assert feedback["wrong"] == ["place"] and feedback["place"] == "School of Buzi" and feedback["state"] == "open"
    assert feedback["position"] == {"latitude": -19.88, "longitude": 34.6, "radius_km": 2.0}
    post.refresh_from_db()
    assert (post.place_name, post.version) == ("Beira", 1)
    client.force_login(people["reviewer"])
    page = client.get("/triage/suggestions/").content.decode()
    assert "School of Buzi" in page and "-19.88, 34.60" in page and "within about 2 km" in page
    assert accept(client, PartnerFeedback.objects.get(), 1).status_code == 302
    post.refresh_from_db()
    assert (post.place_name, post.latitude, post.placed_by) == ("School of Buzi", -19.88, people["reviewer"])
    assert PlaceLabel.objects.get().by == people["reviewer"]
    assert partner.get("/api/v1/feedback").json()["feedback"][0]["state"] == "accepted"
    triage.undo(post_id=post.pk, version=2, by=people["reviewer"])
    post.refresh_from_db()
    assert post.placed_by is None


def test_a_partner_may_say_that_there_is_no_place(
    partner: APIClient, make_post: MakePost, client: Client, people: dict[str, User]
) -> None:
    post = make_post()
    feedback = suggest(partner, post, {"no_place": True}).json()
    assert (feedback["no_place"], feedback["position"], feedback["place"]) == (True, None, "")
    client.force_login(people["reviewer"])
    accept(client, PartnerFeedback.objects.get(), 1)
    post.refresh_from_db()
    assert (post.latitude, post.placed_by) == (None, people["reviewer"])


def test_a_reviewer_who_saw_another_version_is_told(
    partner: APIClient, make_post: MakePost, client: Client, people: dict[str, User]
) -> None:
    post = make_post()
    suggest(partner, post, PIN)
    triage.confirm(post_id=post.pk, version=1, by=people["lead"])
    client.force_login(people["reviewer"])
    assert accept(client, PartnerFeedback.objects.get(), 1).status_code == 409
    post.refresh_from_db()
    assert post.place_name == "Beira" and PartnerFeedback.objects.get().state == "open"


def test_a_repeated_key_has_one_effect(partner: APIClient, make_post: MakePost) -> None:
    post = make_post()
    first, second = suggest(partner, post, PIN, "k-1"), suggest(partner, post, PIN, "k-1")
    assert first.json() == second.json() and PartnerFeedback.objects.count() == 1
    assert suggest(partner, post, PIN | {"latitude": -19.8}, "k-1").status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {}, {"no_place": False}, {"latitude": 1, "longitude": 2}, PIN | {"no_place": True}, PIN | {"latitude": 91},
        {"no_place": "true"}, {"no_place": 1}, PIN | {"no_place": "false"},
        PIN | {"longitude": -180.5}, PIN | {"radius_km": 0}, PIN | {"radius_km": 501}, PIN | {"latitude": "north"},
        PIN | {"name": "x" * 201}, PIN | {"latitude": None}, PIN | {"latitude": [1]}, [], "x",
        PIN | {"latitude": 0, "longitude": 0},
    ],
)  # fmt: skip
def test_hostile_values_are_refused(partner: APIClient, make_post: MakePost, body: Any) -> None:
    assert suggest(partner, make_post(), body).status_code == 400
    assert not PartnerFeedback.objects.exists()


@pytest.mark.parametrize("number", ["NaN", "1e309", "-Infinity"])
def test_numbers_that_are_none_are_refused(partner: APIClient, make_post: MakePost, number: str) -> None:
    body = f'{{"latitude": {number}, "longitude": 1, "radius_km": 2}}'
    answer = partner.post(f"/api/v1/posts/{make_post().pk}/place", body, content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.parametrize("longitude", [-180, 180])
def test_the_antimeridian_is_a_place(partner: APIClient, make_post: MakePost, longitude: int) -> None:
    assert suggest(partner, make_post(), PIN | {"longitude": longitude}).status_code == 201


def test_a_post_that_is_gone_or_a_token_without_the_scope_is_refused(
    partner: APIClient, as_partner: Callable[..., APIClient], make_post: MakePost
) -> None:
    assert partner.post("/api/v1/posts/999/place", PIN, format="json").status_code == 404
    assert partner.post("/api/v1/posts/x/place", PIN, format="json").status_code == 404
    assert suggest(as_partner("read:posts"), make_post(), PIN).status_code == 403


def test_posts_say_whether_a_person_set_the_place(
    partner: APIClient, make_post: MakePost, people: dict[str, User]
) -> None:
    post, other = make_post(), make_post()
    triage.place(post_id=post.pk, version=1, by=people["reviewer"], choice=ChosenPlace("Buzi", -19.88, 34.6, 2.0))
    answer = partner.get("/api/v1/posts", {"status": "review"})
    shown = {one["id"]: one["place"]["set_by"] for one in answer.json()["posts"]}
    assert shown == {post.pk: "person", other.pk: "model"}
    assert "ana" not in answer.content.decode().lower()
