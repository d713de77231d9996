"""Layers: who may add, change and see them, what is stored, and that the counts of areas are those of the posts."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from monitoring.models import AuditEvent
from responder.errors import Conflict, Invalid, InvalidFields, Missing, NotPermitted
from responder.map_layers import counting, listing, managing, settings
from responder.models import Event, EventRole, FieldReport, Incident, MapArea, MapLayer, Post, Team, TeamArea, User
from responder.queries.filters import Filter
from tests.responder.map_layers.files import area, file_of, square

pytestmark = pytest.mark.django_db
MakePost = Callable[..., Post]
TITLE = {"title": "Districts", "source": "OCHA, CC BY-IGO", "as_of": "2024-05-01"}


DISTRICTS = file_of(area(34, -20, "Beira", 500_000), area(35, -20, "Dondo"), area(33, -20, "Empty", 90_000))
POINTS = file_of(({"type": "Point", "coordinates": [34.8, -19.8]}, {"name": "Clinic, call +258 84 123 4567"}))
ELSEWHERE = file_of(area(-60, 10, "Far"))


@pytest.fixture(autouse=True)
def _fresh() -> None:
    caches["process"].clear()


@pytest.fixture
def districts(people: dict[str, User]) -> MapLayer:
    return managing.add_areas(by=people["lead"], name="C:\\maps\\mz.geojson", pieces=[DISTRICTS], fields=TITLE)


@pytest.fixture
def shelters(people: dict[str, User], event: Event) -> MapLayer:
    fields = {"title": "Clinics", "kind": "hospital", "colour": "plum", "source": "", "as_of": ""}
    return managing.add_shapes(event=event, by=people["lead"], name="a.json", pieces=[POINTS], fields=fields)


def the_filter(query: str = "", visible: frozenset[int] | None = None) -> Filter:
    return Filter.parse(QueryDict(query), visible)[0]


def test_areas_are_stored_with_their_names_and_people(districts: MapLayer, people: dict[str, User]) -> None:
    assert (districts.event, districts.features, districts.file_name) == (None, 3, "mz.geojson")
    assert (districts.west, districts.south, districts.east, districts.north) == (33, -20, 36, -19)
    assert districts.columns == ["ADM2_EN", "ADM2_PCODE", "T_TL", "other"]
    rows = list(districts.areas.values_list("number", "name", "code", "people"))
    assert rows == [(1, "Beira", "MZBeira", 500_000), (2, "Dondo", "MZDondo", None), (3, "Empty", "MZEmpty", 90_000)]
    event = AuditEvent.objects.get(action="map_layer.added")
    assert event.actor == f"user:{people['lead'].username}" and event.detail["features"] == 3
    drawn = listing.drawn(districts)
    assert [one["properties"]["name"] for one in drawn["features"]] == ["Beira", "Dondo", "Empty"]


def test_columns_can_be_chosen_again(districts: MapLayer, people: dict[str, User]) -> None:
    fields = TITLE | {"name_column": "other", "code_column": "", "people_column": ""}
    changed = managing.change(layer_id=districts.pk, version=1, by=people["administrator"], fields=fields)
    assert changed.version == 2
    assert changed.areas.values_list("name", "code", "people").first() == ("beira", "", None)
    with pytest.raises(Conflict):
        managing.change(layer_id=districts.pk, version=1, by=people["lead"], fields=fields)
    with pytest.raises(InvalidFields) as refused:
        wrong = {"title": " ", "as_of": "2999-01-01", "source": "x" * 201, "name_column": "nowhere"}
        managing.change(layer_id=districts.pk, version=2, by=people["lead"], fields=wrong)
    assert set(refused.value.fields) == {"title", "as_of", "source", "name_column"}


def test_shapes_show_a_masked_name_and_nothing_else(shelters: MapLayer) -> None:
    [feature] = listing.drawn(shelters)["features"]
    assert set(feature["properties"]) == {"name"}
    assert feature["properties"]["name"].startswith("Clinic") and "84 123" not in feature["properties"]["name"]
    assert (shelters.kind, shelters.colour, shelters.notes) == ("hospital", "plum", [])


def test_shapes_far_from_the_event_are_noted(event: Event, people: dict[str, User]) -> None:
    swapped = file_of(({"type": "Point", "coordinates": [-19.8, 34.8]}, {}))
    fields = {"title": "Swapped", "kind": "other", "colour": "teal"}
    layer = managing.add_shapes(event=event, by=people["lead"], name="a", pieces=[swapped], fields=fields)
    assert "exchanges latitude and longitude" in layer.notes[0]


def test_whoever_may_not_manage_events_changes_no_layer(
    districts: MapLayer, shelters: MapLayer, event: Event, people: dict[str, User]
) -> None:
    for role in ("viewer", "reviewer", "approver", "auditor"):
        with pytest.raises(NotPermitted):
            managing.add_areas(by=people[role], name="a", pieces=[DISTRICTS], fields=TITLE)
        with pytest.raises(NotPermitted):
            managing.delete(layer_id=shelters.pk, version=1, by=people[role])
    local = User.objects.create_user("local-lead")
    EventRole.objects.create(person=local, event=event, role="lead")
    with pytest.raises(NotPermitted):  # areas are everybody's
        managing.delete(layer_id=districts.pk, version=1, by=local)
    managing.delete(layer_id=shelters.pk, version=1, by=local)
    other = Event.objects.create(ref="quake", name="Quake")
    with pytest.raises(Missing):
        managing.add_shapes(event=other, by=local, name="a", pieces=[POINTS], fields={"title": "x"})
    assert MapLayer.objects.count() == 1


def test_there_is_room_for_so_many_layers(
    districts: MapLayer, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(managing, "MOST_AREA_LAYERS", 1)
    with pytest.raises(Invalid, match="1 layers already"):
        managing.add_areas(by=people["lead"], name="a", pieces=[DISTRICTS], fields=TITLE)


def test_counts_are_those_of_the_posts(districts: MapLayer, event: Event, make_post: MakePost) -> None:
    for _post in range(3):
        make_post(latitude=-19.5, longitude=34.5, severity=1)
    make_post(latitude=-19.5, longitude=34.7, category="injured_or_dead_people", group="people")
    make_post(latitude=-19.5, longitude=35.5)
    make_post(latitude=-25.0, longitude=35.5)  # in no area
    make_post(latitude=-19.5, longitude=35.5, radius_km=400.0)  # somewhere in the province
    make_post(latitude=None, longitude=None)
    make_post(latitude=-19.5, longitude=34.5, event=None)  # of another event
    found = counting.counts(districts, the_filter(), event)
    assert found.areas == {1: (4, 3, 1), 2: (1, 0, 0)}
    assert (found.outside, found.rough, found.unplaced, found.square_m) == (1, 1, 1, 0)
    critical = counting.counts(districts, the_filter("sev=1"), event)
    assert critical.areas == {1: (3, 3, 0)}
    nothing = counting.counts(districts, the_filter(visible=frozenset({event.pk + 99})), None)
    everything = counting.counts(districts, the_filter(), None)
    assert everything.areas == {1: (5, 3, 1), 2: (1, 0, 0)}  # no event is chosen: all that the reader may see
    assert nothing.areas == {} and nothing.outside == nothing.unplaced == 0


def test_many_positions_are_counted_once_each(
    districts: MapLayer, event: Event, make_post: MakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recomputed post by post, in fine squares and in coarse ones."""
    expected: Counter[int] = Counter()
    for number in range(60):
        longitude = 33.05 + number * 0.0497
        make_post(latitude=-19.05 - (number % 9) * 0.1, longitude=longitude, radius_km=1.0)
        expected[3 if longitude < 34 else 1 if longitude < 35 else 2] += 1
    found = counting.counts(districts, the_filter(), event)
    assert {number: sums[0] for number, sums in found.areas.items()} == expected
    monkeypatch.setattr(counting, "MOST_POSITIONS", 40)
    caches["process"].clear()
    coarse = counting.counts(districts, the_filter(), event)
    assert coarse.square_m > 0 and sum(sums[0] for sums in coarse.areas.values()) + coarse.outside == 60


