"""Exports: the list's rows in every format, opened by others' libraries; masked, marked, bounded, on the record."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import hxl
import pytest
import python_calamine
from asgiref.sync import async_to_sync
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from fastkml import KML
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from lxml import etree
from shapely.geometry import shape

from classifier import categories, clock
from monitoring.models import AuditEvent
from responder import exports, roles
from responder.exports import stream
from responder.models import Event, Post, User
from responder.partners import tokens
from responder.queries import events, feed, posts
from responder.queries.filters import Filter
from responder.web.executors import EXPORTS
from tests.responder.privacy.test_nothing_unmasked import SECRETS, TEXT
from tests.responder.queries.test_filters import filters

pytestmark = pytest.mark.django_db
KML_NS = "{http://www.opengis.net/kml/2.2}"
MakePost = Callable[..., Post]


@pytest.fixture
def reader(people: dict[str, User]) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(people["viewer"])
    return client


@pytest.fixture
def api(people: dict[str, User]) -> Client:
    owner = people["partner"]
    _token, secret = tokens.issue(
        owner=owner, organisation="R", name="x", scopes=["export", "read:posts"], by=owner
    )  # fmt: skip
    return Client(headers={"Authorization": f"Token {secret}"})


@pytest.fixture
def mixed(make_post: MakePost) -> list[Post]:
    """Posts that differ in all that a filter may ask for."""
    kinds = ("requests_or_urgent_needs", "sympathy_and_support", "missing_or_found_people", "not_humanitarian")
    texts = ("send water now", "água 100% & ?x=1", "the lost boat", "a wat b", "nothing_here")
    return [
        make_post(
            category=kinds[n % 4], severity=(n % 5) or None, band=1 + n % 5, lang=("en", "pt", "und", "pt-BR", "")[n % 5],
            text=f"{texts[n % 5]} {n}", status=list(Post.Status)[n % 4], source=("test", "x", "mastodon:a")[n % 3],
            place_name=("Beira", "Búzi", "Nova Sofala")[n % 3], latitude=(-19.84, -19.9, None)[n % 3],
            created_at=clock.now() - timedelta(minutes=9 * n * n),
        )
        for n in range(90)
    ]  # fmt: skip


WORKBOOKS = ("xlsx", "hxl-xlsx", "5w-xlsx")


def body(answer: Any) -> str:
    """The file's text; of a workbook, its cells as JSON by sheet."""
    assert answer.status_code == 200, answer.content[:300]
    content = answer.getvalue()
    assert answer["X-Row-Count"].isdecimal()
    return as_text(content)


def as_text(content: bytes) -> str:
    if not content.startswith(b"PK"):
        return content.decode("utf-8-sig")
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    return json.dumps(sheets, default=str, ensure_ascii=False)


def rows_of(kind: str, text: str) -> list[dict[str, Any]]:
    """The rows of a workbook's first sheet."""
    head, *rows = next(iter(json.loads(text).values()))
    return [dict(zip(head, row, strict=True)) for row in rows[kind != "xlsx" :]]


def ids_of(kind: str, text: str) -> list[int]:
    """The ids of the rows in a file, as others' software reads them."""
    if kind in WORKBOOKS:
        return [int(row["id"]) for row in rows_of(kind, text)]
    if kind in ("csv", "hxl"):
        rows = list(csv.DictReader(io.StringIO(text)))
        return [int(row["id"]) for row in rows[kind == "hxl" :]]
    if kind == "geojson":
        return [feature["id"] for feature in json.loads(text)["features"]]
    marks = etree.fromstring(text.encode()).iter(f"{KML_NS}Placemark")
    return [int(mark.get("id").removeprefix("post-")) for mark in marks]


def listed(query: str) -> list[int]:
    """The ids that the feed shows for a query, over all its pages."""
    post_filter, _notices = Filter.parse(QueryDict(query), None)
    event, _unknown = events.resolve(post_filter)
    found, cursor = [], ""
    while cursor is not None:
        shown = feed.page(posts.matching(post_filter, event), cursor=cursor)
        found += [post.pk for post in shown.posts]
        cursor = shown.next_cursor
    return found


@st.composite
def few_conditions(draw: st.DrawFn) -> Filter:
    """A filter with one to three conditions, as people set them: `filters` sets nearly all, which few posts pass."""
    drawn = draw(filters())
    names = (
        ("groups", "categories"), ("severities",), ("q",), ("min_confidence",), ("status",), ("time_range",), ("lang",),
        ("place",), ("area",), ("event",),
    )  # fmt: skip
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3))
    everything = Filter(groups=categories.GROUPS)
    return replace(everything, **{name: getattr(drawn, name) for together in chosen for name in together})


