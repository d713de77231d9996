"""Assignments and mentions notify the person whom they concern, and nobody else."""

from typing import Any

import pytest

from responder import alerting, mentions
from responder.incidents import handling, responding, undoing
from responder.models import Event, EventRole, Incident, IncidentEntry, Notification, NotificationMessage, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(event: Event) -> Incident:
    return Incident.objects.create(event=event, title="Families on roofs", severity=1, place_name="Nsanje")


def told() -> list[tuple[str, str, str]]:
    rows = Notification.objects.order_by("person__username").select_related("person")
    return [(one.person.username, one.kind, one.level) for one in rows]


def test_who_is_assigned_is_notified(people: dict[str, User], incident: Incident) -> None:
    responding.assign(incident_id=incident.pk, version=1, by=people["lead"], to=people["reviewer"].pk)
    assert told() == [("reviewer-ana", "assigned", "critical")]
    one = Notification.objects.get()
    assert one.title == f"Ana Lead assigned {incident.ref} (Critical, Nsanje) to you"
    assert one.path == f"/incidents/{incident.ref}/"
    assert alerting.compose() == 1 and NotificationMessage.objects.get().path == one.path


def test_who_takes_it_themselves_is_not(people: dict[str, User], incident: Incident) -> None:
    responding.assign(incident_id=incident.pk, version=1, by=people["lead"], to=people["lead"].pk)
    assert told() == []


def test_a_note_notifies_whom_it_mentions(people: dict[str, User], incident: Incident) -> None:
    text = "@lead-ana and @VIEWER-ana. please; not@reviewer-ana, @nobody, @partner-ana and @reviewer-ana"
    handling.note(incident_id=incident.pk, version=1, by=people["reviewer"], text=text)
    assert told() == [("lead-ana", "mention", "warning"), ("viewer-ana", "mention", "warning")]
    assert "please" not in Notification.objects.first().title  # type: ignore[union-attr]


def test_who_may_not_see_the_event_is_not_notified(people: dict[str, User], incident: Incident) -> None:
    other = Event.objects.create(ref="quake", name="Earthquake")
    person = User.objects.create_user("bea")
    EventRole.objects.create(person=person, event=other, role="lead")
    handling.note(incident_id=incident.pk, version=1, by=people["lead"], text="Look, @bea")
    assert told() == []


def test_an_undo_notifies_nobody(people: dict[str, User], incident: Incident) -> None:
    handling.edit(incident_id=incident.pk, version=1, by=people["lead"], summary="x")
    entry = IncidentEntry.objects.latest("pk")
    undoing.undo(incident_id=incident.pk, version=2, by=people["lead"], entry_id=entry.pk)
    assert told() == []


def test_it_costs_nothing_where_nobody_is_concerned(
    people: dict[str, User], incident: Incident, django_assert_num_queries: Any
) -> None:
    entry = IncidentEntry(incident=incident, verb="note", actor=people["lead"], note="Nothing new", version=2)
    with django_assert_num_queries(0):
        mentions.notify(entry, incident)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@lead-ana", ["lead-ana"]), ("(@lead-ana)", ["lead-ana"]), ("a@lead-ana", []), ("@lead-ana.", ["lead-ana"]),
        ("@@lead-ana", []), ("@LEAD-ANA!", ["lead-ana"]), ("@" + "x" * 500, []), ("@lead-ana's", ["lead-ana"]),
        (" ".join(["@lead-ana"] * 500), ["lead-ana"]), ("", []), ("@", []),
    ],
)  # fmt: skip
def test_names_in_a_text(people: dict[str, User], text: str, names: list[str]) -> None:
    assert [one.username for one in mentions.mentioned(text)] == names
