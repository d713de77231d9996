"""The form that sets the place of a post: as a page, for scripts, and refused."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from responder import triage
from responder.chosen_place import ChosenPlace
from responder.models import Place, Post, TriageAction, User

pytestmark = pytest.mark.django_db
Make = Callable[..., Post]
HTML = {"HTTP_ACCEPT": "text/html", "HTTP_SEC_FETCH_MODE": "navigate"}
RIGHT = {"place_name": "Buzi", "latitude": "-19.88", "longitude": "34.6", "radius_km": "2", "version": "1"}


@pytest.fixture
def reviewer(people: dict[str, User], client: Client) -> Client:
    client.force_login(people["reviewer"])
    return client


def test_the_form_shows_what_was_found(reviewer: Client, make_post: Make, django_assert_max_num_queries: Any) -> None:
    post = make_post(text="Water at Buzi, near Beira, call +258 84 123 4567")
    make_post(text=post.text, text_key=post.text_key)
    Place.objects.create(
        post=post, text="Beira", start=20, end=25, name="Beira", type="city", country_code="MZ", latitude=-19.84,
        longitude=34.84, radius_km=9.0, score=0.9, chosen=True,
    )  # fmt: skip
    with django_assert_max_num_queries(19):  # four of them say whether posts arrive, one counts what the bell says
        page = reviewer.get(f"/triage/{post.pk}/place", **HTML).content.decode()
    assert 'data-latitude="-19.84000"' in page and 'value="20-25"' in page and 'value="-19.84000"' in page
    assert "Also place 1 identical post" in page
    assert "4567" not in page
    part = reviewer.get(f"/triage/{post.pk}/place").content.decode()
    assert "<html" not in part and "data-place-picker" in part


def test_a_plain_form_places_and_leads_back(reviewer: Client, make_post: Make) -> None:
    post = make_post()
    answer = reviewer.post(f"/triage/{post.pk}/place", RIGHT | {"next": "/triage/?tab=review"}, **HTML)
    assert (answer.status_code, answer["Location"]) == (302, "/triage/?tab=review")
    post.refresh_from_db()
    assert (post.place_name, post.latitude, post.radius_km) == ("Buzi", -19.88, 2.0)


def test_scripts_are_told_how_to_undo(reviewer: Client, make_post: Make) -> None:
    post = make_post()
    answer = reviewer.post(f"/triage/{post.pk}/place", {"no_place": "1", "version": "1"}).json()
    assert (answer["action"], answer["message"], answer["version"]) == ("placed", "Set “no place”", 2)
    assert answer["undo"] == {"url": f"/triage/{post.pk}/undo", "version": 2}
    assert reviewer.post(answer["undo"]["url"], {"version": "2"}).json()["message"] == "Undone"


def test_errors_stand_beside_their_fields_and_what_was_typed_stays(reviewer: Client, make_post: Make) -> None:
    post = make_post()
    sent = RIGHT | {"latitude": "1e309", "longitude": "200", "radius_km": "", "place_name": "My mark"}
    answer = reviewer.post(f"/triage/{post.pk}/place", sent, **HTML)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Enter a latitude from -90 to 90" in page and "Enter a longitude from -180 to 180" in page
    assert "Enter a radius from 0.1 to 500 km." in page and 'value="My mark"' in page and 'value="1e309"' in page
    assert reviewer.post(f"/triage/{post.pk}/place", sent).status_code == 400
    assert not TriageAction.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [
        {}, {"version": "x"}, RIGHT | {"version": "9" * 30}, RIGHT | {"latitude": "NaN"}, RIGHT | {"latitude": "\x00"},
        RIGHT | {"place_name": "x" * 100_000}, RIGHT | {"radius_km": "-inf"}, RIGHT | {"latitude": "0", "longitude": "0"},
    ],
)  # fmt: skip
def test_hostile_values_are_refused(reviewer: Client, make_post: Make, sent: dict[str, str]) -> None:
    assert reviewer.post(f"/triage/{make_post().pk}/place", sent).status_code == 400


def test_a_conflict_shows_who_was_first_and_keeps_what_was_typed(
    reviewer: Client, make_post: Make, people: dict[str, User]
) -> None:
    post = make_post()
    triage.place(post_id=post.pk, version=1, by=people["lead"], choice=ChosenPlace("Dondo", -19.6, 34.74, 10.0))
    answer = reviewer.post(f"/triage/{post.pk}/place", RIGHT, **HTML)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert people["lead"].display_name in page and 'value="Buzi"' in page and 'name="version" value="2"' in page
    problem = reviewer.post(f"/triage/{post.pk}/place", RIGHT)
    assert (problem.status_code, problem.json()["version"]) == (409, 2)
    assert reviewer.post(f"/triage/{post.pk}/place", RIGHT | {"version": "2"}, **HTML).status_code == 302


@pytest.mark.parametrize("target", ["javascript:alert(1)", "https://elsewhere.example/", "//elsewhere.example"])
def test_the_form_leads_nowhere_else(reviewer: Client, make_post: Make, target: str) -> None:
    post = make_post()
    page = reviewer.get(f"/triage/{post.pk}/place", {"next": target}, **HTML).content.decode()
    assert f'href="{target}"' not in page
    assert reviewer.post(f"/triage/{post.pk}/place", RIGHT | {"next": target}, **HTML)["Location"] == "/map/"


def test_the_card_says_who_set_the_place_and_offers_the_undo(
    reviewer: Client, make_post: Make, people: dict[str, User]
) -> None:
    post = make_post()
    triage.place(post_id=post.pk, version=1, by=people["reviewer"], choice=ChosenPlace("Buzi", -19.88, 34.6, 2.0))
    for address in (f"/map/items/{post.pk}", f"/triage/items/{post.pk}"):
        card = reviewer.get(address).content.decode()
        assert f"set by {people['reviewer'].display_name}, within about 2 km" in card
        assert "place-undo" in card and f"/triage/{post.pk}/place" in card


def test_who_may_not_review_may_not_place(client: Client, make_post: Make, people: dict[str, User]) -> None:
    post = make_post()
    client.force_login(people["viewer"])
    assert client.get(f"/triage/{post.pk}/place").status_code == 403
    assert client.post(f"/triage/{post.pk}/place", RIGHT).status_code == 403
    assert "data-place-open" not in client.get(f"/map/items/{post.pk}").content.decode()
    client.force_login(people["lead"])
    assert client.get("/triage/999999/place").status_code == 404
    assert client.post("/triage/999999/place", RIGHT).status_code == 404
