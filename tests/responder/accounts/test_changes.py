"""Who got which role from whom, who signed in, who failed to: on the record, and bounded where a stranger writes it."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from monitoring import audit
from monitoring.models import AuditEvent
from responder import roles
from responder.accounts import changes
from responder.models import LogInFailure, User

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _no_tries_of_another_test() -> None:
    cache.clear()


def events(action: str = "", **about: Any) -> list[tuple[str, str, dict[str, Any]]]:
    found = AuditEvent.objects.filter(**about).order_by("sequence")
    return [(one.actor, one.action, one.detail) for one in found if one.action.startswith(action)]


def role_event(verb: str, role: str, by: str, user: str = "viewer-ana") -> tuple[str, str, dict[str, Any]]:
    return (by, f"role.{verb}", {"user": user, "role": role})


def test_a_form_of_the_admin_names_the_roles_that_it_grants_and_takes(client: Client, people: dict[str, User]) -> None:
    person, auditor = people["viewer"], Group.objects.get(name="auditor")
    client.force_login(people["superuser"])
    form = {"username": person.username, "is_active": "on", "groups": [auditor.pk], "theme": ""}
    assert client.post(reverse("admin:responder_user_change", args=[person.pk]), form).status_code == 302
    found = events("role.", object_id=str(person.pk), object_type="user")
    assert found == [
        role_event("revoked", "viewer", "user:root-ana"),
        role_event("granted", "auditor", "user:root-ana"),
    ]


def test_every_way_to_change_roles_is_recorded(people: dict[str, User]) -> None:
    person, lead, approver = people["viewer"], *Group.objects.filter(name__in=("lead", "approver")).order_by("-name")
    by = "system:operator"
    roles.grant(user=person, role="lead")
    lead.user_set.remove(person)  # type: ignore[attr-defined]
    person.groups.set([approver])
    person.groups.clear()
    approver.user_set.add(person)  # type: ignore[attr-defined]
    approver.user_set.clear()  # type: ignore[attr-defined]
    assert [one for one in events("role.") if one[2]["user"] == "viewer-ana"] == [
        role_event("granted", "lead", by), role_event("revoked", "lead", by), role_event("revoked", "viewer", by),
        role_event("granted", "approver", by), role_event("revoked", "approver", by), role_event("granted", "approver", by),
        role_event("revoked", "approver", by),
    ]  # fmt: skip
    assert audit.verify().intact


def test_flags_and_passwords_are_recorded_and_other_columns_are_not(people: dict[str, User]) -> None:
    person = people["viewer"]
    person.first_name = "Bea"
    person.save()
    assert not events(object_id=str(person.pk))
    person.is_superuser = person.is_staff = True
    person.save()
    person.is_superuser = person.is_staff = person.is_active = False
    person.save(update_fields=["is_superuser", "is_staff", "is_active"])
    person.is_active = True
    person.set_password("another long password")
    person.save()
    User.objects.create_superuser("second-root", password=PASSWORD)
    assert [action for _, action, _ in events("user.")] == [
        "user.superuser_granted", "user.staff_granted", "user.superuser_revoked", "user.staff_revoked",
        "user.deactivated", "user.activated", "user.password_changed", "user.superuser_granted",
    ]  # fmt: skip


def test_a_password_that_is_stored_anew_is_not_a_change(people: dict[str, User], settings: Any) -> None:
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher", "django.contrib.auth.hashers.MD5PasswordHasher",
    ]  # fmt: skip
    assert people["viewer"].check_password(PASSWORD)
    assert [action for _, action, _ in events("user.")] == ["user.password_stored_anew"]


def sign_in(client: Client, name: str, password: str) -> int:
    return client.post(reverse("login"), {"username": name, "password": password}).status_code


def test_log_ins_and_log_outs_are_events_that_auditors_read(client: Client, people: dict[str, User]) -> None:
    sign_in(client, "lead-ana", PASSWORD)
    client.post(reverse("logout"))
    about = {"object_type": "user", "object_id": str(people["lead"].pk)}
    assert [(actor, action) for actor, action, _ in events("session.", **about)] == [
        ("user:lead-ana", "session.started"), ("user:lead-ana", "session.ended"),
    ]  # fmt: skip
    client.force_login(people["auditor"])
    page = client.get(reverse("admin:monitoring_auditevent_changelist")).content.decode()
    assert "session.started" in page and "session.ended" in page


def test_failed_log_ins_are_counted_and_never_flood_the_chain(client: Client, people: dict[str, User]) -> None:
    for number in range(30):  # each from an address of its own, as one address may not try so often
        for name in ("lead-ana", "my secret password", "another secret"):
            form = {"username": name, "password": "wrong"}
            client.post(reverse("login"), form, REMOTE_ADDR=f"10.0.{number}.1")
    assert not AuditEvent.objects.exists()
    counts = set(LogInFailure.objects.values_list("person__username", "count"))
    assert counts == {("lead-ana", 30), (None, 60)}
    client.force_login(people["auditor"])
    page = client.get(reverse("admin:responder_loginfailure_changelist")).content.decode()
    assert "lead-ana" in page and "secret" not in page


def test_a_lock_out_is_one_event_however_often_somebody_goes_on(
    client: Client, people: dict[str, User], settings: Any
) -> None:
    settings.AXES_ENABLED = True
    for number in range(settings.AXES_FAILURE_LIMIT + 5):
        for address in ("10.0.0.1", "10.0.0.2"):
            client.post(reverse("login"), {"username": "lead-ana", "password": "wrong"}, REMOTE_ADDR=address)
            client.post(reverse("login"), {"username": f"secret {number % 2}", "password": "x"}, REMOTE_ADDR=address)
    found = AuditEvent.objects.filter(action="session.locked_out").order_by("sequence")
    assert {(one.object_id, one.detail["user"]) for one in found} <= {
        (str(people["lead"].pk), "lead-ana"),
        ("unknown", None),
    }
    assert len(found) == len({one.object_id for one in found}) > 0
    assert found[0].detail["failures_today"] > 0
    assert "secret" not in str(list(AuditEvent.objects.values()))


def test_counts_are_forgotten_after_a_year(people: dict[str, User]) -> None:
    LogInFailure.objects.create(day="2020-01-01", person=people["lead"])
    changes.prune()
    assert not LogInFailure.objects.exists()
