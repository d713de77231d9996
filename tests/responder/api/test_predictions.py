"""POST /api/v1/predictions as partners meet it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from classifier import admission, categories, clock
from classifier.models import Prediction
from responder.models import ApiToken, IdempotencyRecord
from responder.partners import tokens

pytestmark = pytest.mark.django_db
URL = "/api/v1/predictions"
WRONG = [(0, "text"), (2, "text"), (2, "lang")]
AsPartner = Callable[..., APIClient]
TEXT = "Families trapped on a roof in Beira with children, please send boats now"


def post(client: APIClient, *texts: str, **headers: str) -> Any:
    messages = [{"id": f"m{i}", "text": text} for i, text in enumerate(texts)]
    return client.post(URL, {"messages": messages}, format="json", headers=headers)


def send(client: APIClient, body: bytes | str, content_type: str = "application/json") -> Any:
    return client.generic("POST", URL, body, content_type)


def assert_problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.content[:500]
    assert response["Content-Type"] == "application/problem+json"
    problem = json.loads(response.content)
    assert set(problem) == {"type", "title", "status", "detail", "errors"}
    assert problem["status"] == status and problem["title"] and problem["detail"]
    assert not Prediction.objects.exists()
    return problem


def fields(problem: dict[str, Any]) -> list[str]:
    return [error["field"] for error in problem["errors"]]


def test_messages_are_answered_in_order_with_the_whole_prediction(as_partner: AsPartner) -> None:
    response = post(as_partner(), TEXT, "Thoughts and prayers with everyone tonight", "x")
    assert response.status_code == 200
    answer = response.json()
    assert [p["id"] for p in answer["predictions"]] == ["m0", "m1", "m2"]
    first = answer["predictions"][0]
    assert set(first) == {
        "id", "category", "categories", "emergency", "informative", "priority", "needs", "needs_detected", "places", "model",
        "language",
    }  # fmt: skip
    assert set(first["categories"]) == {category.id for category in categories.CATEGORIES}
    assert set(first["needs"]) == set(categories.NEEDS)
    assert first["category"]["label"] in first["categories"]
    assert first["places"][0]["name"] == "Beira"
    assert first["places"][0]["start"] == TEXT.index("Beira")
    assert first["language"].items() >= {"code": "en", "name": "English", "measured": True}.items()
    assert answer["predictions"][2]["language"] == {
        "code": "und", "name": "Unknown language", "probability": 0.0, "measured": True,
    }  # fmt: skip
    assert answer["model"] == first["model"] and len(answer["model"]["sha256"]) == 64


def test_one_row_per_message_is_stored_and_no_text(as_partner: AsPartner) -> None:
    response = post(as_partner(), TEXT, "second", **{"X-Request-ID": "partner-request-1"})
    assert response.status_code == 200
    rows = list(Prediction.objects.order_by("id"))
    assert [row.subject for row in rows] == ["api:partner-request-1/0", "api:partner-request-1/1"]
    predictions = response.json()["predictions"]
    assert [row.category for row in rows] == [p["category"]["label"] for p in predictions]
    assert TEXT not in json.dumps(list(Prediction.objects.values()), default=str)


def test_ids_default_to_positions_and_may_repeat(as_partner: AsPartner) -> None:
    ids: list[dict[str, Any]] = [{}, {"id": None}, {"id": "x"}, {"id": "x"}, {"id": ""}]
    messages = [given | {"text": "a"} for given in ids]
    response = as_partner().post(URL, {"messages": messages, "more": 1}, format="json")
    assert [p["id"] for p in response.json()["predictions"]] == ["0", "1", "x", "x", ""]


def test_whole_numbers_are_ids_too_and_come_back_as_strings(as_partner: AsPartner) -> None:
    given = [17, 0, -1, 2**53 + 1, 2**64 - 1, -(2**63), "017", "１７"]
    response = as_partner().post(URL, {"messages": [{"id": one, "text": "a"} for one in given]}, format="json")
    assert [p["id"] for p in response.json()["predictions"]] == [str(one) for one in given]


def test_a_number_of_too_many_digits_is_no_failure(as_partner: AsPartner) -> None:
    assert_problem(send(as_partner(), '{"messages": [{"id": %s, "text": "a"}]}' % ("9" * 5_000)), 400)


@pytest.mark.parametrize("text", ["x" * 10_000, "\x00", "a\x00b", "\u200b", "😀" * 10_000, "\u202e", "é"])
def test_unusual_texts_are_answered(as_partner: AsPartner, text: str) -> None:
    assert post(as_partner(), text).status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_messages(as_partner: AsPartner) -> None:
    client = as_partner()
    assert post(client, "warm up").status_code == 200
    counts = []
    for number in (1, 60):
        with CaptureQueriesContext(connection) as queries:
            assert post(client, *[f"message {i}" for i in range(number)]).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8


@pytest.mark.parametrize(
    ("messages", "wrong"),
    [
        ([], ["messages"]),
        ("text", ["messages"]),
        (None, ["messages"]),
        ([{"text": "fine"}, {"text": ""}], ["messages[1].text"]),
        ([{"text": " \n\t"}], ["messages[0].text"]),
        ([{"text": "x" * 10_001}], ["messages[0].text"]),
        ([{"text": "a"}] * 1_001, ["messages"]),
        ([{"id": "1"}], ["messages[0].text"]),
        ([{"text": None}], ["messages[0].text"]),
        ([{"text": 5}], ["messages[0].text"]),
        ([{"text": ["a"]}], ["messages[0].text"]),
        (["a"], ["messages[0]"]),
        ([{"id": 17.0, "text": "a"}], ["messages[0].id"]),
        ([{"id": 1.5, "text": "a"}], ["messages[0].id"]),
        ([{"id": True, "text": "a"}], ["messages[0].id"]),
        ([{"id": [17], "text": "a"}], ["messages[0].id"]),
        ([{"id": 2**64, "text": "a"}], ["messages[0].id"]),
        ([{"id": -(2**63) - 1, "text": "a"}], ["messages[0].id"]),
        ([{"id": 10**4000, "text": "a"}], ["messages[0].id"]),
        ([{"id": "x" * 256, "text": "a"}], ["messages[0].id"]),
        ([{"text": "a", "lang": "x" * 36}], ["messages[0].lang"]),
        ([{"text": ""}, {"text": "a"}, {"text": "", "lang": 3}], [f"messages[{i}].{f}" for i, f in WRONG]),
    ],
)  # fmt: skip
def test_wrong_messages_are_refused_by_name(as_partner: AsPartner, messages: Any, wrong: list[str]) -> None:
    response = as_partner().post(URL, {"messages": messages}, format="json")
    assert fields(assert_problem(response, 400)) == wrong


@pytest.mark.parametrize("text", [" ", "\u001d", "\u0085", "\ufeff", "\u3000\n"])
def test_white_space_is_no_text_in_any_language(as_partner: AsPartner, text: str) -> None:
    refused = post(as_partner(), text)
    assert refused.status_code == 400 and refused.json()["errors"][0]["field"] == "messages[0].text"


def test_lone_surrogates_are_refused_by_name(as_partner: AsPartner) -> None:
    for body, wrong in [
        ('{"messages": [{"text": "a"}, {"text": "a \\ud800 b"}]}', ["messages[1].text"]),
        ('{"messages": [{"text": "a", "id": "\\udfff"}]}', ["messages[0].id"]),
    ]:
        assert fields(assert_problem(send(as_partner(), body), 400)) == wrong


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"nonsense", b'{"messages": [NaN]}', b"\xff\xfe", b"[" * 200_000, b"1" * 5_000, b"null", b"[]",
        b"5", b'"a"',
    ],
    ids=range(11),
)  # fmt: skip
def test_bodies_that_are_no_request_are_refused(as_partner: AsPartner, body: bytes) -> None:
    assert_problem(send(as_partner(), body), 400)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_other_content_types_are_refused(as_partner: AsPartner, content_type: str) -> None:
    assert_problem(send(as_partner(), b"--x--", content_type), 415)


@pytest.mark.parametrize("charset", ["utf-16", "hex", "bz2_codec", "nonsense"])
def test_json_is_utf8_whatever_the_header_says(as_partner: AsPartner, charset: str) -> None:
    body = '{"messages": [{"text": "é"}]}'.encode()
    assert send(as_partner(), body, f"application/json; charset={charset}").status_code == 200


def test_a_body_beyond_the_limit_is_refused(as_partner: AsPartner, settings: Any) -> None:
    longer = 120 * ["x" * 10_000]
    settings.PREDICTIONS_BODY_BYTES = 1_100_000
    assert_problem(post(as_partner(), *longer), 413)
    settings.PREDICTIONS_BODY_BYTES = 1_300_000
    assert post(as_partner(), *longer).status_code == 200


def test_a_large_batch_waits_for_no_more_than_moments(
    as_partner: AsPartner, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PREDICTIONS_LARGE_BYTES = 1_000
    monkeypatch.setattr(admission.large_batches, "_patience_s", 0.01)
    with admission.large_batches.place():
        busy = post(as_partner(), "x" * 1_000)
        assert_problem(busy, 429)
        assert busy["Retry-After"] == "30"
        assert post(as_partner(), "x").status_code == 200
    assert post(as_partner(), "x" * 1_000).status_code == 200


def test_what_is_wrong_in_a_large_body_is_named(as_partner: AsPartner) -> None:
    texts = 120 * ["水" * 10_000]
    assert fields(assert_problem(post(as_partner(), *texts, "水" * 10_001), 400)) == ["messages[120].text"]
    problem = assert_problem(send(as_partner(), json.dumps({"messages": [{"text": text} for text in texts]})[:-9]), 400)
    assert problem["detail"].startswith("The body is not valid JSON")


def test_a_body_without_length_is_refused_and_not_taken_for_an_empty_one(as_partner: AsPartner) -> None:
    response = as_partner().post(URL, headers={"Transfer-Encoding": "chunked"}, CONTENT_LENGTH="")
    assert_problem(response, 411)


def test_without_a_usable_token_nothing_is_answered(issue: Any) -> None:
    expired, old_secret = issue(expires_at=clock.now() + timedelta(hours=1))
    ApiToken.objects.filter(pk=expired.pk).update(expires_at=clock.now())
    revoked, revoked_secret = issue()
    tokens.revoke(token=revoked, by=revoked.owner)
    _, good = issue()
    headers = [
        None, "", "Token", "Token ", "Token wrong", f"Token {old_secret}", f"Token {revoked_secret}", f"Digest {good}",
        good, f"Token {good} {good}", f"Token {good}x", "Token \xff", f"Basic {good}",
    ]  # fmt: skip
    for header in headers:
        client = APIClient(headers={} if header is None else {"Authorization": header})
        response = post(client, "text")
        assert_problem(response, 401)
        assert response["WWW-Authenticate"].startswith("Bearer")
    assert post(APIClient(headers={"Authorization": f"token {good}"}), "text").status_code == 200


def test_a_log_in_does_not_replace_a_token(people: Any, client: Any) -> None:
    client.force_login(people["superuser"])
    assert_problem(client.post(URL, {"messages": []}, content_type="application/json"), 401)


def test_a_token_without_the_scope_is_refused(as_partner: AsPartner) -> None:
    assert_problem(post(as_partner("read:posts"), "text"), 403)


def test_use_of_a_token_is_noted(as_partner: AsPartner) -> None:
    post(as_partner(), "text")
    assert ApiToken.objects.get().last_used_at is not None


def test_other_methods_and_addresses_are_problems_too(as_partner: AsPartner) -> None:
    client = as_partner()
    response = client.get(URL)
    assert_problem(response, 405)
    assert "POST" in response["Allow"]
    missing = client.get("/api/v1/nothing-here", headers={"Accept": "application/json"})
    assert missing.status_code == 404 and missing["Content-Type"] == "application/problem+json"
    assert_problem(client.post(URL, {"messages": []}, format="json", headers={"Accept": "text/html"}), 406)


def test_a_repeated_request_has_one_effect_and_the_same_answer(as_partner: AsPartner) -> None:
    client, key = as_partner(), {"Idempotency-Key": "3d0b4e1a"}
    first, again = (post(client, TEXT, "b\x00", **key) for _ in range(2))
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert Prediction.objects.count() == 2 and IdempotencyRecord.objects.count() == 1


def test_a_key_with_another_body_is_refused(as_partner: AsPartner) -> None:
    client, key = as_partner(), {"Idempotency-Key": "3d0b4e1a"}
    assert post(client, "one", **key).status_code == 200
    Prediction.objects.all().delete()
    assert_problem(post(client, "two", **key), 422)


def test_a_key_whose_request_still_runs_is_told_to_wait(as_partner: AsPartner) -> None:
    client, key = as_partner(), {"Idempotency-Key": "3d0b4e1a"}
    assert post(client, "one", **key).status_code == 200
    Prediction.objects.all().delete()
    IdempotencyRecord.objects.update(status=None, body=None)
    response = post(client, "one", **key)
    assert_problem(response, 409)
    assert int(response["Retry-After"]) > 0


def test_a_refused_request_does_not_use_up_its_key(as_partner: AsPartner) -> None:
    client, key = as_partner(), {"Idempotency-Key": "3d0b4e1a"}
    assert_problem(post(client, "", **key), 400)
    assert post(client, "mended", **key).status_code == 200


def test_a_malformed_key_is_refused(as_partner: AsPartner) -> None:
    assert_problem(post(as_partner(), "text", **{"Idempotency-Key": "with space"}), 400)
