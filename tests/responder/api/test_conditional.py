"""ETags: whoever has an answer already gets 304; filters by place and area; cards of versions that serve."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from classifier import serving
from classifier.models import ModelVersion
from responder.models import Post

pytestmark = pytest.mark.django_db
READ = ("read:posts", "read:incidents", "predict")
ADDRESSES = (
    "categories", "models", "posts", "posts?sev=1", "map", "incidents", "alerts", "views",
)  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_answer_that_is_known_is_not_sent_again(
    as_partner: Callable[..., APIClient], make_post: Callable[..., Post], address: str
) -> None:
    make_post(severity=1)
    client = as_partner(*READ)
    first = client.get(f"/api/v1/{address}")
    assert first.status_code == 200 and first["ETag"].startswith('"')
    again = client.get(f"/api/v1/{address}", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304 and again.content == b"" and "RateLimit-Limit" in again
    assert client.get(f"/api/v1/{address}", headers={"If-None-Match": '"other"'}).content == first.content
    assert as_partner("export").get(f"/api/v1/{address}", headers={"If-None-Match": first["ETag"]}).status_code == 403


def test_a_change_is_sent(as_partner: Callable[..., APIClient], make_post: Callable[..., Post]) -> None:
    post, client = make_post(), as_partner(*READ)
    etag = client.get("/api/v1/posts")["ETag"]
    Post.objects.filter(pk=post.pk).update(category="caution_and_advice")
    answer = client.get("/api/v1/posts", headers={"If-None-Match": etag})
    assert answer.status_code == 200 and answer.json()["posts"][0]["category"] == "caution_and_advice"


def test_place_and_area_are_conditions_here_as_on_the_pages(
    as_partner: Callable[..., APIClient], make_post: Callable[..., Post]
) -> None:
    beira, buzi = make_post(), make_post(place_name="Búzi", latitude=-19.9, longitude=34.0)
    client = as_partner(*READ)

    def ids(query: str) -> list[int]:
        answer: Any = client.get(f"/api/v1/posts?{query}")
        assert answer.status_code == 200, answer.content
        return [post["id"] for post in answer.json()["posts"]]

    assert ids("place=buzi") == [buzi.pk] and ids("area=34.5,-20,35,-19") == [beira.pk]
    assert client.get("/api/v1/map?place=buzi").json()["total"] == 1
    for query in ("place=!!!", "area=1,2,3", "area=0,5,1,2", "area=a,b,c,d"):
        assert client.get(f"/api/v1/posts?{query}").status_code == 400, query


def test_cards_of_versions_that_served_are_read_and_no_others(as_partner: Callable[..., APIClient]) -> None:
    version, client = serving.register_shipped(), as_partner()
    waiting = ModelVersion.objects.create(name="other", version="9", sha256="b" * 64, folder="y", origin="trained here")
    card = client.get(f"/api/v1/models/{version.name}/{version.version}/card").json()
    assert card["sha256"] == version.sha256 and "## Limits" in card["card"] and card["metrics"] == version.metrics
    for name, number in ((waiting.name, waiting.version), (version.name, "0"), ("x" * 300, "1")):
        assert client.get(f"/api/v1/models/{name}/{number}/card").status_code == 404
