"""Incidents and places by a few letters: what is found, and who finds it."""

import pytest

from responder.incidents import membership
from responder.models import Event


@pytest.fixture
def found(client, people):
    client.force_login(people["viewer"])

    def find(text, **query):
        response = client.get("/find", {"find": text, **query})
        assert response.status_code == 200
        answer = response.json()
        return [one["label"] for one in answer["incidents"]], [one["label"] for one in answer["places"]]

    return find


@pytest.fixture
def incident(make_post, people):
    post = make_post(place_name="Búzi")
    return membership.create(post_ids=[post.pk], by=people["reviewer"], title="Families on roofs")


def test_incidents_are_found_by_title_and_reference_and_places_without_accents(found, incident, make_post):
    for _ in range(2):
        make_post(place_name="Buzi", country_code="ZW")
    named = f"{incident.ref} Families on roofs"
    assert found("roofs") == ([named], [])
    assert found(incident.ref.lower()) == ([named], [])
    assert found("BUZ") == ([], ["Buzi, ZW", "Búzi, MZ"])
    assert found("r") == ([], [])
    assert found("nothing like it") == ([], [])


def test_the_links_lead_to_the_incident_and_to_the_posts_of_the_place(client, people, incident):
    client.force_login(people["viewer"])
    answer = client.get("/find", {"find": "bu", "event": "flood"}).json()
    (place,) = answer["places"]
    assert (place["note"], place["label"]) == ("1 post", "Búzi, MZ")
    page = client.get(place["url"])
    assert [item["place"]["name"] for item in page.context["items"]] == ["Búzi"]
    assert "bbox=34.3%2C-20.3%2C35.3%2C-19.3" in place["url"]
    (roofs,) = client.get("/find", {"find": "roofs"}).json()["incidents"]
    assert client.get(roofs["url"]).status_code == 200


def test_a_search_in_the_feed_shows_what_else_matches(client, people, incident):
    client.force_login(people["viewer"])
    page = client.get("/feed/?q=roofs")
    assert [one["label"] for one in page.context["also_found"]["incidents"]] == [f"{incident.ref} Families on roofs"]
    assert f"/incidents/{incident.ref}/" in page.content.decode()
    assert client.get("/feed/").context["also_found"] == {}


def test_only_people_who_view_the_event_find_anything(client, people, incident, make_post):
    other = Event.objects.create(ref="quake", name="Quake", started_at=incident.event.started_at)
    make_post(event=other, place_name="Buzigrad")
    client.force_login(people["viewer"])
    assert [one["label"] for one in client.get("/find?find=buz&event=flood").json()["places"]] == ["Búzi, MZ"]
    for role, user in people.items():
        client.force_login(user)
        assert client.get("/find?find=buz").status_code == (403 if role == "partner" else 200), role
    client.logout()
    assert client.get("/find?find=buz").headers["Location"].startswith("/login/")
    assert client.post("/find").status_code in (302, 405)


@pytest.mark.parametrize("text", ["\x00\x00\x00", "%%", "__", "x" * 10_000, "INC-" + "9" * 40, "\"'); --", "ü\u0300"])
def test_odd_texts_find_nothing_and_break_nothing(found, incident, text):
    assert found(text) == ([], [])
