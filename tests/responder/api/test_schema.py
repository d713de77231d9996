"""The OpenAPI document is complete, and what the API answers agrees with it."""

import uuid
from collections import Counter
from io import StringIO
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.management import call_command
from django.test import Client
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from classifier import serving
from responder.api.docs import document
from responder.chosen_place import DECIMALS
from responder.partners import tokens
from responder.prediction_jobs import accepting
from responder.triage import suggestions
from responder.webhooks import endpoints
from responder.wsgi import application
from tests import figures

KEY = "Idempotency-Key"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXPORTED = ["text/csv", WORKBOOK, "application/geo+json", "application/vnd.google-earth.kml+xml"]
FILES = {
    "/api/v1/prediction-jobs/{ref}/result": ["application/x-ndjson", "text/csv", WORKBOOK],
    "/api/v1/exports/posts/{kind}": EXPORTED,
    "/api/v1/exports/{ref}/file": EXPORTED,
    "/api/v1/exports/incidents/{kind}": EXPORTED,
    "/api/v1/views/{view_id}/feed": ["application/atom+xml"],
    "/api/v1/alerts/{identifier}": ["application/cap+xml"],
}
pytestmark = pytest.mark.django_db


def test_the_document_is_valid_and_raises_no_warning() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_every_operation_declares_its_refusals_and_its_token() -> None:
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            assert {"400", "401", "403", "429", "503"} <= operation["responses"].keys(), (method, path)
            assert operation["security"] == [{"bearer": []}, {"token": []}], (method, path)
            for status, response in operation["responses"].items():
                kinds = FILES.get(path, ["application/json"]) if status < "300" else ["application/problem+json"]
                assert status in ("204", "304") or list(response["content"]) == kinds
    create = document()["paths"]["/api/v1/predictions"]["post"]
    assert {"409", "411", "413", "415", "422"} <= create["responses"].keys()
    assert [parameter["name"] for parameter in create["parameters"]] == ["Idempotency-Key"]


def test_operations_are_grouped_and_every_group_and_server_is_described() -> None:
    found = document()
    described = {tag["name"]: tag["description"] for tag in found["tags"]}
    used = [operation["tags"] for path in found["paths"].values() for operation in path.values()]
    assert all(operation["summary"] for path in found["paths"].values() for operation in path.values())
    assert all(len(tags) == 1 for tags in used) and {tag for (tag,) in used} == set(described)
    assert all(text.endswith(".") for text in described.values()) and len(described) <= 10
    assert [server["url"] for server in found["servers"]] == ["/"] and found["servers"][0]["description"]


def test_the_document_states_the_bounds_of_messages() -> None:
    schemas = document()["components"]["schemas"]
    messages = schemas["PredictionRequest"]["properties"]["messages"]
    text = schemas["Message"]["properties"]["text"]
    assert (messages["minItems"], messages["maxItems"]) == (1, 1_000)
    assert (text["minLength"], text["maxLength"]) == (1, 10_000)


def test_the_document_says_what_is_null_of_a_mention_that_is_not_resolved() -> None:
    place = document()["components"]["schemas"]["Place"]["properties"]
    nullable = {name for name, column in place.items() if "null" in column.get("type", "")}
    assert nullable == {"name", "type", "country_code", "latitude", "longitude", "radius_km"}


def test_the_reference_lists_every_address() -> None:
    text = (Path(__file__).parents[3] / "docs/reference/api.md").read_text()
    for path, operations in document()["paths"].items():
        for method in operations:
            assert f"`{method.upper()} {path}`" in text
    for scope in tokens.SCOPES:
        assert f"`{scope}`" in text


def test_document_and_page_are_public_and_bring_everything_along(client: Client) -> None:
    page = client.get("/api/docs/")
    assert page.status_code == 200
    html = page.content.decode()
    assert "http://" not in html and "https://" not in html and "<script>" not in html
    policy = page["Content-Security-Policy"]
    assert "script-src 'self';" in policy + ";" and "unsafe" not in policy
    assert client.get("/api/docs/?script=")["Content-Type"].startswith("application/javascript")
    for accept, kind in (("application/json", "json"), ("*/*", "json"), ("application/yaml", "yaml")):
        response = client.get("/api/schema/", headers={"Accept": accept})
        assert response.status_code == 200 and kind in response["Content-Type"]
    other = client.get("/login/")["Content-Security-Policy"]
    assert "unsafe" not in other