def test_counting_asks_once_however_many_posts_and_areas(
    districts: MapLayer, event: Event, make_post: MakePost
) -> None:
    make_post()
    counting.counts(districts, the_filter(), event)  # the areas are in memory from now on
    for number in range(30):
        make_post(latitude=-19.5, longitude=33.1 + number * 0.09)
    caches["process"].clear()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        counting.counts(districts, the_filter(), event)
    assert len([one for one in queries if "SELECT" in one["sql"]]) == 1
    with CaptureQueriesContext(connection) as queries:
        counting.counts(districts, the_filter(), event)
    assert len(queries) == 0  # within some seconds all get the same answer


def test_a_border_belongs_to_one_area(districts: MapLayer) -> None:
    index = counting.index_of(districts)
    from responder.queries import mercator

    x, y = mercator.project(-19.5, 35.0)
    index.locate([(x, y), (x - 1, y), (x + 1, y)], 0)
    assert [index.numbers[index.at((0, one, y))] for one in (x - 1, x + 1)] == [1, 2]
    assert index.numbers[index.at((0, x, y))] in (1, 2)


def test_layers_are_offered_where_they_are(
    districts: MapLayer, shelters: MapLayer, event: Event, people: dict[str, User]
) -> None:
    managing.add_areas(by=people["lead"], name="far", pieces=[ELSEWHERE], fields={"title": "Far away"})
    other = Event.objects.create(ref="quake", name="Quake", west=-70, south=0, east=-50, north=20)
    assert [one.name for one in listing.offered_layers(event)] == ["Districts", "Clinics"]
    assert [one.name for one in listing.offered_layers(other)] == ["Far away"]


