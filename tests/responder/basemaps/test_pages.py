"""Tiles and parts of files for whoever sees the map; the page on which an administrator adds, orders and removes base maps."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from monitoring.models import AuditEvent
from responder import basemaps
from responder.basemaps import adding
from responder.models import BaseMap, Event, User
from tests.responder.basemaps.conftest import TILE, pmtiles

pytestmark = pytest.mark.django_db
CSP = "Content-Security-Policy"
ADDRESS = {
    "name": "Satellite", "address": "https://tiles.example.org/sat/{z}/{x}/{y}.jpg?key=a", "attribution": "© Example", "max_zoom": "17",
}  # fmt: skip


@pytest.fixture
def admin(client: Client, people: dict[str, User]) -> Client:
    client.force_login(people["administrator"])
    return client


@pytest.fixture
def viewer(people: dict[str, User]) -> Client:
    other = Client()
    other.force_login(people["viewer"])
    return other


def send(admin: Client, content: bytes | None = None, name: str = "delta.pmtiles") -> Any:
    file = SimpleUploadedFile(name, pmtiles() if content is None else content)
    return admin.post(reverse("basemap-send"), {"file": file})


def tile_url(ref: object, place: str = "0/0/0") -> str:
    return f"/basemaps/{ref}/{place}.mvt"


def test_an_upload_is_drawn_by_everybody_who_sees_the_map(admin: Client, viewer: Client, event: Event) -> None:
    assert send(admin).status_code == 302
    added = BaseMap.objects.get()
    assert (added.name, added.attribution, added.west, added.max_zoom) == ("Delta", "© OpenStreetMap", 34, 14)
    answer = viewer.get(tile_url(added.ref), headers={"Accept-Encoding": "gzip"})
    assert (answer.status_code, answer["Content-Encoding"]) == (200, "gzip")
    assert answer["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert viewer.get(tile_url(added.ref)).content == TILE
    page = viewer.get(reverse("map"))
    assert page.context["basemaps"][0]["url"] == tile_url(added.ref, "{z}/{x}/{y}")
    assert AuditEvent.objects.filter(action="base_map.uploaded", object_id=str(added.pk)).exists()


def test_a_tile_is_kept_for_good_and_asked_for_once(admin: Client, viewer: Client) -> None:
    send(admin)
    ref = BaseMap.objects.get().ref
    answer = viewer.get(tile_url(ref))
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    again = viewer.get(tile_url(ref), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert viewer.get(tile_url(ref, "3/1/1")).status_code == 204


@pytest.mark.parametrize("ref", ["exercise-0", "b3b6a3a0-0000-4000-8000-000000000000", "x", "a" * 300])
def test_a_file_that_is_not_there_is_not_found(viewer: Client, ref: str) -> None:
    assert viewer.get(tile_url(ref)).status_code == 404
    assert viewer.get(reverse("basemap-file", args=[ref]), headers={"Range": "bytes=0-1"}).status_code == 404


@pytest.mark.parametrize("path", ["../../secret_key", "..%2F..%2Fsecret_key", "%2e%2e/secret_key", "secret_key"])
def test_the_path_of_a_file_never_comes_from_the_request(viewer: Client, tmp_path: Path, path: str) -> None:
    (tmp_path / "secret_key").write_text("hidden")
    for url in (f"/basemaps/{path}", f"/basemaps/{path}.pmtiles", f"/basemaps/{path}/0/0/0.mvt"):
        assert viewer.get(url, headers={"Range": "bytes=0-1"}).status_code == 404


@pytest.mark.parametrize("place", ["0/0/99999999999999999999", "99/0/0", "9999999999/1/1"])
def test_places_beyond_the_world_hold_nothing(admin: Client, viewer: Client, place: str) -> None:
    send(admin)
    assert viewer.get(tile_url(BaseMap.objects.get().ref, place)).status_code in (204, 404)


RANGES = {
    "bytes=0-6": (206, b"PMTiles", "bytes 0-6/{size}"), "bytes=-4": (206, None, "bytes {last4}-{last}/{size}"),
    "bytes=5-": (206, None, "bytes 5-{last}/{size}"), "bytes=0-99999999": (206, None, "bytes 0-{last}/{size}"),
    "bytes=-99999999": (206, None, "bytes 0-{last}/{size}"),
    "": (416, None, "bytes */{size}"), "bytes=0-1,3-4": (416, None, "bytes */{size}"), "bytes=9-2": (416, None, "bytes */{size}"),
    "bytes=99999999-": (416, None, "bytes */{size}"), "bytes=-": (416, None, "bytes */{size}"), "bytes=-0": (416, None, "bytes */{size}"),
    "items=0-1": (416, None, "bytes */{size}"), "bytes=a-b": (416, None, "bytes */{size}"), "bytes=" + "9" * 400 + "-": (416, None, "bytes */{size}"),
    "bytes=٠-٣": (416, None, "bytes */{size}"),
}  # fmt: skip


@pytest.mark.parametrize("asked", RANGES)
def test_one_range_of_the_file_is_sent(admin: Client, viewer: Client, asked: str) -> None:
    send(admin)
    whole, url = pmtiles(), reverse("basemap-file", args=[BaseMap.objects.get().ref])
    status, content, content_range = RANGES[asked]
    answer = viewer.get(url, headers={"Range": asked} if asked else {})
    size = len(whole)
    assert answer.status_code == status
    assert answer["Content-Range"] == content_range.format(size=size, last=size - 1, last4=size - 4)
    if status == 206:
        first, last = answer["Content-Range"].removeprefix("bytes ").split("/")[0].split("-")
        assert answer.content == whole[int(first) : int(last) + 1]
        assert content is None or answer.content == content
        assert answer["Accept-Ranges"] == "bytes" and answer["ETag"] and "immutable" in answer["Cache-Control"]


def test_a_range_is_of_bounded_length(monkeypatch: pytest.MonkeyPatch, admin: Client, viewer: Client) -> None:
    monkeypatch.setattr("responder.basemaps.ranges.MOST_RANGE", 10)
    send(admin)
    answer = viewer.get(reverse("basemap-file", args=[BaseMap.objects.get().ref]), headers={"Range": "bytes=3-"})
    assert (len(answer.content), answer["Content-Range"][:10]) == (10, "bytes 3-12")
    head = viewer.head(reverse("basemap-file", args=[BaseMap.objects.get().ref]))
    assert (head.status_code, head["Content-Length"]) == (200, str(len(pmtiles())))


def test_strangers_get_no_tile_and_only_administrators_see_the_page(
    admin: Client, viewer: Client, people: dict[str, User]
) -> None:
    send(admin)
    ref = BaseMap.objects.get().ref
    for url in (tile_url(ref), reverse("basemap-file", args=[ref]), reverse("basemaps")):
        answer = Client().get(url)
        assert answer.status_code == 302 and "/login/" in answer["Location"]
    for name in ("viewer", "reviewer", "lead", "approver", "auditor"):
        other = Client()
        other.force_login(people[name])
        assert other.get(reverse("basemaps")).status_code == 403
        assert send(other).status_code == 403
        assert other.post(reverse("basemap-address"), ADDRESS).status_code == 403
        assert (
            other.post(reverse("basemap-act", args=[BaseMap.objects.get().pk, "remove"]), {"version": 1}).status_code
            == 403
        )
    assert BaseMap.objects.count() == 1
    assert admin.get(reverse("basemaps")).status_code == 200


def test_a_hostile_upload_is_refused_beside_its_field_and_leaves_nothing(admin: Client, folder: Path) -> None:
    answer = send(admin, b"MZ" + b"\0" * 500)
    assert answer.status_code == 400
    assert "This is not a PMTiles file." in answer.content.decode()
    assert not BaseMap.objects.exists() and list(folder.iterdir()) == []


def test_an_upload_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch, admin: Client, folder: Path) -> None:
    monkeypatch.setattr(adding, "limit", lambda: 100)
    answer = send(admin)
    assert answer.status_code == 413
    assert not BaseMap.objects.exists() and list(folder.iterdir()) == []


def test_a_file_in_the_folder_is_added_read_again_and_named_if_it_is_broken(
    admin: Client, viewer: Client, folder: Path
) -> None:
    (folder / "north.pmtiles").write_bytes(pmtiles())
    (folder / "bad.pmtiles").write_bytes(b"nothing")
    (folder / "notes.txt").write_text("no map")
    (folder / "link.pmtiles").symlink_to("/etc/passwd")
    answer = admin.post(reverse("basemaps-read"))
    assert "bad.pmtiles" in answer.content.decode() and "link.pmtiles" not in answer.content.decode()
    first = BaseMap.objects.get()
    assert first.file == "north.pmtiles"
    (folder / "bad.pmtiles").unlink()
    (folder / "north.pmtiles").write_bytes(pmtiles(max_zoom=12))
    assert viewer.get(tile_url(first.ref)).status_code == 404  # never other content under the same address
    assert viewer.get(reverse("map")).context["basemaps"] == []
    assert admin.post(reverse("basemaps-read")).status_code == 302
    second = BaseMap.objects.get()
    assert (second.pk, second.max_zoom) == (first.pk, 12) and second.ref != first.ref
    assert viewer.get(tile_url(second.ref)).status_code == 200
    assert viewer.get(tile_url(first.ref)).status_code == 404


def test_base_maps_are_ordered_renamed_and_removed_with_their_file(
    admin: Client, folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    send(admin)
    send(admin)
    one, two = BaseMap.objects.all()
    admin.post(reverse("basemap-act", args=[two.pk, "up"]), {"version": two.version})
    assert list(BaseMap.objects.all()) == [two, one]
    assert admin.post(reverse("basemap-act", args=[two.pk, "up"]), {"version": 1}).status_code == 409
    one.refresh_from_db()
    answer = admin.post(
        reverse("basemap-edit", args=[one.pk]), {"name": "South", "attribution": "© Us", "version": one.version}
    )
    assert answer.status_code == 302
    one.refresh_from_db()
    assert (one.name, one.attribution) == ("South", "© Us")
    stale = {"name": "North", "attribution": "", "version": 1}
    assert admin.post(reverse("basemap-edit", args=[one.pk]), stale).status_code == 409
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(reverse("basemap-act", args=[one.pk, "remove"]), {"version": one.version})
    assert list(BaseMap.objects.all()) == [two]
    assert [path.name for path in folder.iterdir()] == [two.file]
    actions = set(AuditEvent.objects.filter(object_type="base_map").values_list("action", flat=True))
    assert actions == {"base_map.uploaded", "base_map.moved", "base_map.renamed", "base_map.removed"}


def test_the_policy_names_the_servers_of_addresses_and_nothing_else(
    admin: Client, viewer: Client, event: Event
) -> None:
    plain = viewer.get(reverse("map"))[CSP]
    assert "img-src 'self' data:;" in plain + ";"
    send(admin)
    assert viewer.get(reverse("map"))[CSP] == plain
    assert admin.post(reverse("basemap-address"), ADDRESS).status_code == 302
    policy = viewer.get(reverse("map"))[CSP]
    assert policy == plain.replace("img-src 'self' data:", "img-src 'self' data: https://tiles.example.org")
    assert "tiles.example.org" not in viewer.get(reverse("feed"))[CSP]
    found = viewer.get(reverse("map")).context["basemaps"][1]
    assert (found["kind"], found["url"], found["max_zoom"]) == ("address", ADDRESS["address"], 17)


GOOD = {
    "https://a.example:8443/wmts?layer=x&TileMatrix={TileMatrix}&TileCol={TileCol}&TileRow={TileRow}":
        "https://a.example:8443/wmts?layer=x&TileMatrix={z}&TileCol={x}&TileRow={y}",
    "https://A.Example:443/{z}/{y}/{x}": "https://a.example/{z}/{y}/{x}",
}  # fmt: skip
BAD = [
    "", "http://a.example/{z}/{x}/{y}", "javascript:alert({z}{x}{y})", "https://a.example/{z}/{x}", "https://a.example/{z}/{x}/{y}/{z}",
    "https://{s}.a.example/{z}/{x}/{y}", "https://u:p@a.example/{z}/{x}/{y}", "https://a.example; script-src *//{z}/{x}/{y}",
    "https://a.example'unsafe'/{z}/{x}/{y}", "https://*/{z}/{x}/{y}", "https://a_b.example/{z}/{x}/{y}", "https:///{z}/{x}/{y}",
    "https://a.example:99999999/{z}/{x}/{y}", "https://[::1/{z}/{x}/{y}", "https://a.example/{z}/{x}/{y}#f", "//a.example/{z}/{x}/{y}",
    "https://a.example/{z}/{x}/{y}" + "a" * 600, "https://a.example/\x00{z}/{x}/{y}", "https://-a.example/{z}/{x}/{y}",
    "https://{z}{x}{y}/", "https://a.example/{{z}}/{x}/{y}", "https://xn--\u00e9.example/{z}/{x}/{y}",
]  # fmt: skip


@pytest.mark.parametrize("address", GOOD)
def test_an_address_is_stored_in_one_form(admin: Client, address: str) -> None:
    assert admin.post(reverse("basemap-address"), ADDRESS | {"address": address}).status_code == 302
    assert BaseMap.objects.get().address == GOOD[address]


@pytest.mark.parametrize("address", BAD)
def test_an_address_that_would_open_the_policy_is_refused(admin: Client, address: str) -> None:
    answer = admin.post(reverse("basemap-address"), ADDRESS | {"address": address})
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not BaseMap.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"), [("name", ""), ("attribution", ""), ("max_zoom", "99"), ("max_zoom", "x"), ("name", "a" * 200)]
)
def test_other_fields_of_an_address_are_checked(admin: Client, field: str, value: str) -> None:
    assert admin.post(reverse("basemap-address"), ADDRESS | {field: value}).status_code == 400
    assert not BaseMap.objects.exists()


def test_there_is_room_for_so_many(monkeypatch: pytest.MonkeyPatch, admin: Client, folder: Path) -> None:
    monkeypatch.setattr(adding, "MOST_MAPS", 1)
    send(admin)
    assert send(admin).status_code == 429
    assert len(list(folder.iterdir())) == 1


def test_the_invented_town_is_drawn_in_exercises_alone(event: Event) -> None:
    event.is_exercise = False
    assert basemaps.shown(event) == []
    event.is_exercise = True
    (town,) = basemaps.shown(event)
    assert "EXERCISE" in town["attribution"]


def test_a_real_file_of_the_area_takes_the_place_of_the_invented_town(event: Event, people: dict[str, User]) -> None:
    event.is_exercise = True
    far = pmtiles(west=0, east=10_000_000)
    basemaps.upload(name="far.pmtiles", pieces=[far], by=people["administrator"])
    assert len(basemaps.shown(event)) == 2
    basemaps.upload(name="here.pmtiles", pieces=[pmtiles()], by=people["administrator"])
    assert [source["name"] for source in basemaps.shown(event)] == ["Delta", "Delta"]
