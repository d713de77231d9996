"""Alerts of an event and of an incident, and where alerts and posts say different things."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from classifier import clock
from responder.hazards import matching, presenting
from responder.hazards.shapes import Shape
from responder.models import Event, HazardSource, Incident, OfficialAlert, Post

pytestmark = pytest.mark.django_db
BEIRA = (34.84, -19.84)


@pytest.fixture
def make_alert(db: None) -> Callable[..., OfficialAlert]:
    """Creates a current flood alert around Beira; keyword arguments replace any column, `at` its middle, `km` its radius."""
    source = HazardSource.objects.create(name="GDACS", kind="gdacs", address="https://gdacs.example/rss")
    numbers = iter(range(1_000))

    def make(
        *, at: tuple[float, float] = BEIRA, km: float = 50.0, located: bool = True, **changes: Any
    ) -> OfficialAlert:
        shape = Shape.of(circles=[(*at, km)]) if located else Shape()
        now = clock.now()
        columns: dict[str, Any] = {
            "source": source, "identifier": f"a{next(numbers)}", "hazard": "flood", "level": 2, "level_word": "Orange",
            "headline": "Flood in Sofala", "sent": now - timedelta(hours=3), "valid_until": now + timedelta(days=1),
            "shape": shape.as_json(),
        }  # fmt: skip
        columns |= dict(zip(("west", "south", "east", "north"), shape.bounds or [None] * 4, strict=True))
        return OfficialAlert.objects.create(**(columns | changes))

    return make


MakeAlert = Callable[..., OfficialAlert]
MakePost = Callable[..., Post]


def test_alerts_of_an_event(event: Event, make_alert: MakeAlert) -> None:
    near, unlocated = make_alert(), make_alert(located=False)
    make_alert(at=(100.0, 15.0))  # in Thailand
    make_alert(valid_until=event.started_at - timedelta(days=8))  # long before
    make_alert(is_exercise=True)
    make_alert(message_type="Cancel", state="cancelled")
    cancelled = make_alert(state="cancelled")
    assert set(matching.touching(event)) == {near, unlocated, cancelled}
    assert set(matching.current(matching.touching(event))) == {near, unlocated}
    assert set(matching.ended(matching.touching(event))) == {cancelled}


def test_alerts_of_exercises_and_of_closed_events(event: Event, make_alert: MakeAlert) -> None:
    exercise = make_alert(is_exercise=True)
    event.is_exercise = True
    assert set(matching.touching(event)) == {exercise}
    event.state, event.state_at = Event.State.CLOSED, clock.now() - timedelta(days=1)
    assert not matching.touching(event).exists()  # sent after it was closed


def test_alerts_that_support_an_incident(event: Event, make_alert: MakeAlert) -> None:
    event.hazard = "flood"
    event.save()
    now = clock.now()
    incident = Incident.objects.create(
        event=event, title="Roofs", latitude=-19.84, longitude=34.84, radius_km=5.0, started_at=now - timedelta(hours=2),
        last_evidence_at=now, size=4, authors=3,
    )  # fmt: skip
    flood = make_alert()
    cyclone = make_alert(hazard="tropical_cyclone", at=(35.5, -19.84), km=80.0, sent=now - timedelta(days=1))
    make_alert(hazard="earthquake")
    make_alert(at=(34.84, -18.0), km=50.0)  # 150 km to the north
    make_alert(state="replaced")
    make_alert(sent=now + timedelta(hours=9))
    make_alert(valid_until=now - timedelta(hours=9))
    assert matching.supporting(incident) == [flood, cyclone]
    assert presenting.line(flood).replace("\xa0", " ") == "GDACS: flood, orange, issued 3 hours ago"
    incident.refresh_from_db()
    assert (incident.size, incident.authors) == (4, 3)  # an alert counts as neither
    incident.latitude = incident.longitude = None
    assert matching.supporting(incident) == []


def test_line_of_an_alert_that_has_ended(make_alert: MakeAlert) -> None:
    assert presenting.line(make_alert(state="cancelled")).endswith("ago, cancelled by its sender")


def test_alert_without_posts(event: Event, make_alert: MakeAlert, make_post: MakePost) -> None:
    beira, tete = make_alert(), make_alert(at=(33.59, -16.16))
    assert set(matching.without_posts(event)) == {beira, tete}
    make_post()  # in Beira
    make_post(latitude=-16.16, longitude=33.59, created_at=clock.now() - timedelta(hours=30))  # too long ago
    assert matching.without_posts(event) == [tete]
    make_alert(located=False)
    make_alert(hazard="volcano", at=(33.59, -16.16))
    event.hazard = "flood"
    assert matching.without_posts(event) == [tete]


def test_posts_without_alert(event: Event, make_alert: MakeAlert, make_post: MakePost) -> None:
    for number in range(6):
        make_post(severity=1 if number < 2 else 3)
        make_post(place_name="Tete", latitude=-16.16, longitude=33.59)
    for _number in range(4):
        make_post(place_name="Chimoio", latitude=-19.12, longitude=33.48)
    found = {place.name: (place.count, place.urgent) for place in matching.without_alert(event)}
    assert found == {"Beira": (6, 2), "Tete": (6, 0)}
    make_alert()
    assert [place.name for place in matching.without_alert(event)] == ["Tete"]


def test_number_of_queries_does_not_grow(event: Event, make_alert: MakeAlert, make_post: MakePost) -> None:
    def queries() -> tuple[int, int]:
        with CaptureQueriesContext(
            connection,
        ) as first:
            matching.without_posts(event)
        with CaptureQueriesContext(connection) as second:
            matching.without_alert(event)
        return len(first), len(second)

    make_alert()
    make_post()
    before = queries()
    for number in range(12):
        make_alert(at=(33.0 + number / 4, -20.0))
        make_post(place_name=f"Town {number}", latitude=-20.0 + number / 10, longitude=34.0)
    assert queries() == before == (2, 2)
