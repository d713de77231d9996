"""The search behind the place picker."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from responder.models import Event, User

pytestmark = pytest.mark.django_db


def ask(client: Client, **query: str) -> Any:
    return client.get(reverse("place-search"), query)


@pytest.fixture
def viewer(people: dict[str, User], client: Client) -> Client:
    client.force_login(people["viewer"])
    return client


def test_places_of_the_event_come_first(viewer: Client, event: Event) -> None:
    Event.objects.filter(pk=event.pk).update(country_codes=["PH"], west=120, south=9, east=126, north=14)
    (first, *_rest) = ask(viewer, q="San Jose", event=event.ref).json()["results"]
    assert (first["name"], first["country_code"]) == ("San Jose", "PH")
    assert set(first) == {
        "id", "name", "type", "region", "country", "country_code", "latitude", "longitude", "radius_km", "population",
    }  # fmt: skip
    assert ask(viewer, q="San Jose").json()["results"][0]["country_code"] == "US"


@pytest.mark.parametrize("text", ["", " ", "\x00", "\u202e", "x" * 5_000, "'; DROP TABLE place;--", "%", "\ud83c"])
def test_any_text_is_answered(viewer: Client, text: str) -> None:
    response = viewer.get(reverse("place-search"), {"q": text.encode("utf-8", "replace").decode()})
    assert response.status_code == 200
    assert len(response.json()["results"]) <= 8


@pytest.mark.parametrize("ref", ["nowhere", "\x00", "x" * 5_000])
def test_an_unknown_event_is_said(viewer: Client, ref: str) -> None:
    response = ask(viewer, q="Beira", event=ref)
    assert response.status_code == 400
    assert "does not exist" in response.json()["detail"]


def test_it_reads_no_post(viewer: Client, event: Event, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(4):  # session, person, roles, event
        ask(viewer, q="Beira", event=event.ref)


def test_who_may_not_see_the_map_may_not_search(client: Client, people: dict[str, User]) -> None:
    assert ask(client, q="Beira").status_code == 302
    client.force_login(User.objects.create_user("nobody-nil"))
    assert ask(client, q="Beira").status_code == 403


def test_the_map_names_the_largest_towns(viewer: Client) -> None:
    towns = viewer.get(reverse("place-towns"), {"bbox": "124.5,10.5,125.5,11.5"}).json()["towns"]
    assert towns[0] | {"radius_km": 0} in (
        {"name": "Ormoc", "latitude": 11.0064, "longitude": 124.6075, "radius_km": 0},
        {"name": "Tacloban", "latitude": 11.2433, "longitude": 125.0047, "radius_km": 0},
    )
    across = viewer.get(reverse("place-towns"), {"bbox": "177,-20,-179,-15"}).json()["towns"]
    assert "Suva" in {one["name"] for one in across}
    assert len(across) <= 40


@pytest.mark.parametrize("bbox", ["", "1,2,3", "nan,0,1,1", "1e309,0,1,1", "0,5,1,4", "0,0,1,1,1", "x" * 5_000, "\x00"])
def test_a_rectangle_that_is_none_is_said(viewer: Client, bbox: str) -> None:
    assert viewer.get(reverse("place-towns"), {"bbox": bbox}).status_code == 400
