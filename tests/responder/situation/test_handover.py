"""Handovers: what the draft tells, who writes, who acknowledges, and what is masked."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from monitoring.models import AuditEvent
from responder.errors import Conflict, Invalid, InvalidFields, Missing, NotPermitted
from responder.models import Event, EventRole, Handover, Incident, User
from responder.models.incident import UNANSWERED
from responder.situation import handover, shift
from tests.responder.situation.conftest import Clock, settle

pytestmark = pytest.mark.django_db
Make = Callable[..., Handover]


@pytest.fixture
def hand(event: Event, people: dict[str, User], now: Clock) -> Make:
    """Drafts a handover of the last `hours` as the lead."""

    def make(hours: float = 8) -> Handover:
        since = (now() - timedelta(hours=hours)).isoformat()
        return handover.draft(event_id=event.pk, by=people["lead"], since=since)

    return make


def take(verb: Callable[..., Any], row: Handover, by: User, **more: Any) -> Handover:
    found: Handover = verb(handover_id=row.pk, version=row.version, by=by, **more)
    return found


def test_the_draft_tells_new_worse_better_unanswered_and_decided(
    event: Event, make_incident: Any, step: Any, now: Clock, people: dict[str, User], hand: Make
) -> None:
    from responder.incidents import handling

    going, worse, better = (make_incident(title) for title in ("Going", "Worse", "Better"))
    step(going, "confirm", "assign", "set_off"), step(worse, "confirm"), step(better, "confirm", "assign")
    false = make_incident("False", severity=1)
    now.on(hours=9)
    step(going, "turn_back"), step(better, "set_off"), step(false, "false")
    worse.refresh_from_db()
    handling.edit(incident_id=worse.pk, version=worse.version, by=people["lead"], severity=1)
    settle(now)
    fresh = make_incident("Fresh", severity=1)
    now.on(minutes=30)
    row = hand()
    ids = {name: set(part["incidents"]) for name, part in row.content.items()}
    assert ids["new"] == {fresh.pk} and ids["worse"] == {going.pk, worse.pk} and ids["better"] == {better.pk}
    unanswered = set(Incident.objects.filter(UNANSWERED, event=event).values_list("pk", flat=True))
    assert ids["unanswered"] == unanswered == {going.pk, worse.pk, fresh.pk}
    assert ids["decided"] == {going.pk, better.pk, false.pk}
    lines = row.content["unanswered"]["lines"]
    assert "Worse" in lines[0] and "nobody going for 30 min" in next(line for line in lines if "Fresh" in line)
    assert "was: High, on the way" in next(line for line in row.content["worse"]["lines"] if "Going" in line)
    assert row.sections["new"] == "\n".join(row.content["new"]["lines"])


def test_what_was_undone_is_no_decision(
    make_incident: Any, step: Any, now: Clock, people: dict[str, User], hand: Make
) -> None:
    from responder.incidents import undoing

    incident = step(make_incident(), "confirm")
    entry = incident.entries.get(verb="confirm")
    undoing.undo(incident_id=incident.pk, version=incident.version, entry_id=entry.pk, by=people["lead"])
    settle(now)
    now.on(minutes=1)
    assert hand().content["decided"]["lines"] == []


def test_people_on_duty_are_those_who_acted_or_were_signed_in(
    event: Event, make_incident: Any, step: Any, now: Clock, people: dict[str, User], other_lead: User
) -> None:
    from responder.models import UserSession

    step(make_incident(), "confirm")
    for name, user in (("a", people["reviewer"]), ("b", people["viewer"])):
        UserSession.objects.create(person=user, session_key=name, last_seen_at=now())
    UserSession.objects.create(person=other_lead, session_key="c", last_seen_at=now() - timedelta(days=1))
    assert shift.people_on_duty(event, now() - timedelta(hours=8)) == [people["lead"], people["reviewer"]]


def test_the_outgoing_lead_writes_and_another_acknowledges(
    hand: Make, people: dict[str, User], other_lead: User
) -> None:
    row = hand()
    duty = [str(people["reviewer"].pk), str(people["lead"].pk)]
    row = take(handover.edit, row, people["lead"], on_duty=duty, notes="Boat 2 is broken")
    assert (
        set(row.on_duty.all()) == {people["reviewer"], people["lead"]} and row.sections["notes"] == "Boat 2 is broken"
    )
    with pytest.raises(Invalid):
        take(handover.acknowledge, row, other_lead)
    row = take(handover.give, row, people["lead"])
    with pytest.raises(NotPermitted, match="someone else"):
        take(handover.acknowledge, row, people["lead"])
    with pytest.raises(Invalid):
        take(handover.edit, row, people["lead"], notes="Later")
    row = take(handover.acknowledge, row, other_lead, remark="Understood")
    assert (row.state, row.acknowledged_by, row.remark) == ("acknowledged", other_lead, "Understood")
    with pytest.raises(Invalid):
        take(handover.acknowledge, row, other_lead)
    actions = AuditEvent.objects.filter(object_type="handover").order_by("sequence").values_list("action", flat=True)
    assert list(actions) == [f"handover.{name}" for name in ("drafted", "edited", "given", "acknowledged")]
    assert not any("Boat" in str(one.detail) for one in AuditEvent.objects.filter(object_type="handover"))


def test_bad_input_is_refused(hand: Make, people: dict[str, User], event: Event, now: Clock) -> None:
    row = hand()
    for since in ("", "x", "2027-01-01T00:00", "2020-01-01T00:00"):
        with pytest.raises(InvalidFields) as refused:
            handover.draft(event_id=event.pk, by=people["lead"], since=since)
        assert list(refused.value.fields) == ["since"]
    for wrong in (["x"], [str(people["viewer"].pk)], ["999999"], ["9" * 40]):
        with pytest.raises(InvalidFields) as refused:
            take(handover.edit, row, people["lead"], on_duty=wrong)
        assert list(refused.value.fields) == ["on_duty"]
    with pytest.raises(InvalidFields) as refused:
        take(handover.edit, row, people["lead"], notes="x" * 6_001, new="x" * 6_001)
    assert sorted(refused.value.fields) == ["new", "notes"]
    stale = Handover.objects.get(pk=row.pk)
    take(handover.edit, row, people["lead"], notes="First")
    with pytest.raises(Conflict):
        take(handover.edit, stale, people["lead"], notes="Second")


@pytest.mark.parametrize("role", ["viewer", "reviewer", "approver", "auditor", "partner", "administrator"])
def test_only_leads_write_and_acknowledge(hand: Make, people: dict[str, User], event: Event, role: str) -> None:
    row = hand()
    for verb in (handover.edit, handover.give, handover.discard, handover.acknowledge):
        with pytest.raises(NotPermitted):
            take(verb, row, people[role])
    with pytest.raises(NotPermitted):
        handover.draft(event_id=event.pk, by=people[role], since="2026-03-14T00:00")


def test_a_lead_of_another_event_finds_nothing(hand: Make) -> None:
    stranger = User.objects.create_user("stranger", toured=True)
    EventRole.objects.create(person=stranger, event=Event.objects.create(ref="quake", name="Quake"), role="lead")
    row = hand()
    with pytest.raises(Missing):
        take(handover.give, row, stranger)
    client = Client()
    client.force_login(stranger)
    assert client.get(reverse("handover", args=[row.pk])).status_code == 404
    assert client.post(reverse("handover-act", args=[row.pk, "give"]), {"version": 1}).status_code == 404


def test_the_pages_from_draft_to_acknowledgement(
    client: Client, make_incident: Any, step: Any, now: Clock, people: dict[str, User], other_lead: User, event: Event
) -> None:
    incident = step(make_incident("Families on roofs", severity=1), "confirm")
    now.on(minutes=5)
    client.force_login(people["lead"])
    assert 'name="since"' in client.get("/handover/?event=flood").content.decode()
    assert client.post("/handover/draft?event=flood", {"since": "soon"}).status_code == 400
    made = client.post("/handover/draft?event=flood", {"since": "2026-03-14T06:00"})
    row = Handover.objects.get()
    assert made["Location"] == reverse("handover-edit", args=[row.pk])
    form = client.get(made["Location"]).content.decode()
    assert "Families on roofs" in form and people["lead"].display_name in form
    sent = {"version": 1, "notes": f"{incident.ref}: call +258 84 123 4567", "on_duty": [str(people["lead"].pk)]}
    assert client.post(made["Location"], sent).status_code == 302
    assert client.post(made["Location"], sent).status_code == 409
    client.post(reverse("handover-act", args=[row.pk, "give"]), {"version": 2})
    page = client.get(reverse("handover", args=[row.pk])).content.decode()
    assert f'href="/incidents/{incident.ref}/"' in page and "84 123" in page and "someone else must acknowledge" in page
    refused = client.post(reverse("handover-act", args=[row.pk, "acknowledge"]), {"version": 3})
    assert refused.status_code == 403
    client.force_login(people["viewer"])
    page = client.get(reverse("handover", args=[row.pk])).content.decode()
    assert "84 123" not in page and "I have read this" not in page
    client.force_login(other_lead)
    done = client.post(
        reverse("handover-act", args=[row.pk, "acknowledge"]), {"version": 3, "remark": "Fine"}, follow=True
    )
    assert "acknowledged by Bea Lead" in done.content.decode()
    assert "Bea Lead" in client.get("/handover/?event=flood").content.decode()


def test_viewers_see_no_drafts(client: Client, hand: Make, people: dict[str, User]) -> None:
    row = hand()
    client.force_login(people["viewer"])
    assert client.get(reverse("handover", args=[row.pk])).status_code == 404
    assert str(row.since.hour) and "Ana Lead" not in client.get("/handover/").content.decode()
    take(handover.give, row, people["lead"])
    assert client.get(reverse("handover", args=[row.pk])).status_code == 200


def test_a_discarded_draft_is_gone(client: Client, hand: Make, people: dict[str, User]) -> None:
    row = hand()
    client.force_login(people["lead"])
    assert client.post(reverse("handover-act", args=[row.pk, "discard"]), {"version": 1}).status_code == 302
    assert client.get(reverse("handover", args=[row.pk])).status_code == 404
