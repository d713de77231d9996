"""What people open in Excel: CSV with a byte order mark, workbooks with ids as text; what programs read stays plain."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import hxl
import pytest
from django.db import connection
from django.template.defaultfilters import filesizeformat
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classifier import clock, serving
from responder import exports, jobs, spreadsheets, workbooks
from responder.errors import Invalid
from responder.exports import kinds, stream
from responder.exports.columns import COLUMNS, POSTS
from responder.models import Event, Post, User
from responder.partners import tokens
from responder.queries.filters import Filter
from responder.spreadsheets import BOM
from tests.responder.exports.test_exports import body, rows_of
from tests.responder.test_spreadsheets import TEXTS

pytestmark = pytest.mark.django_db
MakePost = Callable[..., Post]
NAMES = [column.name for column in COLUMNS]


@pytest.fixture
def reader(people: dict[str, User]) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(people["viewer"])
    return client


@pytest.fixture
def api(people: dict[str, User]) -> Client:
    owner = people["partner"]
    scopes = ["export", "read:incidents"]
    _token, secret = tokens.issue(owner=owner, organisation="R", name="x", scopes=scopes, by=owner)
    return Client(headers={"Authorization": f"Token {secret}"})


@pytest.mark.parametrize("of", ["posts", "incidents"])
@pytest.mark.parametrize("kind", ["csv", "hxl", "5w"])
def test_people_get_a_byte_order_mark_and_programs_do_not(
    reader: Client, api: Client, make_post: MakePost, of: str, kind: str
) -> None:
    if of == "posts" and kind == "5w":
        pytest.skip("posts have no 5W table")
    make_post()
    from_page = reader.get(f"/export/{of}.{kind}").getvalue()
    from_api = api.get(f"/api/v1/exports/{of}/{kind}").getvalue()
    assert from_page == BOM.encode() + from_api and not from_api.startswith(BOM.encode())


def test_a_queued_export_has_the_mark_for_people_alone(
    people: dict[str, User],
    reader: Client,
    api: Client,
    event: Event,
    make_post: MakePost,
    settings: Any,
    tmp_path: Path,
) -> None:
    settings.DATA_DIR = tmp_path
    for _ in range(3):
        make_post()
    refs = [
        exports.ask(owner=people[who], kind="csv", post_filter=Filter(), event=event, actor="a", through_api=who == "partner").ref
        for who in ("viewer", "partner")
    ]  # fmt: skip
    for job in (*exports.owned_by(people["viewer"]), *exports.owned_by(people["partner"], through_api=True)):
        jobs.make_export(job.pk)
    of_person = reader.get(f"/exports/{refs[0]}/file").getvalue()
    assert of_person == BOM.encode() + api.get(f"/api/v1/exports/{refs[1]}/file").getvalue()
    (job,) = exports.owned_by(people["viewer"])
    assert exports.size_of(job) == len(of_person)
    page = reader.get("/exports/").content.decode()
    assert '<td class="num">3</td>' in page and f'<td class="num">{filesizeformat(len(of_person))}</td>' in page


def test_libhxl_reads_the_file_with_its_mark(reader: Client, make_post: MakePost, tmp_path: Path) -> None:
    post = make_post()
    file = tmp_path / "posts.csv"
    file.write_bytes(reader.get("/export/posts.hxl").getvalue())
    with hxl.data(str(file), hxl.InputOptions(allow_local=True)) as source:
        assert [row.get("#meta+id") for row in source] == [str(post.pk)]


def test_the_workbook_has_the_rows_of_the_csv_file_and_says_what_it_is(reader: Client, make_post: MakePost) -> None:
    make_post(
        text="=1+1; água 🌊", source="x", source_id="1622000111222333444", created_at=clock.now() - timedelta(hours=1)
    )
    make_post(text="=1+1; água 🌊", latitude=None, longitude=None)
    plain = list(csv.DictReader(io.StringIO(body(reader.get("/export/posts.csv?sev=3")))))
    answer = reader.get("/export/posts.xlsx?sev=3")
    assert answer["Content-Type"] == workbooks.CONTENT_TYPE and answer["Content-Disposition"].endswith('Z.xlsx"')
    text = body(answer)
    rows = rows_of("xlsx", text)
    assert list(rows[0]) == [*NAMES, "created_at_utc"] and len(rows) == len(plain) == 2
    for row, line in zip(rows, plain, strict=True):
        assert (row["id"], row["source_id"], row["created_at"]) == (line["id"], line["source_id"], line["created_at"])
        assert row["created_at"][:19].replace("T", " ") == row["created_at_utc"][:19]
        assert row["latitude"] == ("" if not line["latitude"] else float(line["latitude"]))
        assert row["probability"] == float(line["probability"]) and row["abstained"] is (line["abstained"] == "true")
    assert {row["text"] for row in rows} == {"", "=1+1; água 🌊"}
    assert "1622000111222333444" in {row["source_id"] for row in rows}
    about = dict(json.loads(text)["About"])
    assert about["Event"] == "River flood" and about["Rows"] == "2" and "sev=3" in about["Filter"]
    assert about["Made at"].endswith("+00:00") and "masked" in about["Masking"]


def test_the_workbook_with_tags_has_those_of_the_csv_file(reader: Client, make_post: MakePost) -> None:
    make_post()
    _head, tags = list(csv.reader(io.StringIO(body(reader.get("/export/posts.hxl")))))[:2]
    _names, second, _row = json.loads(body(reader.get("/export/posts.hxl-xlsx")))["posts"]
    assert second == [*tags, "#date+reported+utc"]


def test_rows_are_read_a_page_at_a_time(make_post: MakePost, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PAGE", 2)
    for _ in range(7):
        make_post()
    held: list[int] = []

    def write(rows: Any, table: Any) -> str:
        held.append(len(rows))
        return kinds.sheets.write(rows, table)

    monkeypatch.setitem(kinds.INCIDENT_KINDS, "xlsx", replace(kinds.KINDS["xlsx"], write=write))
    prepared = exports.prepare(found=Post.objects.all(), event=event, kind="xlsx", query="", actor="user:a")
    assert b"".join(prepared.pieces()).startswith(b"PK") and held == [2, 2, 2, 1]


def test_more_rows_than_a_workbook_takes_are_refused_in_words(
    people: dict[str, User], event: Event, make_post: MakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_post(), make_post()
    monkeypatch.setitem(exports.KINDS, "xlsx", replace(exports.KINDS["xlsx"], most_rows=1))
    with pytest.raises(Invalid, match="An Excel file holds at most 1 posts"):
        exports.ask(owner=people["viewer"], kind="xlsx", post_filter=Filter(), event=event, actor="user:a")


def test_pages_tell_how_many_rows_the_file_will_have(reader: Client, make_post: MakePost, event: Event) -> None:
    make_post(severity=1), make_post(severity=1), make_post(severity=2)
    assert "The file will have 2 rows." in reader.get("/feed/?sev=1").content.decode()
    assert "The file will have 1 row." in reader.get("/feed/?sev=2").content.decode()
    assert reader.get("/export/posts.csv?sev=1")["X-Row-Count"] == "2"
    assert "The file will have 0 rows." in reader.get("/incidents/").content.decode()


def test_csv_is_byte_for_byte_what_the_plain_way_of_writing_it_gives() -> None:
    texts = [*TEXTS, "", "plain", "a@b.org; c", "-", "\ttab", "\nline", 'say "x", y', "água 🌊\r\n=2"]
    rows = [
        dict.fromkeys(NAMES) | {"id": n, "text": text, "abstained": n % 2 == 0, "latitude": -19.84}
        for n, text in enumerate(texts)
    ]
    plain = io.StringIO()
    for row in rows:
        cells = [str(value).lower() if isinstance(value, bool) else value for value in row.values()]
        csv.writer(plain).writerow([_escaped(cell) if isinstance(cell, str) else cell for cell in cells])
    assert kinds.KINDS["csv"].write(rows, POSTS) == plain.getvalue()


def _escaped(text: str) -> str:
    return ("'" if spreadsheets.FIRST.match(text) else "") + spreadsheets.LATER.sub(r"\1'", text)


def test_an_export_reads_no_more_of_a_row_than_it_writes(make_post: MakePost, event: Event) -> None:
    for _ in range(3):
        make_post(model_version=serving.register_shipped())
    prepared = exports.prepare(found=Post.objects.all(), event=event, kind="csv", query="", actor="user:a")
    with CaptureQueriesContext(connection) as queries:
        assert b"".join(prepared.pieces()).count(b"\r\n") == 4
    assert len(queries) == 3
    read = " ".join(query["sql"] for query in queries)
    for large in ("probabilities", "cues", "metrics", "card"):
        assert f'"{large}"' not in read
