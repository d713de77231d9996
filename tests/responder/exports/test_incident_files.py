"""Incidents as files: the list's rows in every format, opened by others' libraries; rounded, masked, marked, on the record."""

import csv
import io
import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import hxl
import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from fastkml import KML
from shapely.geometry import shape

from monitoring.models import AuditEvent
from responder import exports, roles
from responder.exports import incident_columns, stream
from responder.incidents import handling, membership, responding
from responder.models import Event, Incident, Post, User
from responder.partners import tokens
from responder.queries import incidents
from tests.responder.exports.test_exports import WORKBOOKS, body, rows_of

pytestmark = pytest.mark.django_db
MakePost = Callable[..., Post]
TITLE = "Water for @ana_matos, +258 84 123 4567"


@pytest.fixture
def reader(people: dict[str, User]) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(people["viewer"])
    return client


@pytest.fixture
def api(people: dict[str, User]) -> Client:
    return with_token(people["partner"], "export", "read:incidents")


def with_token(owner: User, *scopes: str) -> Client:
    _token, secret = tokens.issue(owner=owner, organisation="R", name="x", scopes=scopes, by=owner)
    return Client(headers={"Authorization": f"Token {secret}"})


@pytest.fixture
def opened(people: dict[str, User], make_post: MakePost) -> Incident:
    posts = [make_post(severity=1, latitude=-19.84362, longitude=34.83891, radius_km=0.05).pk for _ in range(2)]
    incident = membership.create(post_ids=posts, by=people["reviewer"], title=TITLE)
    handling.edit(incident_id=incident.pk, version=1, by=people["lead"], needs={"water": "needed", "food": "met"})
    responding.assign(incident_id=incident.pk, version=2, by=people["lead"], to=people["lead"].pk)
    return Incident.objects.get(pk=incident.pk)


@pytest.fixture
def varied(people: dict[str, User], make_post: MakePost, event: Event) -> None:
    values = Incident.Status.values, (1, 2, 3, 4), Incident.Verification.values
    for number, (status, severity, verification) in enumerate(product(*values)):
        Incident.objects.create(
            event=event, title=f"Incident {number}", status=status, severity=severity, verification=verification,
            latitude=-19.84 if number % 3 else None, longitude=34.84 if number % 3 else None,
        )  # fmt: skip
    make_post()


def refs_of(kind: str, text: str) -> list[str]:
    if kind == "geojson":
        return [feature["id"] for feature in json.loads(text)["features"]]
    if kind == "kml":
        (document,) = KML.from_string(text.encode()).features
        return [mark.id.removeprefix("incident-") for mark in document.features]
    if kind in WORKBOOKS:
        return [row["ref"] for row in rows_of(kind, text)]
    rows = [row["ref"] for row in csv.DictReader(io.StringIO(text))]
    return rows if kind == "csv" else rows[1:]


def listed(query: str, event: Event, user: User | None) -> list[str]:
    incident_filter, _notices = incidents.IncidentFilter.parse(QueryDict(query))
    return [
        one.ref for one in incidents.page(incidents.matching(incident_filter, event, None, user), size=1_000).incidents
    ]


@pytest.mark.parametrize("kind", exports.INCIDENT_KINDS)
def test_for_any_filter_the_rows_are_those_of_the_list(
    reader: Client, api: Client, people: dict[str, User], varied: None, event: Event, kind: str
) -> None:
    sizes = set()
    for state, severity, verification in product(("", "all", "resolved"), ("", "1", "2,3"), ("", "verified")):
        query = f"state={state}&severity={severity}&verification={verification}"
        expected = listed(query, event, people["viewer"])
        answer = reader.get(f"/export/incidents.{kind}?{query}")
        assert refs_of(kind, body(answer)) == expected and answer["X-Row-Count"] == str(len(expected)), query
        sizes.add(len(expected))
    assert len(sizes) >= 5
    assert refs_of(kind, body(api.get(f"/api/v1/exports/incidents/{kind}?severity=2,3"))) == listed(
        "severity=2,3", event, None
    )


@pytest.mark.parametrize("kind", exports.INCIDENT_KINDS)
def test_places_are_rounded_words_masked_and_nobody_is_named(
    reader: Client, api: Client, opened: Incident, kind: str
) -> None:
    Incident.objects.update(
        public_summary=TITLE, place_name="House of @ana_matos", place_by_person=True, summary=TITLE, resolution=TITLE
    )
    for client, url in ((reader, f"/export/incidents.{kind}"), (api, f"/api/v1/exports/incidents/{kind}")):
        text = body(client.get(url))
        assert opened.ref in text
        assert [word for word in ("ana_matos", "4567", "19.84", "34.83", "Ana", "lead-ana") if word in text] == []


def test_the_5w_table_says_who_what_where_when_for_whom(reader: Client, opened: Incident, tmp_path: Path) -> None:
    file = tmp_path / "5w.csv"
    file.write_text(body(reader.get("/export/incidents.5w")))
    with hxl.data(str(file), hxl.InputOptions(allow_local=True)) as source:
        assert source.validate()
    with hxl.data(str(file), hxl.InputOptions(allow_local=True)) as source:
        assert source.validate()
    with hxl.data(str(file), hxl.InputOptions(allow_local=True)) as source:
        assert source.validate()
    with hxl.data(str(file), hxl.InputOptions(allow_local=True)) as source:
        tags = [column.display_tag for column in source.columns]
        (row,) = list(source)
    assert all(hxl.model.Column.parse(tag) for tag in tags) and len(tags) == len(set(tags))
    assert (row.get("#org+name"), row.get("#activity+name")) == ("this team", "Requests or urgent needs")
    assert row.get("#sector+list") == "Water, sanitation and hygiene"
    assert (row.get("#loc+name"), row.get("#geo+lat"), row.get("#geo+lon")) == ("Beira", "-19.8", "34.8")
    assert row.get("#date+start").startswith("20") and row.get("#group+description") == "people at Beira"
    assert (row.get("#indicator+posts+num"), row.get("#indicator+authors+num")) == ("2", str(opened.authors))