def test_settings_are_kept_and_checked(people: dict[str, User]) -> None:
    person = people["viewer"]
    rows = [
        {"key": "teams", "on": True, "opacity": 50},
        {"key": "areas-7", "on": True, "opacity": 100, "measure": "unanswered", "rate": True},
    ]
    settings.store(by=person, text=json.dumps(rows))
    person.refresh_from_db()
    kept = settings.read(person.map_layers)
    assert [(one["key"], one["opacity"], one["measure"], one["rate"]) for one in kept] == [
        ("teams", 50, "posts", False),
        ("areas-7", 100, "unanswered", True),
    ]
    for wrong in ("", "{", "7", "[7]", '[{"key": "x"}]', '[{"key": "teams", "opacity": 0}]', '[{"key": "teams", "opacity": true}]', '[{"key": "areas-0"}]',
                  '[{"key": "teams", "measure": "x"}]', '[{"key": "teams", "on": 1}]', json.dumps([{"key": "teams"}] * 101), "[" * 9_000, " " * 20_000):  # fmt: skip
        with pytest.raises(Invalid):
            settings.store(by=person, text=wrong)
    assert settings.read({"layers": [{"key": "teams"}, {"key": "teams", "opacity": 20}, None]})[0]["opacity"] == 100
    assert settings.read(None) == settings.read([]) == settings.read({"layers": 7}) == []


# --- pages


def upload(client: Client, content: bytes = DISTRICTS, **fields: str) -> Any:
    return client.post(reverse("map-layer-send"), {"file": SimpleUploadedFile("a.geojson", content)} | TITLE | fields)