@pytest.fixture
def contract(people: Any, settings: Any, make_post: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The document with the application behind it, and a token that may do everything."""
    settings.ALLOWED_HOSTS, settings.DATA_DIR = ["*"], tmp_path
    # The document cannot tell which host leads into a private network: here none does.
    settings.WEBHOOK_NETWORKS = [ip_network("0.0.0.0/0"), ip_network("::/0")]
    for bound in ("MOST_UNFINISHED", "MOST_KEPT"):
        monkeypatch.setattr(accepting, bound, 10**6)
    monkeypatch.setattr(endpoints, "MOST", 10**6)
    monkeypatch.setattr(suggestions, "MOST_OPEN", 10**6)
    settings.PREDICT_RATE = "1000000/min"
    make_post()
    make_post(source="x", latitude=None, longitude=None, model_version=serving.register_shipped())
    partner = people["partner"]
    _, secret = tokens.issue(owner=partner, organisation="R", name="fuzz", scopes=list(tokens.SCOPES), by=partner)
    loaded = schemathesis.openapi.from_wsgi("/api/schema/", application, headers={"Accept": "application/json"})
    return loaded, {"Authorization": f"Token {secret}"}


def ask(case: Any, headers: dict[str, str]) -> int:
    """The status of a generated request, which meets what the document declares."""
    left_out = []  # the token is put right whatever was generated
    # The document cannot tell a cursor of ours from another string; two requests with one key would rightly meet 422.
    if case.query and case.query.pop("cursor", None) is not None:
        left_out.append(negative_data_rejection)
    for part in (case.query, case.body):
        if isinstance(part, dict) and "area" in part:
            part["area"] = "30,-25,40,-10"  # nor that the south is not north of the north
            left_out.append(negative_data_rejection)
    if KEY in (case.headers or {}):
        case.headers[KEY] = uuid.uuid4().hex
        left_out.append(negative_data_rejection)
    for message in _messages(case.body):  # nor that 17.0, an integer to JSON Schema, is none to us
        if isinstance(given := message.get("id"), float) and given.is_integer():
            message["id"] = int(given)
    if case.operation.path.endswith("webhooks"):  # nor which hosts exist as names
        left_out.append(positive_data_acceptance)
    if case.operation.path.endswith("place") and _is_zero_zero(case.body):  # nor that 0, 0 stands for a lost position
        left_out.append(positive_data_acceptance)
    if case.operation.path.endswith("jobs"):  # of a file the document cannot say that it is a table with such a column
        left_out.append(positive_data_acceptance)
    return int(case.call_and_validate(headers=headers, excluded_checks=left_out).status_code)


def _messages(body: Any) -> list[dict[str, Any]]:
    found = body.get("messages") if isinstance(body, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _is_zero_zero(body: Any) -> bool:
    """Whether the position sent is 0, 0 when rounded as it is stored."""
    sent = [body.get(name) for name in ("latitude", "longitude")] if isinstance(body, dict) else [None]
    return all(isinstance(number, int | float) and round(number, DECIMALS) == 0 for number in sent)


@pytest.mark.parametrize(
    "scale", [1, pytest.param(8, marks=pytest.mark.slow), pytest.param(28, marks=pytest.mark.slow)]
)
def test_generated_requests_meet_only_what_the_document_declares(contract: Any, scale: int) -> None:
    loaded, headers = contract
    seen, operations = Counter[int](), set[str]()
    for result in loaded.get_all_operations():
        operation = result.ok()
        many = operation.path.endswith("predictions")
        for mode in schemathesis.GenerationMode:

            @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
            @hypothesis.settings(
                max_examples=(60 if many else 10) * scale,
                deadline=None,
                database=None,
                derandomize=True,
                suppress_health_check=list(hypothesis.HealthCheck),
            )
            def meets(case: Any) -> None:
                seen[ask(case, headers)] += 1

            meets()
        operations.add(operation.label)
    figures.record(
        f"generated-requests-{scale}", operations=len(operations), requests=seen.total(),
        statuses={str(status): count for status, count in sorted(seen.items())},
    )  # fmt: skip
    assert seen.total() >= 500 * scale
    assert 200 in seen and 400 in seen and max(seen) < 500
