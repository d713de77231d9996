"""Prediction jobs over HTTP: accepted in each form, owned, repeated safely, refused clearly."""

import io
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from responder import jobs
from responder.models import PredictionJob, User
from responder.partners import tokens

pytestmark = pytest.mark.django_db
URL = "/api/v1/prediction-jobs"
TABLE = b"id,text\na,We need water in Beira\nb\nc,Thoughts and prayers\n"
ROWS = b'{"id": "a", "text": "We need water in Beira"}\n'


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def form(content: bytes, name: str = "posts.csv", **fields: str) -> dict[str, Any]:
    file = io.BytesIO(content)
    file.name = name
    return {"file": file} | fields


def test_a_file_goes_in_and_its_predictions_come_out(as_partner: Callable[..., APIClient]) -> None:
    api = as_partner()
    answer = api.post(URL, form(TABLE), format="multipart")
    assert answer.status_code == 202, answer.json()
    job = answer.json()
    assert (job["state"], job["progress"], job["result_url"]) == ("waiting", 0.0, None)
    assert answer["Location"] == job["url"] and api.get(job["url"]).json() == job
    early = api.get(f"{job['url']}/result")
    assert early.status_code == 409 and early["Retry-After"] == "5"
    jobs.classify_file(PredictionJob.objects.get().pk)
    done = api.get(job["url"]).json()
    assert (done["state"], done["progress"], done["rows_done"], done["rows_bad"]) == ("done", 1.0, 2, 1)
    assert done["bad_rows"] == [{"line": 3, "reason": "The row has 1 cell, but the header has 2."}]
    result = api.get(done["result_url"])
    assert (result["Content-Type"], result["X-Row-Count"]) == ("application/x-ndjson", "2")
    assert [json.loads(line)["id"] for line in result.getvalue().splitlines()] == ["a", "c"]
    table = api.get(done["result_url"], {"format": "csv"}, headers={"Accept": "text/csv"})
    assert table["Content-Type"].startswith("text/csv") and table.getvalue().startswith(b"id,category,")
    assert "posts-predictions.csv" in table["Content-Disposition"] and "no-store" in table["Cache-Control"]
    assert [one["id"] for one in api.get(URL).json()["jobs"]] == [job["id"]]
    assert api.delete(job["url"]).status_code == 204
    assert [api.get(job["url"]).status_code, api.get(done["result_url"]).status_code] == [404, 404]


def test_whole_numbers_are_ids_of_rows_and_other_values_of_json_are_not(as_partner: Any) -> None:
    ids = ["17", "18446744073709551615", "-5", '"x"', "null", "17.0", "true", "[1]", "{}", "18446744073709551616"]
    rows = "".join(f'{{"id": {one}, "text": "We need water"}}\n' for one in ids)
    api = as_partner()
    job = api.post(URL, rows.encode(), content_type="application/x-ndjson").json()
    jobs.classify_file(PredictionJob.objects.get().pk)
    done = api.get(job["url"]).json()
    result = api.get(done["result_url"]).getvalue().splitlines()
    assert [json.loads(line)["id"] for line in result] == ["17", "18446744073709551615", "-5", "x", "4"]
    assert [row["line"] for row in done["bad_rows"]] == [6, 7, 8, 9, 10]
    assert {row["reason"] for row in done["bad_rows"][:4]} == {"The ID must be a text or a whole number."}
    assert "64 bits" in done["bad_rows"][4]["reason"]
    table = api.post(URL, b"id,text\n17,help\n17.0,help\n", content_type="text/csv").json()
    jobs.classify_file(PredictionJob.objects.get(ref=table["id"]).pk)
    found = api.get(api.get(table["url"]).json()["result_url"]).getvalue().splitlines()
    assert [json.loads(line)["id"] for line in found] == ["17", "17.0"]


@pytest.mark.parametrize(
    ("content", "kind", "query", "form_"),
    [
        (TABLE, "text/csv", "?name=of%20ours.csv", "csv"),
        (TABLE.replace(b",", b"\t"), "text/tab-separated-values", "", "tsv"),
        (ROWS, "application/x-ndjson", "", "ndjson"),
        (TABLE.replace(b"text", b"body"), "text/csv; charset=utf-8", "?text_column=body", "csv"),
    ],
)
def test_the_body_may_be_the_file(as_partner: Any, content: bytes, kind: str, query: str, form_: str) -> None:
    answer = as_partner().post(URL + query, content, content_type=kind)
    assert answer.status_code == 202, answer.json()
    assert PredictionJob.objects.get().form == form_
    assert answer.json()["name"] == ("of ours.csv" if "name" in query else f"body.{form_}")


def test_a_repeated_request_makes_one_job(as_partner: Any) -> None:
    api = as_partner()
    headers = {"Idempotency-Key": "k1"}
    first = api.post(URL, form(TABLE), format="multipart", headers=headers)
    again = api.post(URL, form(TABLE), format="multipart", headers=headers)
    assert first.status_code == again.status_code == 202 and first.json() == again.json()
    assert again["Location"] == first["Location"] and PredictionJob.objects.count() == 1
    other = api.post(URL, form(ROWS, "a.ndjson"), format="multipart", headers=headers)
    assert other.status_code == 422
    refused = api.post(URL, form(b"id\n1\n"), format="multipart", headers={"Idempotency-Key": "k2"})
    mended = api.post(URL, form(TABLE), format="multipart", headers={"Idempotency-Key": "k2"})
    assert (refused.status_code, mended.status_code) == (400, 202)


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"format": "xml"}, "format"), ({"text_column": ""}, "text_column"), ({"id_column": "x" * 101}, "id_column")],
)
def test_options_that_make_no_sense_are_named(as_partner: Any, fields: dict[str, str], field: str) -> None:
    answer = as_partner().post(URL, form(TABLE, **fields), format="multipart")
    assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == field
    assert not PredictionJob.objects.exists()


def test_bodies_that_are_no_upload_are_refused(as_partner: Any, settings: Any) -> None:
    api = as_partner()
    settings.JOB_MEGABYTES = 1
    statuses = [
        api.post(URL, {"text": "x"}, format="multipart").status_code,
        api.post(URL, {"text": "x"}, format="json").status_code,
        api.post(URL, b"x", content_type="multipart/form-data; boundary=x").status_code,
        api.post(URL, b"x", content_type="multipart/form-data").status_code,
        api.post(URL, b"t" * 1_200_000, content_type="text/csv").status_code,
        api.post(URL, b"text\n" + b"t" * 1_000_000, content_type="text/csv").status_code,
        api.post(URL, TABLE, content_type="text/csv", CONTENT_LENGTH="").status_code,
    ]
    assert statuses == [400, 415, 400, 400, 413, 413, 411]
    assert not PredictionJob.objects.exists()


def test_the_jobs_of_others_do_not_exist(as_partner: Any, people: dict[str, User]) -> None:
    job = as_partner().post(URL, form(TABLE), format="multipart").json()
    stranger = people["superuser"]
    _, secret = tokens.issue(owner=stranger, organisation="O", name="o", scopes=["predict"], by=stranger)
    api = APIClient(headers={"Authorization": f"Token {secret}"})
    own = (job["url"], f"{job['url']}/result", f"{URL}/{uuid.uuid4()}", f"{URL}/nonsense", f"{URL}/nonsense/result")
    assert [api.get(url).status_code for url in own] == [404] * 5
    assert api.delete(job["url"]).status_code == 404 and api.get(URL).json() == {"jobs": []}
    assert as_partner("read:posts").get(job["url"]).status_code == 403
    assert as_partner().get(job["url"]).status_code == 200, "a successor of the token goes on"
