"""Teams of an event: who may change them, what is refused beside its field, and what stays out of the records."""

from typing import Any

import pytest
from django.test import Client

from monitoring.models import AuditEvent
from responder.errors import Conflict, Invalid, InvalidFields, Missing, NotPermitted
from responder.incidents import membership, responding
from responder.models import Event, Team, TeamArea, User
from responder.teams import listing, managing

pytestmark = pytest.mark.django_db
PHONE = "+258 84 123 4567"
SQUARE = {"type": "Polygon", "coordinates": [[[34, -20], [35, -20], [35, -19], [34, -19], [34, -20]]]}
BOAT = {
    "name": "Boat 2", "skills": ["search_and_rescue", "medical_help"], "availability": "free", "contact": PHONE,
    "latitude": "-19.84", "longitude": "34.84", "note": "Two seats",
}  # fmt: skip


@pytest.fixture
def boat(event: Event, people: dict[str, User]) -> Team:
    return managing.create(event=event, by=people["lead"], fields=BOAT)


def test_a_team_is_created_and_changed_by_who_manages_events(event: Event, people: dict[str, User], boat: Team) -> None:
    assert (boat.name, boat.skills) == ("Boat 2", ["medical_help", "search_and_rescue"])
    assert (boat.latitude, boat.longitude) == (-19.84, 34.84) and boat.located_at
    was = boat.located_at
    area = TeamArea.objects.create(event=event, name="North", area=SQUARE)
    changed = managing.change(
        team_id=boat.pk, version=1, by=people["administrator"], fields=BOAT | {"area": str(area.pk)}
    )
    assert (changed.area, changed.version, changed.located_at) == (area, 2, was)  # the same position is no newer
    moved = managing.change(
        team_id=boat.pk, version=2, by=people["lead"], fields=BOAT | {"latitude": "", "longitude": ""}
    )
    assert (moved.latitude, moved.located_at, moved.area) == (None, None, None)
    for role in ("viewer", "reviewer", "approver", "auditor", "partner"):
        with pytest.raises((NotPermitted, Missing)):
            managing.create(event=event, by=people[role], fields=BOAT | {"name": "Boat 3"})
    with pytest.raises(Conflict):
        managing.change(team_id=boat.pk, version=1, by=people["lead"], fields=BOAT)
    assert PHONE not in str(list(AuditEvent.objects.values_list("detail")))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("name", " ", "name of 1 to 80"), ("name", "n" * 81, "name of 1 to 80"), ("name", "Boat 2", "already has a team"),
        ("skills", ["flying"], "skills from the list"), ("availability", "away", "free, busy or off duty"),
        ("area", "999999", "team areas"), ("area", "1; DROP", "team areas"), ("contact", "1" * 121, "at most 120"),
        ("latitude", "91", "latitude"), ("longitude", "", "longitude"), ("note", "x" * 501, "at most 500"),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_beside_its_field(
    event: Event, people: dict[str, User], boat: Team, name: str, value: Any, message: str
) -> None:
    with pytest.raises(InvalidFields) as refused:
        managing.create(event=event, by=people["lead"], fields=BOAT | {"name": "Boat 3"} | {name: value})
    assert message.lower() in refused.value.fields[name].lower() and Team.objects.count() == 1


def test_whoever_works_on_incidents_says_whether_a_team_is_free(boat: Team, people: dict[str, User]) -> None:
    managing.set_availability(team_id=boat.pk, version=1, by=people["reviewer"], availability="busy")
    boat.refresh_from_db()
    assert (boat.availability, boat.version) == ("busy", 2)
    with pytest.raises(NotPermitted):
        managing.set_availability(team_id=boat.pk, version=2, by=people["viewer"], availability="free")
    with pytest.raises(Invalid):
        managing.set_availability(team_id=boat.pk, version=2, by=people["lead"], availability="gone")


def test_a_team_that_is_set_aside_cannot_be_assigned(
    boat: Team, event: Event, people: dict[str, User], make_post: Any
) -> None:
    incident = membership.create(post_ids=[make_post(event=event).pk], by=people["lead"])
    responding.assign(incident_id=incident.pk, version=1, by=people["lead"], team=boat.pk)
    assert [one["assigned"] for one in listing.of(event)] == [1]
    managing.set_active(team_id=boat.pk, version=1, by=people["lead"], active=False)
    with pytest.raises(Invalid, match="team of this event"):
        responding.assign(incident_id=incident.pk, version=2, by=people["lead"], team=boat.pk)
    managing.set_active(team_id=boat.pk, version=2, by=people["lead"], active=True)
    responding.set_off(incident_id=incident.pk, version=2, by=people["reviewer"])
    incident.refresh_from_db()
    assert incident.going_at


def test_the_event_page_shows_contacts_to_who_works_on_incidents_alone(
    boat: Team, event: Event, people: dict[str, User], django_assert_max_num_queries: Any
) -> None:
    client = Client()
    for role, seen in (("reviewer", True), ("lead", True), ("viewer", False), ("auditor", False)):
        client.force_login(people[role])
        page = client.get(f"/events/{event.pk}/").content.decode()
        assert "Boat 2" in page and (PHONE in page) == seen, role


def test_pages_add_change_and_set_aside(event: Event, people: dict[str, User]) -> None:
    client = Client()
    client.force_login(people["lead"])
    answer = client.post(f"/events/{event.pk}/teams/new", BOAT | {"name": ""})
    assert answer.status_code == 400 and "name of 1 to 80" in answer.content.decode()
    assert client.post(f"/events/{event.pk}/teams/new", BOAT).status_code == 302
    team = Team.objects.get()
    address = f"/events/{event.pk}/teams/{team.pk}/"
    assert "Two seats" in client.get(address).content.decode()
    assert client.post(address, BOAT | {"version": "1", "note": "Four seats"}).status_code == 302
    assert client.post(address, BOAT | {"version": "1"}).status_code == 409
    assert client.post(f"{address}availability", {"version": "2", "availability": "off_duty"}).status_code == 302
    assert client.post(f"{address}active", {"version": "3"}).status_code == 302
    team.refresh_from_db()
    assert (team.note, team.availability, team.is_active, team.version) == ("Four seats", "off_duty", False, 4)
    assert client.get(f"/events/{event.pk}/teams/999999/").status_code == 404
