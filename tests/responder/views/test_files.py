"""Files for people: sent by a form, watched, taken home; each sees their own alone."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from responder import jobs, roles
from responder.models import PredictionJob, User
from tests.responder.html_forms import read_forms

pytestmark = pytest.mark.django_db
URL = "/files/"
TABLE = b"id,text\na,We need water in Beira\nb\n"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def partner(client: Client, people: dict[str, User]) -> Client:
    client.force_login(people["partner"])
    return client


def send(client: Client, content: bytes = TABLE, name: str = "posts.csv", **fields: str) -> Any:
    file = io.BytesIO(content)
    file.name = name
    return client.post(f"{URL}send", {"file": file} | fields, headers={"Accept": "text/html"})


def test_a_file_is_sent_watched_and_taken_home(partner: Client) -> None:
    assert send(partner)["Location"] == URL
    page = partner.get(URL).content.decode()
    assert "posts.csv is uploaded and queued" in page and "<progress" in page and 'data-over="no"' in page
    job = PredictionJob.objects.get()
    assert partner.get(f"{URL}{job.ref}/result.csv", headers={"Accept": "text/html"}).status_code == 409
    jobs.classify_file(job.pk)
    state = partner.get(f"{URL}state").content.decode()
    assert 'data-over="yes"' in state and "Line 3: The row has 1 cell, but the header has 2." in state
    for form in ("csv", "ndjson"):
        result = partner.get(f"{URL}{job.ref}/result.{form}")
        assert result.status_code == 200 and b"a" in result.getvalue()
    assert partner.get(f"{URL}{job.ref}/result.exe").status_code == 404
    assert partner.post(f"{URL}{job.ref}/delete")["Location"] == URL
    assert "No files yet" in partner.get(URL).content.decode()


@pytest.mark.parametrize(
    ("content", "fields", "why"),
    [
        (b"id,body\n1,x\n", {}, "no column &#x27;text&#x27;. The file has: id, body"),
        (TABLE, {"text_column": "words"}, "no column &#x27;words&#x27;"),
        (b"<script>,b\n1,2\n", {}, "There is no column"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_with_what_was_typed(
    partner: Client, content: bytes, fields: dict[str, str], why: str
) -> None:
    answer = send(partner, content, **fields)
    html = answer.content.decode()
    assert answer.status_code == 400 and why in html and "<script>," not in html
    assert fields.get("text_column", "") in html and not PredictionJob.objects.exists()
    assert partner.post(f"{URL}send").status_code == 400


@pytest.mark.parametrize(
    ("content", "name", "typed", "errors"),
    [
        (
            None, "", {"text_column": "t" * 101, "id_column": "i" * 101},
            {
                "file": "Choose a file.",
                "text_column": "A column's name must have 1 to 100 characters.",
                "id_column": "A column's name must have 1 to 100 characters.",
            },
        ),
        (TABLE, "posts.zip", {"text_column": "text"}, {"file": "Unpack the file first: a compressed file can't be sent."}),
        (b"", "posts.csv", {"id_column": "number"}, {"file": "The file is empty. It needs a header row and at least one row below it."}),
        (
            TABLE, "posts.csv", {"text_column": "words"},
            {"text_column": "There is no column 'words'. The file has: id, text."},
        ),
        (
            TABLE * 40_000, "posts.csv", {"text_column": "text"},
            {"file": "A file can have at most 1 MB and 500000 lines. Split it and send the parts."},
        ),
    ],
)  # fmt: skip
def test_all_errors_stand_beside_their_fields_and_what_was_typed_stays(
    partner: Client, settings: Any, content: bytes | None, name: str, typed: dict[str, str], errors: dict[str, str]
) -> None:
    settings.JOB_MEGABYTES = 1
    answer = partner.post(f"{URL}send", typed) if content is None else send(partner, content, name, **typed)
    form = read_forms(answer)
    assert answer.status_code in (400, 413) and form.errors == errors and form.focused == [next(iter(errors))]
    assert {column: form.value(column) for column in typed} == typed and not PredictionJob.objects.exists()


@pytest.mark.parametrize("role", [*roles.ROLES, "superuser", "nobody"])
def test_each_address_for_each_role_and_a_file_of_somebody_else(people: dict[str, User], role: str) -> None:
    owner = Client()
    owner.force_login(people["partner"])
    send(owner)
    job = PredictionJob.objects.get()
    visitor = Client()
    if role != "nobody":
        visitor.force_login(people[role])
    own = 200 if role == "partner" else 404
    expected = {"nobody": (302, 302), "superuser": (200, own), "partner": (200, 409)}.get(role, (403, 403))
    assert tuple(visitor.get(url).status_code for url in (URL, f"{URL}{job.ref}/result.csv")) == expected
    assert visitor.get(f"{URL}state").status_code == expected[0]
    if role not in ("partner", "superuser"):
        assert send(visitor).status_code == expected[0]
    if role != "partner":
        assert visitor.post(f"{URL}{job.ref}/delete").status_code == expected[1]
        assert "posts.csv" not in visitor.get(f"{URL}state").content.decode()
    assert PredictionJob.objects.count() == 1


def test_forged_forms_are_refused_and_more_files_need_no_more_queries(people: dict[str, User], partner: Client) -> None:
    forger = Client(enforce_csrf_checks=True)
    forger.force_login(people["partner"])
    assert send(forger).status_code == 403
    send(partner)
    few = queries(partner)
    for _ in range(5):
        send(partner)
    assert queries(partner) == few


def queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as caught:
        client.get(f"{URL}state")
    return len(caught)