def test_the_5w_workbook_has_the_same_columns_and_tags_as_the_csv_file(reader: Client, opened: Incident) -> None:
    text, tags = list(csv.reader(io.StringIO(body(reader.get("/export/incidents.5w")))))[:2]
    sheets = json.loads(body(reader.get("/export/incidents.5w-xlsx")))
    assert list(sheets) == ["incidents", "About"]
    head, second, row = sheets["incidents"]
    assert head == [*text, "since_utc", "until_utc"] and second == [*tags, "#date+start+utc", "#date+reported+utc"]
    named = dict(zip(head, row, strict=True))
    assert named["since"][:19].replace("T", " ") == named["since_utc"][:19] and named["since"].endswith("+00:00")


def test_geojson_and_hxl_open_elsewhere(reader: Client, opened: Incident, tmp_path: Path) -> None:
    (feature,) = json.loads(body(reader.get("/export/incidents.geojson")))["features"]
    assert shape(feature["geometry"]).coords[:] == [(34.8, -19.8)]
    assert (feature["properties"]["needed"], feature["properties"]["met"]) == ("water", "food")
    file = tmp_path / "incidents.csv"
    file.write_text(body(reader.get("/export/incidents.hxl")))
    with hxl.data(str(file), hxl.InputOptions(allow_local=True)) as source:
        assert source.validate()
    with hxl.data(str(file), hxl.InputOptions(allow_local=True)) as source:
        assert source.validate()
    with hxl.data(str(file), hxl.InputOptions(allow_local=True)) as source:
        assert source.validate()
    with hxl.data(str(file), hxl.InputOptions(allow_local=True)) as source:
        assert [row.get("#meta+id") for row in source] == [opened.ref]


@pytest.mark.parametrize("kind", exports.INCIDENT_KINDS)
@pytest.mark.parametrize("subject", ["event", "incident"])
def test_an_exercise_is_marked_and_never_leaves_as_actual(
    api: Client, opened: Incident, kind: str, subject: str
) -> None:  # fmt: skip
    Incident.objects.update(is_exercise=subject == "incident")
    Event.objects.update(is_exercise=subject == "event")
    text = body(api.get(f"/api/v1/exports/incidents/{kind}"))
    assert "Exercise" in text and "Actual" not in text


@pytest.mark.parametrize("role", [*roles.ROLES, "superuser", "nobody"])
def test_each_role_takes_out_what_it_may_see(people: dict[str, User], opened: Incident, role: str) -> None:
    client = Client(headers={"Accept": "text/html"})
    if role != "nobody":
        client.force_login(people[role])
    able = role == "superuser" or (role != "nobody" and roles.VIEW in roles.ROLES[role])
    for kind in exports.INCIDENT_KINDS:
        answer = client.get(f"/export/incidents.{kind}")
        answer.close()
        assert answer.status_code == (200 if able else 302 if role == "nobody" else 403)
    records = AuditEvent.objects.filter(action="incidents.exported")
    assert records.count() == (len(exports.INCIDENT_KINDS) if able else 0)


def test_scopes_formats_and_filters_are_checked(
    people: dict[str, User], reader: Client, api: Client, opened: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    for scope in ("export", "read:incidents"):
        assert with_token(people["partner"], scope).get("/api/v1/exports/incidents/csv").status_code == 403
    assert reader.get("/export/incidents.ods").status_code == 404
    assert api.get("/api/v1/exports/incidents/ods").status_code == 404
    assert api.get("/api/v1/exports/incidents/csv?severity=9").status_code == 400
    assert api.get("/api/v1/exports/incidents/csv?event=nowhere").status_code == 404
    monkeypatch.setattr(stream, "MOST_ROWS", 0)
    assert reader.get("/export/incidents.csv").status_code == 400


def test_no_cell_is_a_formula(reader: Client, opened: Incident) -> None:
    Incident.objects.update(title="=1+1", place_name="@SUM(A1)", public_summary="+1")
    for kind in ("csv", "hxl", "5w"):
        cells = [cell for row in csv.reader(io.StringIO(body(reader.get(f"/export/incidents.{kind}")))) for cell in row]
        assert [cell for cell in cells if cell.startswith(("=", "@", "+"))] == []
        assert any(cell.startswith("'") for cell in cells)


def test_queries_do_not_grow_with_the_incidents(reader: Client, opened: Incident, event: Event) -> None:
    counts: list[Any] = []
    for number in (2, 20):
        for n in range(number):
            Incident.objects.create(event=event, title=f"{n}")
        with CaptureQueriesContext(connection) as queries:
            body(reader.get("/export/incidents.geojson"))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16


def test_the_list_links_to_exports_of_its_filter(reader: Client, opened: Incident) -> None:
    html = reader.get("/incidents/?severity=1").content.decode()
    for kind in exports.INCIDENT_KINDS:
        assert f'href="/export/incidents.{kind}?event=flood&amp;severity=1"' in html


def test_it_says_whether_a_person_set_the_place(opened: Incident) -> None:
    columns = {column.name: column for column in incident_columns.WHERE}
    assert columns["place_set_by"].read(opened) == "posts"
    opened.place_by_person = True
    assert columns["place_set_by"].read(opened) == "person"
    opened.place_by_person, opened.latitude, opened.longitude, opened.place_name = False, None, None, ""
    assert columns["place_set_by"].read(opened) == ""
