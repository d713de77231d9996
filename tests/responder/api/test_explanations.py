"""POST /api/v1/explanations as partners meet it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from classifier import admission, clock
from responder.classification import labelled_examples
from responder.models import Post

pytestmark = pytest.mark.django_db
URL = "/api/v1/explanations"
TEXT = "Families trapped on a roof in Beira with children, please send boats now"
AsPartner = Callable[..., APIClient]


@pytest.fixture(autouse=True)
def _few_gold_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = labelled_examples.gold()[:40]
    monkeypatch.setattr(labelled_examples, "gold", lambda: rows)


def ask(client: APIClient, **body: Any) -> Any:
    return client.post(URL, {"text": TEXT} | body, format="json")


def test_a_partner_learns_which_words_moved_the_answer(as_partner: AsPartner) -> None:
    response = ask(as_partner(), lang="en")
    assert response.status_code == 200
    explanation = response.json()
    assert set(explanation) == {"model", "prediction", "words", "examples", "method", "note"}
    assert explanation["method"] == "occlusion" and explanation["model"] == explanation["prediction"]["model"]
    assert [TEXT[word["start"] : word["end"]] for word in explanation["words"]] == [
        word["text"] for word in explanation["words"]
    ]
    assert max(word["contributions"]["category"] for word in explanation["words"]) > 0.05
    assert len(explanation["examples"]) == 3 and {one["source"] for one in explanation["examples"]} == {"exercise"}
    assert "no-store" in response["Cache-Control"] and "RateLimit-Limit" in response


@pytest.mark.parametrize("text", ["x" * 10_000, "\x00", "\u200b", "😀" * 10_000, "!!!"])
def test_unusual_texts_are_explained(as_partner: AsPartner, text: str) -> None:
    assert ask(as_partner(), text=text, examples=0).status_code == 200


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"text": "x" * 10_001}, "text"), ({"text": ""}, "text"), ({"text": " \n"}, "text"), ({"text": 5}, "text"),
        ({"text": None}, "text"), ({"method": "magic"}, "method"), ({"method": None}, "method"),
        ({"examples": 11}, "examples"), ({"examples": -1}, "examples"), ({"examples": "3"}, "examples"),
        ({"examples": True}, "examples"), ({"examples": 1.5}, "examples"), ({"lang": "x" * 36}, "lang"),
    ],
)  # fmt: skip
def test_wrong_requests_are_refused_by_name(as_partner: AsPartner, changes: dict[str, Any], wrong: str) -> None:
    response = ask(as_partner(), **changes)
    assert response.status_code == 400 and response["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in json.loads(response.content)["errors"]] == [wrong]


def test_only_a_token_that_may_predict_is_answered(as_partner: AsPartner) -> None:
    assert ask(APIClient()).status_code == 401
    assert ask(as_partner("read:posts")).status_code == 403


def test_requests_count_towards_the_tokens_rate(as_partner: AsPartner, settings: Any) -> None:
    settings.PREDICT_RATE = "1/day"
    client = as_partner()
    assert ask(client, examples=0).status_code == 200
    refused = ask(client, examples=0)
    assert refused.status_code == 429 and int(refused["Retry-After"]) > 0


def test_decided_posts_are_examples_for_those_who_may_read_posts(as_partner: AsPartner, make_post: Any) -> None:
    decided = {"status": Post.Status.CONFIRMED, "reviewed_at": clock.now()}
    text = "Children trapped on a roof near Beira, send boats now please, call +258 84 123 4567"
    make_post(text=text, **decided)
    make_post(text=f"{text} today", source="x:search", **decided)
    make_post(text=f"{text} again")
    make_post(text=f"{text} or not", **(decided | {"status": Post.Status.DISMISSED}))
    with_posts = ask(as_partner("predict", "read:posts"), examples=10).json()["examples"]
    assert [one["text"] for one in with_posts if one["source"] == "site"] == [text.replace("+258 84 123 4567", "•••")]
    assert with_posts[0]["source"] == "site" and with_posts[0]["label"] == "requests_or_urgent_needs"
    without = ask(as_partner(), examples=10).json()["examples"]
    assert {one["source"] for one in without} == {"exercise"}


def test_two_tokens_of_one_person_have_one_explanation_at_a_time(as_partner: AsPartner, people: Any) -> None:
    client = as_partner()
    with admission.explaining(f"user:{people['partner'].pk}"):
        response = ask(client)
        assert response.status_code == 429 and int(response["Retry-After"]) > 0
        assert "previous explanation" in response.json()["detail"]
    assert ask(client).status_code == 200
