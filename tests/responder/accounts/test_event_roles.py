"""Administrators grant and revoke roles in single events; nobody else does, and each change is on record."""

from typing import Any

import pytest
from django.test import Client

from monitoring.models import AuditEvent
from responder import roles
from responder.accounts import event_roles
from responder.errors import Invalid, InvalidFields, Missing, NotPermitted
from responder.models import Event, EventRole, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def bea(db: None) -> User:
    return User.objects.create_user("bea", first_name="Bea")


def test_granting_and_revoking_are_on_record(people: dict[str, User], event: Event, bea: User) -> None:
    by = people["administrator"]
    row = event_roles.grant(person_id=bea.pk, event=str(event.pk), role="lead", by=by)
    assert event_roles.grant(person_id=bea.pk, event=str(event.pk), role="lead", by=by) == row
    assert event_roles.of_person(bea) == [row]
    assert event_roles.limits(bea)
    event_roles.revoke(person_id=bea.pk, event_role_id=row.pk, by=by)
    with pytest.raises(Missing):
        event_roles.revoke(person_id=bea.pk, event_role_id=row.pk, by=by)
    found = AuditEvent.objects.filter(action__startswith="event_role.").order_by("pk")
    assert [(one.action, one.actor, one.object_id, one.detail) for one in found] == [
        (action, "user:administrator-ana", str(bea.pk), {"user": "bea", "role": "lead", "event": "flood"})
        for action in ("event_role.granted", "event_role.revoked")
    ]


@pytest.mark.parametrize("role", [*roles.ROLES, "nobody"])
def test_only_administrators_change_roles(people: dict[str, User], event: Event, bea: User, role: str) -> None:
    by = people.get(role, bea)
    row = EventRole.objects.create(person=people["viewer"], event=event, role="lead")
    if role == "administrator":
        event_roles.revoke(person_id=people["viewer"].pk, event_role_id=row.pk, by=by)
        return
    with pytest.raises(NotPermitted):
        event_roles.grant(person_id=by.pk, event=str(event.pk), role="lead", by=by)
    with pytest.raises(NotPermitted):
        event_roles.revoke(person_id=people["viewer"].pk, event_role_id=row.pk, by=by)
    assert EventRole.objects.get() == row


@pytest.mark.parametrize("role", ["administrator", "auditor", "partner", "approver", "", "x" * 300, "lead\x00"])
def test_other_roles_are_never_for_a_single_event(people: dict[str, User], event: Event, bea: User, role: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        event_roles.grant(person_id=bea.pk, event=str(event.pk), role=role, by=people["administrator"])
    assert set(refused.value.fields) == {"role"}


@pytest.mark.parametrize("event_id", ["", "0", "-1", "x", "9" * 30, "\x00", "²"])
def test_an_unknown_event_is_refused(people: dict[str, User], bea: User, event_id: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        event_roles.grant(person_id=bea.pk, event=event_id, role="viewer", by=people["administrator"])
    assert set(refused.value.fields) == {"event"}


def test_the_number_of_roles_is_bounded(
    people: dict[str, User], event: Event, bea: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_roles, "MOST", 1)
    event_roles.grant(person_id=bea.pk, event=str(event.pk), role="lead", by=people["administrator"])
    with pytest.raises(Invalid, match="at most 1 role"):
        event_roles.grant(person_id=bea.pk, event=str(event.pk), role="viewer", by=people["administrator"])


def test_the_page_grants_revokes_and_says_what_is_wrong(
    people: dict[str, User], event: Event, bea: User, client: Client
) -> None:
    client.force_login(people["administrator"])
    address = f"/people/{bea.pk}/event-roles"
    assert "No role in all events" in client.get(address).content.decode()
    refused = client.post(address, {"event": str(event.pk), "role": "auditor"})
    assert refused.status_code == 400 and "Choose viewer, reviewer or lead" in refused.content.decode()
    page = client.post(address, {"event": str(event.pk), "role": "reviewer"}, follow=True).content.decode()
    assert "Bea is now reviewer in River flood." in page and "sees only the events below" in page
    row = EventRole.objects.get()
    assert client.post(f"{address}/{row.pk}/revoke").status_code == 302
    assert client.post(f"{address}/{row.pk}/revoke").status_code == 404
    assert client.get("/people/999999/event-roles").status_code == 404


@pytest.mark.parametrize("role", sorted(set(roles.ROLES) - {"administrator"}))
def test_nobody_else_opens_the_page(people: dict[str, User], event: Event, client: Client, role: str, bea: Any) -> None:
    client.force_login(people[role])
    assert client.get(f"/people/{bea.pk}/event-roles").status_code == 403
    assert client.post(f"/people/{bea.pk}/event-roles", {"event": event.pk, "role": "lead"}).status_code == 403
    assert not EventRole.objects.exists()


def test_the_last_event_of_a_partner_stays_because_it_limits_their_tokens(
    people: dict[str, User], event: Event, bea: User
) -> None:
    """Without it they would read all events through the API."""
    by, other = people["administrator"], Event.objects.create(ref="quake", name="Earthquake")
    roles.grant(user=bea, role="partner")
    first = event_roles.grant(person_id=bea.pk, event=str(event.pk), role="viewer", by=by)
    second = event_roles.grant(person_id=bea.pk, event=str(other.pk), role="viewer", by=by)
    event_roles.revoke(person_id=bea.pk, event_role_id=first.pk, by=by)
    User.objects.filter(pk=bea.pk).update(is_active=False)  # they may be activated again
    with pytest.raises(Invalid, match="last event"):
        event_roles.revoke(person_id=bea.pk, event_role_id=second.pk, by=by)
    assert EventRole.objects.get() == second
    assert not AuditEvent.objects.filter(action="event_role.revoked", detail__event="quake").exists()
    bea.groups.clear()
    event_roles.revoke(person_id=bea.pk, event_role_id=second.pk, by=by)
