"""Query strings: unknown parameters and wrong values are refused by every endpoint, with what it has."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from classifier.api.base import ApiView
from responder.api import urls
from responder.api.docs import document
from responder.partners import tokens

pytestmark = pytest.mark.django_db
PUBLIC = {"schema", "api-docs"}
NUMBERS = {"ref": "6f1c6a0e-0000-4000-8000-000000000000", "kind": "csv", "view_id": "1", "post_id": "1"}
AsPartner = Callable[..., APIClient]


def views() -> list[tuple[str, str, Any]]:
    """(name, address, class) of every endpoint with a token."""
    found: list[tuple[str, str, Any]] = []
    for pattern in urls.urlpatterns:
        address = f"/api/{pattern.pattern}"
        for name, value in (NUMBERS | {"name": "a", "version": "1", "identifier": "x"}).items():
            address = address.replace(f"<str:{name}>", value)
        if pattern.name not in PUBLIC:
            found.append((str(pattern.name), address, pattern.callback.cls))  # type: ignore[attr-defined]
    return found


def methods(view: Any) -> list[str]:
    return [method for method in ("get", "post", "delete") if hasattr(view, method)]


@pytest.fixture
def api(issue: Any) -> APIClient:
    _, secret = issue(scopes=list(tokens.SCOPES))
    return APIClient(headers={"Authorization": f"Bearer {secret}"})


@pytest.mark.parametrize(
    ("address", "view", "method"), [(address, view, method) for _, address, view in views() for method in methods(view)]
)
def test_every_endpoint_refuses_an_unknown_parameter_by_name(
    api: APIClient, address: str, view: Any, method: str
) -> None:
    assert issubclass(view, ApiView)
    answer = getattr(api, method)(f"{address}?utm_source=x&limitt=5")
    problem = answer.json()
    assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json"
    assert [one["field"] for one in problem["errors"]] == ["utm_source", "limitt"]
    known = sorted(view().query_shape(method.upper())().fields)
    for one in problem["errors"]:
        assert one["detail"].startswith("Unknown query parameter.")
        assert one["detail"].endswith(f"Use one of: {', '.join(known)}." if known else "This endpoint has none.")


def test_the_document_lists_the_parameters_that_are_accepted() -> None:
    paths = document()["paths"]
    for pattern in urls.urlpatterns:
        if pattern.name in PUBLIC:
            continue
        path = f"/api/{pattern.pattern}".replace("<str:", "{").replace(">", "}")
        view = pattern.callback.cls  # type: ignore[attr-defined]
        for method, operation in paths[path].items():
            listed = {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}
            assert listed == set(view().query_shape(method.upper())().fields), (method, path)


def test_a_token_comes_before_the_query_string(as_partner: AsPartner) -> None:
    assert APIClient().get("/api/v1/posts?x=1").status_code == 401
    assert as_partner("predict").get("/api/v1/posts?x=1").status_code == 403


@pytest.mark.parametrize(
    ("address", "field", "allowed"),
    [
        ("/api/v1/posts?cat=needs,nonsense", "cat", "needs, "),
        ("/api/v1/posts?sev=9", "sev", "1 (Critical), 2 (High), 3 (Medium), 4 (Low)"),
        ("/api/v1/posts?conf=9", "conf", "from 1 to 5"),
        ("/api/v1/posts?conf=high", "conf", "from 1 to 5"),
        ("/api/v1/posts?status=open", "status", "“open” isn't valid. Use one of: all, unanswered, review, done."),
        ("/api/v1/posts?t=yesterday", "t", "15m, 1h, 6h, 24h, 72h, event"),
        ("/api/v1/posts?lang=english", "lang", "such as en or zh-hant"),
        ("/api/v1/posts?area=1,2,3", "area", "west,south,east,north"),
        ("/api/v1/posts?area=30,20,40,10", "area", "west,south,east,north"),
        ("/api/v1/posts?limit=201", "limit", "from 1 to 200"),
        ("/api/v1/posts?limit=1e2", "limit", "from 1 to 200"),
        (f"/api/v1/posts?limit={'9' * 2000}", "limit", "from 1 to 200"),
        ("/api/v1/posts?event=a%20b", "event", "letters, digits"),
        ("/api/v1/map?z=99", "z", "from 0 to"),
        ("/api/v1/map?bbox=x", "bbox", "west,south,east,north"),
        ("/api/v1/map?q=help", "q", "Use one of: area, bbox, "),
        (
            "/api/v1/incidents?state=done",
            "state",
            "active, unanswered, open, confirmed, assigned, on_the_way, resolved, all",
        ),
        ("/api/v1/incidents?verification=maybe", "verification", "unverified, verified, false, unverifiable"),
        ("/api/v1/incidents?severity=5", "severity", "4 (Low)"),
        ("/api/v1/feedback?state=closed", "state", "Use one of: open, accepted, refused."),
        ("/api/v1/exports/posts/csv?sev=0", "sev", "4 (Low)"),
        (f"/api/v1/prediction-jobs/{NUMBERS['ref']}/result?format=pdf", "format", "ndjson, csv, xlsx"),
    ],
)
def test_a_wrong_value_is_refused_with_the_allowed_ones(api: APIClient, address: str, field: str, allowed: str) -> None:
    answer = api.get(address)
    (problem,) = answer.json()["errors"]
    assert answer.status_code == 400 and problem["field"] == field and allowed in problem["detail"]
    assert "Ignored" not in answer.json()["detail"]


def test_all_wrong_parameters_are_named_together_and_what_is_shown_of_them_is_short(api: APIClient) -> None:
    answer = api.get(f"/api/v1/posts?status={'x' * 5000}&{'y' * 5000}=1&sev=9")
    found = answer.json()["errors"]
    assert {one["field"] for one in found} == {"status", "sev", "y" * 100} and len(answer.content) < 2_000


def test_wrong_choices_in_bodies_list_the_allowed_ones_too(api: APIClient, make_post: Any) -> None:
    answer = api.post("/api/v1/webhooks", {"url": "https://a.example/", "kinds": ["post.x"]}, format="json")
    (problem,) = answer.json()["errors"]
    assert problem["field"].startswith("kinds") and "post.critical" in problem["detail"]
    address = f"/api/v1/posts/{make_post().pk}/feedback"
    (problem,) = api.post(address, {"wrong": ["priority"], "priority": "Urgent"}, format="json").json()["errors"]
    assert problem == {"field": "priority", "detail": "“Urgent” isn't valid. Use one of: Critical, High, Medium, Low."}
    (problem,) = api.post("/api/v1/exports", {"kind": "pdf"}, format="json").json()["errors"]
    assert problem["field"] == "kind" and "csv" in problem["detail"]
    (problem,) = api.post("/api/v1/explanations", {"text": "a", "method": "magic"}, format="json").json()["errors"]
    assert problem["field"] == "method" and "occlusion" in problem["detail"]


def test_right_values_and_head_requests_pass(api: APIClient) -> None:
    query = "cat=needs&sev=1,2&conf=3&status=review&t=6h&lang=en&area=30,10,40,20&limit=1&q=help&place=Beira"
    assert api.get(f"/api/v1/posts?{query}").status_code == 200
    assert api.head("/api/v1/posts?limit=1").status_code == 200
    assert api.head("/api/v1/posts?limt=1").status_code == 400
    assert api.get("/api/v1/map?z=3&bbox=30,10,40,20&sev=1").status_code == 200