@pytest.mark.parametrize("many", [20, pytest.param(100, marks=pytest.mark.slow)])
def test_for_random_filters_the_rows_are_those_of_the_list_in_every_format(
    reader: Client, api: Client, mixed: list[Post], settings: Any, many: int
) -> None:
    settings.PREDICT_RATE = "1000000/min"
    seen: list[tuple[int, bool]] = []

    @given(post_filter=few_conditions() | filters())
    @hypothesis_settings(
        max_examples=many, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    def agree(post_filter: Filter) -> None:
        query = post_filter.querystring()
        expected = sorted(listed(query))
        for kind in exports.KINDS:
            answer = reader.get(f"/export/posts.{kind}?{query}")
            assert sorted(ids_of(kind, body(answer))) == expected, (kind, query)
            assert answer["X-Row-Count"] == str(len(expected))
        partners = api.get(f"/api/v1/posts?{query}&limit=200")
        if partners.status_code == 200:  # its document allows eight categories at a time
            rows = [post["id"] for post in partners.json()["posts"]]
            assert ids_of("csv", body(api.get(f"/api/v1/exports/posts/csv?{query}"))) == rows, query
        seen.append((len(expected), partners.status_code == 200))

    agree()
    assert len(seen) >= many
    assert len({rows for rows, _ in seen}) >= 4 and sum(asked for _, asked in seen) >= many // 5


@pytest.mark.parametrize("role", [*roles.ROLES, "superuser", "nobody"])
def test_each_role_takes_out_what_it_may_see_and_no_more(
    people: dict[str, User], make_post: MakePost, role: str
) -> None:
    make_post()
    client = Client(headers={"Accept": "text/html"})
    if role != "nobody":
        client.force_login(people[role])
    able = role == "superuser" or (role != "nobody" and roles.VIEW in roles.ROLES[role])
    for kind in exports.KINDS:
        answer = client.get(f"/export/posts.{kind}")
        answer.close()
        assert answer.status_code == (200 if able else 302 if role == "nobody" else 403)
    assert AuditEvent.objects.filter(action="posts.exported").count() == (len(exports.KINDS) if able else 0)


@pytest.mark.parametrize("kind", exports.KINDS)
def test_nothing_masked_leaves_and_no_text_of_x(reader: Client, api: Client, make_post: MakePost, kind: str) -> None:
    make_post(text=TEXT, author_handle="ana_matos", latitude=-19.84362, longitude=34.83891, radius_km=0.05,
              source="bluesky", source_id="at://ana_matos/1")  # fmt: skip
    make_post(text="secret words of x", source="x:stream", source_id="1789")
    make_post(text="other words", source="x", source_id="ana_matos/9")
    for client, url in ((reader, f"/export/posts.{kind}"), (api, f"/api/v1/exports/posts/{kind}")):
        text = body(client.get(url))
        assert [secret for secret in (*SECRETS, "words") if secret in text] == []
        assert "1789" in text and len(ids_of(kind, text)) == 3
    assert len(ids_of(kind, body(api.get(f"/api/v1/exports/posts/{kind}?q=words")))) == 0


@pytest.mark.parametrize("kind", exports.KINDS)
@pytest.mark.parametrize("subject", ["event", "post"])
def test_an_exercise_is_marked_and_never_leaves_as_actual(
    api: Client, make_post: MakePost, event: Event, kind: str, subject: str
) -> None:
    make_post(is_exercise=subject == "post")
    Event.objects.update(is_exercise=subject == "event")
    answer = api.get(f"/api/v1/exports/posts/{kind}")
    text = body(answer)
    assert "Exercise" in text and "Actual" not in text
    if subject == "event":
        assert 'filename="exercise-flood-' in answer["Content-Disposition"]
        assert kind in ("csv", "hxl") or "EXERCISE: River flood" in text
    Event.objects.update(is_exercise=False)
    Post.objects.update(is_exercise=False)
    text = body(api.get(f"/api/v1/exports/posts/{kind}"))
    assert "Actual" in text and "xercise" not in text


@pytest.mark.parametrize(
    "start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "＋1", "－1", "−1", "＠x"]
)
@pytest.mark.parametrize("kind", ["csv", "hxl"])
def test_no_cell_is_a_formula(reader: Client, make_post: MakePost, start: str, kind: str) -> None:
    make_post(
        text=start, lang=start[:12], source=start, place_name=start, place_type=start, needs=[start],
        country_code=start[:2], longitude=-34.84,
    )  # fmt: skip
    rows = list(csv.reader(io.StringIO(body(reader.get(f"/export/posts.{kind}")), newline="")))
    cells = [cell for row in rows for cell in row]
    assert sum(cell.startswith("'") for cell in cells) >= 6
    live = [cell for cell in cells if cell.strip()[:1] in ("=", "+", "-", "@", "＝", "＋", "－", "−", "＠")]
    assert [cell for cell in live if not _is_number(cell)] == []


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


NASTY = "a \x0b\x1b <b>&amp; ]]> “água” \U0001f30a \ufffe é"


def test_geojson_opens_in_shapely(reader: Client, make_post: MakePost) -> None:
    here, nowhere = make_post(text=NASTY), make_post(latitude=None, longitude=None)
    collection = json.loads(body(reader.get("/export/posts.geojson")))
    places = {feature["id"]: feature["geometry"] for feature in collection["features"]}
    assert places[nowhere.pk] is None and shape(places[here.pk]).coords[:] == [(34.84, -19.84)]
    assert {f["id"]: f["properties"]["text"] for f in collection["features"]}[here.pk] == NASTY


def test_kml_opens_in_fastkml_with_its_words_whole(reader: Client, make_post: MakePost) -> None:
    here, nowhere = make_post(text=NASTY), make_post(latitude=None, longitude=None)
    text = body(reader.get("/export/posts.kml"))
    (document,) = KML.from_string(text.encode()).features
    marks = {mark.id: mark for mark in document.features}
    assert marks[f"post-{here.pk}"].geometry.coords == ((34.84, -19.84),)
    assert marks[f"post-{nowhere.pk}"].geometry is None
    assert marks[f"post-{here.pk}"].description == NASTY.replace("\x0b", "\ufffd").replace("\x1b", "\ufffd").replace(
        "\ufffe", "\ufffd"
    )


def test_hxl_tags_are_read_and_valid(reader: Client, make_post: MakePost, tmp_path: Path) -> None:
    post = make_post(needs=["water", "food"])
    file = tmp_path / "posts.csv"
    file.write_text(body(reader.get("/export/posts.hxl")))
    with hxl.data(str(file), hxl.InputOptions(allow_local=True)) as source:
        assert source.validate()  # against the schema that libhxl brings
    with hxl.data(str(file), hxl.InputOptions(allow_local=True)) as source:
        assert source.validate()  # against the schema that libhxl brings
    with hxl.data(str(file), hxl.InputOptions(allow_local=True)) as source:
        tags = [column.display_tag for column in source.columns]
        (row,) = list(source)
    assert all(hxl.model.Column.parse(tag) for tag in tags) and len(tags) == len(set(tags))
    assert row.get("#meta+id") == str(post.pk) and row.get("#geo+lat") == "-19.84"
    assert row.get("#item+needs") == "water|food" and row.get("#status+data") == "Actual"


@pytest.mark.parametrize("kind", exports.KINDS)
def test_queries_do_not_grow_with_the_posts(reader: Client, make_post: MakePost, kind: str) -> None:
    counts = []
    for number in (2, 20):
        for _ in range(number):
            make_post()
        with CaptureQueriesContext(connection) as queries:
            body(reader.get(f"/export/posts.{kind}"))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("kind", exports.KINDS)
def test_it_streams_by_the_page_and_neither_skips_nor_repeats(
    make_post: MakePost, monkeypatch: pytest.MonkeyPatch, event: Event, kind: str
) -> None:
    monkeypatch.setattr(stream, "PAGE", 3)
    post_filter = [make_post().pk for _ in range(8)]
    prepared = exports.prepare(
        found=posts.matching(Filter(), event), event=event, kind=kind, query="", actor="user:a"
    )  # fmt: skip
    pieces: Iterator[bytes] = prepared.pieces()
    first = next(pieces) + next(pieces, b"")  # a small workbook is a single piece
    make_post(severity=1)  # arrives meanwhile, before what is still to come
    text = as_text(first + b"".join(pieces))
    assert ids_of(kind, text) == sorted(post_filter)

    async def read() -> bytes:
        return b"".join([piece async for piece in EXPORTS.iterate(prepared.pieces())])

    assert len(ids_of(kind, as_text(async_to_sync(read)()))) == 9


def test_too_much_is_refused_in_words_and_leaves_no_record(
    reader: Client, api: Client, make_post: MakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "MOST_ROWS", 1)
    make_post(), make_post()
    page, refused = reader.get("/export/posts.csv"), api.get("/api/v1/exports/posts/csv")
    assert refused.status_code == 400 and "Export CSV</button>" in page.content.decode()
    for answer in (page, refused):
        assert "shorter time" in answer.content.decode()
    assert not AuditEvent.objects.filter(action="posts.exported").exists()
    assert body(reader.get("/export/posts.csv?sev=1")).count("\r\n") == 1


def test_unknown_formats_events_and_filters_are_refused(reader: Client, api: Client, make_post: MakePost) -> None:
    make_post()
    assert reader.get("/export/posts.ods").status_code == 404
    assert api.get("/api/v1/exports/posts/ods").status_code == 404
    assert api.get("/api/v1/exports/posts/csv?event=elsewhere").status_code == 404
    assert api.get("/api/v1/exports/posts/csv?sev=9").status_code == 400
    assert api.get("/api/v1/exports/posts/csv", headers={"Accept": "text/csv"}).status_code == 200


def test_who_took_out_what_is_on_record(api: Client, make_post: MakePost) -> None:
    make_post(severity=1)
    body(api.get("/api/v1/exports/posts/kml?sev=1"))
    record = AuditEvent.objects.get(action="posts.exported")
    assert record.actor.startswith("token:rsp_") and record.object_id == "flood"
    assert record.detail == {"format": "kml", "filter": "sev=1", "rows": 1}


def test_the_feed_links_to_exports_of_its_filter(reader: Client, make_post: MakePost) -> None:
    make_post(severity=1)
    html = reader.get("/feed/?sev=1&t=6h").content.decode()
    for kind in exports.KINDS:
        assert f'href="/export/posts.{kind}?event=flood&amp;t=6h&amp;sev=1"' in html