def test_a_lead_uploads_areas_and_sees_their_columns(client: Client, people: dict[str, User], event: Event) -> None:
    client.force_login(people["lead"])
    assert client.get(reverse("map-areas-new")).status_code == 200
    answer = upload(client)
    layer = MapLayer.objects.get()
    assert answer.status_code == 302 and answer.headers["Location"] == reverse("map-layer", args=[layer.pk])
    page = client.get(reverse("map-layer", args=[layer.pk])).content.decode()
    assert "Beira" in page and "500,000" in page and '<option value="T_TL" selected>' in page
    changed = TITLE | {"title": "Level 2", "version": "1", "name_column": "other"}
    assert client.post(reverse("map-layer-edit", args=[layer.pk]), changed).status_code == 302
    conflict = client.post(reverse("map-layer-edit", args=[layer.pk]), changed)
    assert conflict.status_code == 409 and "Load the latest version" in conflict.content.decode()
    assert "Level 2" in client.get(reverse("map-layers") + "?event=flood").content.decode()
    assert client.post(reverse("map-layer-delete", args=[layer.pk]), {"version": "2"}).status_code == 302
    assert not MapLayer.objects.exists() and not MapArea.objects.exists()


def test_what_is_wrong_stands_beside_its_field(client: Client, people: dict[str, User], event: Event) -> None:
    client.force_login(people["lead"])
    own = {"event": str(event.pk)}
    answer = upload(client, b"nonsense", kind="volcano", colour="pink", title="", **own)
    page = answer.content.decode()
    assert answer.status_code == 400
    for words in ("This is no GeoJSON", "Give the layer a name", "Choose one of the options"):
        assert words in page
    assert 'aria-invalid="true"' in page and not MapLayer.objects.exists()
    assert client.post(reverse("map-layer-send"), TITLE | own).status_code == 400  # no file
    assert upload(client, POINTS, kind="flood", colour="teal", title="a\0b", **own).status_code == 400
    assert upload(client, POINTS, event="x").status_code == 400
    assert upload(client, POINTS, event="9" * 17).status_code == 404


def test_pages_and_data_follow_the_role_and_the_event(
    client: Client, people: dict[str, User], event: Event, districts: MapLayer, shelters: MapLayer
) -> None:
    of_layer = ("map-layer", "map-layer-shapes")
    outsider = User.objects.create_user("outsider", toured=True)
    other = Event.objects.create(ref="quake", name="Quake")
    EventRole.objects.create(person=outsider, event=other, role="lead")
    client.force_login(outsider)
    for name in of_layer:
        assert client.get(reverse(name, args=[shelters.pk])).status_code == 404
        assert client.get(reverse(name, args=[districts.pk])).status_code == 200
    assert client.post(reverse("map-layer-delete", args=[shelters.pk]), {"version": "1"}).status_code == 404
    assert client.post(reverse("map-layer-delete", args=[districts.pk]), {"version": "1"}).status_code == 403
    assert client.get(reverse("map-areas-new")).status_code == 403
    assert client.get(reverse("map-shapes-new", args=[event.pk])).status_code == 404
    assert client.get(reverse("map-shapes-new", args=[other.pk])).status_code == 200
    assert upload(client).status_code == 403
    assert upload(client, POINTS, event=str(event.pk)).status_code == 404
    assert upload(client, POINTS, event=str(other.pk), kind="flood", colour="teal").status_code == 302
    MapLayer.objects.get(event=other).delete()
    client.force_login(people["viewer"])
    assert client.get(reverse("map-shapes-new", args=[event.pk])).status_code == 403
    assert upload(client, POINTS, event=str(event.pk)).status_code == 403
    page = client.get(reverse("map-layer", args=[shelters.pk])).content.decode()
    assert "Clinics" in page and "Delete this layer" not in page
    assert client.get(reverse("map-layer-counts", args=[shelters.pk])).status_code == 404
    assert client.get(reverse("map-layer", args=[99])).status_code == 404
    assert MapLayer.objects.count() == 2


