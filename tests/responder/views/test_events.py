"""The pages of events: who may see and change them, what a refused form shows, and where one goes afterwards."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from responder.events import team_areas
from responder.models import Event, TeamArea, User

pytestmark = pytest.mark.django_db
AREA = '{"type":"Polygon","coordinates":[[[34,-20],[36,-20],[35,-18],[34,-20]]]}'
SENT = {
    "name": "Cyclone Idai", "hazard": "tropical_cyclone", "countries": ["MZ", "ZW"], "time_zone": "", "area": AREA,
    "west": "34", "south": "-20", "east": "36", "north": "-18",
}  # fmt: skip
MANAGERS = {"lead", "administrator", "superuser"}
NO_VIEW = {"partner"}


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def lead(people: dict[str, User]) -> Client:
    return client_of(people["lead"])


@pytest.fixture
def area(people: dict[str, User], event: Event) -> TeamArea:
    return team_areas.create(event=event, by=people["lead"], fields={"name": "North team", "area": AREA})


def test_who_may_see_and_who_may_change(people: dict[str, User], event: Event, area: TeamArea):
    seen = [reverse("events"), reverse("event", args=[event.pk])]
    forms = [reverse("event-new"), reverse("event-edit", args=[event.pk]), reverse("team-area-new", args=[event.pk]),
             reverse("team-area", args=[event.pk, area.pk]), reverse("event-time-zones")]  # fmt: skip
    acts = [reverse(name, args=[event.pk]) for name in ("event-close", "event-archive", "event-reopen")]
    acts.append(reverse("team-area-delete", args=[event.pk, area.pk]))
    for role, person in people.items():
        client = client_of(person)
        assert {client.get(url).status_code for url in seen} == ({403} if role in NO_VIEW else {200}), role
        assert {client.get(url).status_code for url in forms} == ({200} if role in MANAGERS else {403}), role
        if role not in MANAGERS:
            assert {client.post(url, {"version": "1"}).status_code for url in [*forms[:4], *acts]} == {403}, role
    assert Event.objects.get().is_open and TeamArea.objects.get() == area


def test_an_event_is_created_and_shown_in_the_switcher_at_once(lead: Client):
    answer = lead.post(reverse("event-new"), SENT, follow=True)
    event = Event.objects.get()
    assert answer.redirect_chain == [(reverse("event", args=[event.pk]), 302)]
    page = answer.content.decode()
    assert "Tropical cyclone" in page and "Mozambique, Zimbabwe" in page and "Africa/Harare" in page
    assert "It is in the event switcher now." in page
    assert '"coordinates": [[[34.0, -20.0]' in page
    switcher = lead.get(reverse("feed")).content.decode()
    assert "event=cyclone-idai" in switcher


@pytest.mark.parametrize(
    ("target", "goes"),
    [("/start/3", "/start/3"), ("https://evil.example/", None), ("//evil.example", None), ("javascript:alert(1)", None), ("", None)],
)  # fmt: skip
def test_afterwards_one_goes_where_next_says_within_this_site(lead: Client, target: str, goes: str | None):
    form = lead.get(reverse("event-new"), {"next": target}).content.decode().split('class="event-form"')[1]
    assert ('name="next"' in form) == bool(goes)
    answer = lead.post(reverse("event-new"), SENT | {"next": target})
    assert answer.headers["Location"] == (goes or reverse("event", args=[Event.objects.get().pk]))


def test_a_refused_form_says_what_is_wrong_beside_each_field_and_keeps_the_input(lead: Client):
    wrong = SENT | {"name": "", "time_zone": "Manila", "west": "40", "keywords": "x" * 65, "countries": ["MZ", "QQ"]}
    answer = lead.post(reverse("event-new"), wrong)
    page = answer.content.decode()
    assert answer.status_code == 400 and not Event.objects.exists()
    for field in ("name", "time_zone", "keywords", "countries"):
        assert f'id="{field}_error"' in page, field
    assert 'value="MZ" id="countries_0" checked' in page and "x" * 65 in page
    answer = lead.post(reverse("event-new"), SENT | {"area": "", "west": "40"})
    assert answer.status_code == 400 and 'id="east_error"' in answer.content.decode()


def test_two_editors_one_is_told_and_keeps_what_was_typed(lead: Client, event: Event):
    url = reverse("event-edit", args=[event.pk])
    sent = SENT | {"time_zone": "Africa/Maputo", "version": "1"}
    assert lead.post(url, sent | {"name": "High water"}).status_code == 302
    answer = lead.post(url, sent | {"name": "Low water"})
    page = answer.content.decode()
    assert answer.status_code == 409 and "saved a change first" in page and "Load the latest version" in page
    assert 'value="Low water"' in page and Event.objects.get().name == "High water"
    assert lead.post(url, sent | {"version": "x"}).status_code == 400


def test_closing_archiving_and_reopening(lead: Client, event: Event):
    for name, version, state in (("close", 1, "closed"), ("archive", 2, "archived"), ("reopen", 3, "open")):
        answer = lead.post(reverse(f"event-{name}", args=[event.pk]), {"version": str(version)}, follow=True)
        event.refresh_from_db()
        assert (answer.status_code, event.state) == (200, state)
        switcher = lead.get(reverse("events")).content.decode()
        assert ("?event=flood" in switcher) == (state != "archived")
    answer = lead.post(reverse("event-close", args=[event.pk]), {"version": "1"})
    assert answer.status_code == 409 and Event.objects.get().is_open
    answer = lead.post(reverse("event-reopen", args=[event.pk]), {"version": "4"})
    assert answer.status_code == 400 and "already open" in answer.content.decode()


def test_a_closed_event_is_marked_and_offered_to_no_form(lead: Client, event: Event):
    Event.objects.update(state="closed")
    page = lead.get(reverse("map"), {"event": event.ref}).content.decode()
    assert "<small>closed</small>" in page
    for name in ("imports", "source-new"):
        form = lead.get(reverse(name)).content.decode()
        assert f'<option value="{event.pk}">' not in form, name


def test_team_areas_are_added_changed_and_deleted(lead: Client, event: Event, area: TeamArea):
    added = lead.post(reverse("team-area-new", args=[event.pk]), {"name": "South", "area": AREA}, follow=True)
    assert "South" in added.content.decode() and TeamArea.objects.count() == 2
    url = reverse("team-area", args=[event.pk, area.pk])
    assert lead.post(url, {"name": "", "version": "1", "area": ""}).status_code == 400
    assert lead.post(url, {"name": "South", "version": "1", "area": AREA}).status_code == 400  # a name twice
    sent = {name: SENT[name] for name in ("area", "west", "south", "east", "north")} | {"version": "1"}
    assert lead.post(url, sent | {"name": "Delta"}).status_code == 302
    assert lead.post(url, sent | {"name": "Late"}).status_code == 409
    other = Event.objects.create(ref="other", name="Other")
    assert lead.get(reverse("team-area", args=[other.pk, area.pk])).status_code == 404
    delete = reverse("team-area-delete", args=[event.pk, area.pk])
    assert lead.post(delete, {"version": "1"}).status_code == 409
    assert lead.post(delete, {"version": "2"}).status_code == 302
    assert TeamArea.objects.get().name == "South"


def test_the_map_draws_the_outlines(lead: Client, event: Event, area: TeamArea):
    page = lead.get(reverse("map"), {"event": event.ref}).content.decode()
    assert '<script id="outlines" type="application/json">[{"name": "North team"' in page


@pytest.mark.parametrize(
    ("query", "zones"),
    [
        ({"countries": ["PH"]}, ["Asia/Manila"]), ({}, []), ({"countries": ["\x00", "x" * 999]}, []),
        ({"west": "x", "south": "1", "east": "2", "north": "3"}, []),
        ({"west": "33", "south": "-16", "east": "36", "north": "-14", "countries": ["MW"]}, ["Africa/Blantyre"]),
    ],
)  # fmt: skip
def test_time_zones_are_suggested_to_the_form(lead: Client, query: dict[str, Any], zones: list[str]):
    assert lead.get(reverse("event-time-zones"), query).json()["zones"] == zones


@pytest.mark.parametrize("query", [{}, {"countries": "XX"}, {"countries": "'"}, {"west": "30"}])
def test_without_known_countries_the_map_looks_nowhere(lead: Client, query: dict[str, Any]) -> None:
    assert lead.get(reverse("event-time-zones"), query).json()["bounds"] is None


def test_the_map_is_told_where_the_countries_are(lead: Client) -> None:
    west, south, east, north = lead.get(reverse("event-time-zones"), {"countries": ["MZ", "ZW", "XX"]}).json()["bounds"]
    assert 25 < west < 30 and -27 < south < -24 and 38 < east < 42 and -14 < north < -10


def test_the_list_asks_the_database_no_more_for_many_events(
    lead: Client, event: Event, django_assert_max_num_queries: Any
):
    lead.get(reverse("events"))
    for number in range(30):
        Event.objects.create(ref=f"e-{number}", name=f"Event {number}", state="closed" if number % 2 else "open")
    with django_assert_max_num_queries(15):  # four of them say whether posts arrive, one counts what the bell says
        page = lead.get(reverse("events")).content.decode()
    assert "Event 29" in page and "Closed and archived" in page


def test_the_admin_refuses_what_the_form_refuses(people: dict[str, User], event: Event):
    root, url = client_of(people["superuser"]), reverse("admin:responder_event_change", args=[event.pk])
    sent = {
        "ref": "flood", "name": "Flood", "started_at": "2026-03-02 10:00", "time_zone": "Africa/Maputo", "country_codes": '["MZ"]',
        "languages": "[]", "keywords": "[]", "west": "32", "south": "-22", "east": "37", "north": "-16",
    }  # fmt: skip
    for wrong in (
        {"time_zone": "Manila"},
        {"west": "40"},
        {"north": "-30"},
        {"country_codes": '["XX"]'},
        {"area": '{"type": 1}'},
    ):
        answer = root.post(url, sent | wrong)
        assert answer.status_code == 200 and "errorlist" in answer.content.decode(), wrong
    event.refresh_from_db()
    assert event.name == "River flood"
    assert root.post(url, sent | {"west": "30"}).status_code == 302
    event.refresh_from_db()
    assert (event.west, event.version, event.area["coordinates"][0][0]) == (30.0, 2, [30.0, -22.0])
    assert root.post(url, sent | {"west": "30", "area": AREA}).status_code == 302
    event.refresh_from_db()
    assert event.bbox == (34.0, -20.0, 36.0, -18.0)
    moved = {"area": json.dumps(event.area), "west": "33", "east": "36", "south": "-20", "north": "-18"}
    assert root.post(url, sent | moved).status_code == 302
    event.refresh_from_db()
    assert event.bbox == (33.0, -20.0, 36.0, -18.0)


def test_the_page_of_an_event_is_framed_by_that_event(lead: Client, event: Event, make_post: Any):
    exercise = Event.objects.create(ref="drill", name="Drill", is_exercise=True, time_zone="Asia/Manila")
    make_post(event=exercise)
    assert "EXERCISE" in lead.get(reverse("feed"), {"event": "drill"}).content.decode()
    for name in ("event", "event-edit", "team-area-new"):
        real = lead.get(reverse(name, args=[event.pk]), {"event": "drill"}).content.decode()
        assert "EXERCISE" not in real and f'data-event="{event.ref}"' in real, name
        assert "EXERCISE" in lead.get(reverse(name, args=[exercise.pk])).content.decode(), name
    switcher = lead.get(reverse("event", args=[event.pk])).content.decode()
    assert f'href="{reverse("map")}?event=drill' in switcher  # another event is chosen on another page
