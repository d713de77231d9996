"""Events and team areas: what is accepted, what is refused and where, conflicts, and what is on the record."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from monitoring import audit
from monitoring.models import AuditEvent
from responder import events
from responder.errors import Conflict, Invalid, InvalidFields, Missing, NotPermitted
from responder.events import team_areas
from responder.models import Event, TeamArea, User, polygons

pytestmark = pytest.mark.django_db
TRIANGLE = '{"type": "Polygon", "coordinates": [[[34, -20], [36, -20], [35, -18], [34, -20]]]}'
GIVEN = {
    "name": "Cyclone Idai", "hazard": "tropical_cyclone", "countries": ["MZ", "ZW"], "languages": ["pt", "en"],
    "time_zone": "Africa/Maputo", "started_at": "2026-03-14T08:00", "keywords": "Beira\nBuzi, #IdaiHelp\n Beira ",
    "west": "32.5", "south": "-21,25", "east": "37", "north": "−16",
}  # fmt: skip


@pytest.fixture
def lead(people: dict[str, User]) -> User:
    return people["lead"]


def refused(by: User, **changes: Any) -> dict[str, str]:
    with pytest.raises(InvalidFields) as caught:
        events.create(by=by, fields=GIVEN | changes)
    assert not Event.objects.exists()
    return caught.value.fields


def test_an_event_is_created_with_all_that_was_given(lead: User):
    event = events.create(by=lead, fields=GIVEN)
    event.refresh_from_db()
    assert (event.ref, event.name, event.hazard_label) == ("cyclone-idai", "Cyclone Idai", "Tropical cyclone")
    assert (event.country_codes, event.languages) == (["MZ", "ZW"], ["pt", "en"])
    assert event.keywords == ["Beira", "Buzi", "#IdaiHelp"]
    assert event.started_at == datetime(2026, 3, 14, 6, 0, tzinfo=UTC)  # 08:00 in Maputo
    assert event.bbox == (32.5, -21.25, 37.0, -16.0) and polygons.bounds(event.area) == event.bbox
    assert event.is_open and not event.is_exercise
    record = AuditEvent.objects.get(action="event.created")
    assert (record.actor, record.object_id) == ("user:lead-ana", "cyclone-idai") and audit.verify().intact


def test_a_name_and_a_country_are_enough(lead: User):
    event = events.create(by=lead, fields={"name": "Flood", "countries": ["PH"]})
    assert (event.time_zone, event.area, event.bbox, event.keywords) == ("Asia/Manila", None, None, [])


def test_events_of_one_name_have_different_references(lead: User):
    refs = [events.create(by=lead, fields=GIVEN).ref for _ in range(3)]
    assert refs == ["cyclone-idai", "cyclone-idai-2", "cyclone-idai-3"]
    assert events.create(by=lead, fields=GIVEN | {"name": "台风玛莉亚"}).ref == "event"
    assert events.create(by=lead, fields=GIVEN | {"ref": "Idai-19"}).ref == "idai-19"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"), ({"name": "ab"}, "name"), ({"name": "x" * 201}, "name"), ({"name": "abc\x00d"}, "name"),
        ({"ref": "no spaces"}, "ref"), ({"ref": "x" * 65}, "ref"), ({"ref": "ünique"}, "ref"), ({"hazard": "meteor"}, "hazard"),
        ({"countries": ["XX"]}, "countries"), ({"countries": ["Mozambique"]}, "countries"), ({"countries": ["M\x00"]}, "countries"),
        ({"countries": [f"A{n}" for n in range(60)]}, "countries"), ({"languages": ["klingon"]}, "languages"),
        ({"time_zone": "Manila"}, "time_zone"), ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"time_zone": "x" * 9_999}, "time_zone"), ({"started_at": "yesterday"}, "started_at"),
        ({"started_at": "1912-04-14T23:40"}, "started_at"), ({"started_at": "9999-12-31T23:59"}, "started_at"),
        ({"started_at": "0001-01-01T00:00"}, "started_at"), ({"keywords": "x" * 65}, "keywords"),
        ({"keywords": "\n".join(map(str, range(51)))}, "keywords"), ({"keywords": "a\x00b"}, "keywords"),
        ({"keywords": "x" * 10_001}, "keywords"), ({"west": "40"}, "east"), ({"west": "", "south": ""}, "west"),
        ({"west": "-200"}, "west"), ({"north": "-30"}, "north"), ({"west": "nan"}, "west"), ({"east": "1e999"}, "east"),
        ({"west": "9" * 99}, "west"), ({"area": "{"}, "area"), ({"area": TRIANGLE}, "area"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field(lead: User, changes: dict[str, Any], field: str):
    assert field in refused(lead, **changes)


def test_all_wrong_fields_are_refused_together(lead: User):
    wrong = refused(lead, name="", time_zone="Manila", west="50", countries=["XX"], started_at="x")
    assert set(wrong) == {"name", "time_zone", "east", "countries", "started_at"}


def test_without_a_time_zone_something_to_suggest_it_from_is_needed(lead: User):
    none = {"time_zone": "", "countries": [], "west": "", "south": "", "east": "", "north": ""}
    assert set(refused(lead, **none)) == {"time_zone"}


@pytest.mark.parametrize("role", ["viewer", "reviewer", "approver", "auditor", "partner"])
def test_only_leads_and_administrators_manage_events(people: dict[str, User], event: Event, role: str):
    for verb in (
        lambda by: events.create(by=by, fields=GIVEN), lambda by: events.change(event_id=event.pk, version=1, by=by, fields=GIVEN),
        lambda by: events.close(event_id=event.pk, version=1, by=by), lambda by: events.archive(event_id=event.pk, version=1, by=by),
        lambda by: team_areas.create(event=event, by=by, fields={"name": "North", "area": TRIANGLE}),
    ):  # fmt: skip
        with pytest.raises(
            (NotPermitted, Missing) if role == "partner" else NotPermitted
        ):  # who sees no event finds none
            verb(people[role])
    assert events.create(by=people["administrator"], fields=GIVEN).pk


def as_sent(event: Event, **changes: Any) -> dict[str, Any]:
    from responder.events.forms import initial

    return initial(event) | changes


def test_a_form_that_is_sent_unchanged_changes_nothing(lead: User, event: Event):
    before = Event.objects.values(
        "name", "started_at", "west", "south", "east", "north", "country_codes", "time_zone"
    ).get()
    changed = events.change(event_id=event.pk, version=1, by=lead, fields=as_sent(event))
    after = Event.objects.values(*before).get()
    assert after == before and changed.version == 2  # the seconds of its start stay


def test_an_event_is_changed_and_its_reference_stays(lead: User, event: Event):
    events.change(
        event_id=event.pk, version=1, by=lead, fields=as_sent(event, name="High water", ref="other", west="30")
    )
    event.refresh_from_db()
    assert (event.name, event.ref, event.west, event.east) == ("High water", "flood", 30.0, 37.0)
    assert event.area == polygons.rectangle(30.0, -22.0, 37.0, -16.0)
    assert AuditEvent.objects.get(action="event.changed").detail["changed"] == ["name", "area", "west"]


def test_of_two_editors_the_second_is_told(lead: User, event: Event):
    events.change(event_id=event.pk, version=1, by=lead, fields=as_sent(event, name="High water"))
    with pytest.raises(Conflict):
        events.change(event_id=event.pk, version=1, by=lead, fields=as_sent(event, name="Low water"))
    with pytest.raises(Missing):
        events.change(event_id=0, version=1, by=lead, fields=as_sent(event))
    event.refresh_from_db()
    assert event.name == "High water"


def test_whichever_of_polygon_and_numbers_was_changed_counts(lead: User, event: Event):
    def change(**fields: Any) -> Event:
        event.refresh_from_db()
        return events.change(event_id=event.pk, version=event.version, by=lead, fields=as_sent(event, **fields))

    triangle = polygons.parse(TRIANGLE)
    assert change(area=TRIANGLE).area == triangle  # the numbers still show the rectangle before
    assert change().bbox == (34.0, -20.0, 36.0, -18.0)
    assert change(east="36.5").area == polygons.rectangle(34.0, -20.0, 36.5, -18.0)
    assert change(area=TRIANGLE, west="34", south="-20", east="36", north="-18").area == triangle
    with pytest.raises(InvalidFields, match="differ"):
        change(area='{"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 1]]]}', west="3")
    assert change(west="", south="", east="", north="").bbox is None
    assert change(area=TRIANGLE).area == triangle
    emptied = dict.fromkeys(("area", "west", "south", "east", "north"), "")
    assert change(**emptied).area is None


def test_a_hazard_and_a_time_zone_of_an_earlier_version(lead: User, event: Event):
    Event.objects.filter(pk=event.pk).update(hazard="Big wave", time_zone="Manila")
    event.refresh_from_db()
    with pytest.raises(InvalidFields) as caught:
        events.change(event_id=event.pk, version=1, by=lead, fields=as_sent(event))
    assert set(caught.value.fields) == {"time_zone"}  # the hazard stays valid
    changed = events.change(event_id=event.pk, version=1, by=lead, fields=as_sent(event, time_zone="Asia/Manila"))
    assert (changed.hazard, changed.hazard_label) == ("Big wave", "Big wave")


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ({"time_zone": "Manila"}, "time_zone"), ({"west": 40.0}, "east"), ({"south": 10.0}, "north"), ({"north": None}, "north"),
        ({"country_codes": ["XX"]}, "country_codes"), ({"country_codes": "MZ"}, "country_codes"), ({"languages": [1]}, "languages"),
        ({"keywords": [""]}, "keywords"), ({"area": {"type": "Point"}}, "area"),
    ],
)  # fmt: skip
def test_the_model_refuses_the_same_at_every_door(event: Event, columns: dict[str, Any], field: str):
    for name, value in columns.items():
        setattr(event, name, value)
    with pytest.raises(ValidationError) as caught:
        event.full_clean()
    assert field in caught.value.message_dict


def test_team_areas_are_made_changed_and_deleted(lead: User, event: Event):
    area = team_areas.create(event=event, by=lead, fields={"name": "North team", "area": TRIANGLE})
    with pytest.raises(InvalidFields) as caught:
        team_areas.create(event=event, by=lead, fields={"name": "North  team", "area": TRIANGLE})
    assert set(caught.value.fields) == {"name"}
    with pytest.raises(InvalidFields) as caught:
        team_areas.create(event=event, by=lead, fields={"name": ""})
    assert set(caught.value.fields) == {"name", "area"}
    changed = team_areas.change(
        area_id=area.pk,
        version=1,
        by=lead,
        fields={"name": "South", "west": "1", "south": "1", "east": "2", "north": "2"},
    )
    assert (changed.name, changed.area, changed.version) == ("South", polygons.rectangle(1.0, 1.0, 2.0, 2.0), 2)
    with pytest.raises(Conflict):
        team_areas.delete(area_id=area.pk, version=1, by=lead)
    team_areas.delete(area_id=area.pk, version=2, by=lead)
    assert not TeamArea.objects.exists()
    assert list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True)) == [
        "team_area.created", "team_area.changed", "team_area.deleted",
    ]  # fmt: skip


def test_team_areas_of_an_event_are_bounded(lead: User, event: Event, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(team_areas, "MOST_AREAS", 1)
    team_areas.create(event=event, by=lead, fields={"name": "North", "area": TRIANGLE})
    with pytest.raises(Invalid, match="already"):
        team_areas.create(event=event, by=lead, fields={"name": "South", "area": TRIANGLE})