def test_the_map_is_offered_layers_and_their_data(
    client: Client, people: dict[str, User], event: Event, districts: MapLayer, shelters: MapLayer, make_post: MakePost
) -> None:
    make_post(latitude=-19.5, longitude=34.5)
    client.force_login(people["viewer"])
    offered = client.get(reverse("map-layers-offered") + "?event=flood").json()
    assert [one["key"] for one in offered["layers"]] == [f"areas-{districts.pk}", f"shapes-{shelters.pk}"]
    assert offered["layers"][0]["has_people"] and offered["settings"] == []
    kept = client.get(offered["layers"][0]["shapes_url"])
    assert "max-age=86400" in kept["Cache-Control"] and len(kept.json()["features"]) == 3
    assert client.get(reverse("map-layer-shapes", args=[districts.pk]) + "?v=9")["Cache-Control"] == "no-store"
    assert client.get(offered["layers"][0]["counts_url"] + "?event=flood").json()["areas"] == {"1": [1, 0, 0]}
    stored = client.post(reverse("map-layer-settings"), {"layers": '[{"key": "teams", "on": true}]'})
    assert stored.status_code == 200
    assert client.get(reverse("map-layers-offered")).json()["settings"][0]["key"] == "teams"
    assert client.post(reverse("map-layer-settings"), {"layers": "x"}).status_code == 400


def test_incidents_reports_and_teams_are_layers(
    client: Client, people: dict[str, User], event: Event, make_post: MakePost
) -> None:
    seen = Incident.objects.create(
        event=event, title="Call +258 84 123 4567", latitude=-19.84123, longitude=34.84123, radius_km=0.1, severity=1
    )
    Incident.objects.create(event=event, title="Done", latitude=-19.8, longitude=34.8, status="resolved")
    Incident.objects.create(event=event, title="Nowhere")
    Incident.objects.create(
        event=Event.objects.create(ref="quake", name="Quake"), title="Else", latitude=1, longitude=1
    )
    post = make_post(severity=1)
    FieldReport.objects.create(ref="R-1", post=post, kind="phone")
    make_post()
    area = TeamArea.objects.create(
        event=event, name="North", area={"type": "Polygon", "coordinates": [square(34, -20)]}
    )
    Team.objects.create(event=event, name="Boat", area=area, latitude=-19.8, longitude=34.8, contact="+258 84 123 4567")
    Team.objects.create(event=event, name="Truck")
    client.force_login(people["viewer"])

    def asked(kind: str) -> Any:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(reverse("map-layer-places", args=[kind]) + "?event=flood")
        assert len(queries) < 14
        assert "123 4567" not in answer.content.decode()
        return answer.json()

    incidents = asked("incidents")
    assert [one["ref"] for one in incidents["places"]] == [seen.ref] and incidents["unplaced"] == 1
    assert (incidents["places"][0]["latitude"], incidents["places"][0]["unanswered"]) == (-19.84, True)
    reports = asked("reports")
    assert [one["ref"] for one in reports["places"]] == ["R-1"] and reports["places"][0]["url"].endswith(
        f"sel={post.pk}"
    )
    teams = asked("teams")
    assert [one["name"] for one in teams["places"]] == ["Boat"] and teams["unplaced"] == 1
    assert [one["name"] for one in teams["areas"]] == ["North"]
    assert client.get(reverse("map-layer-places", args=["nonsense"])).status_code == 404


def test_rows_with_broken_columns_break_no_page(
    client: Client, people: dict[str, User], event: Event, districts: MapLayer
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE responder_maplayer SET drawn = '[]', notes = 'null', columns = '{}', west = 1e9 WHERE id = %s",
            [districts.pk],
        )
        cursor.execute("UPDATE responder_user SET map_layers = '7' WHERE id = %s", [people["viewer"].pk])
    client.force_login(people["viewer"])
    for address in (reverse("map-layer", args=[districts.pk]), reverse("map-layer-shapes", args=[districts.pk]),
                    reverse("map-layers"), reverse("map-layers-offered"), reverse("map-layer-counts", args=[districts.pk])):  # fmt: skip
        assert client.get(address).status_code == 200
