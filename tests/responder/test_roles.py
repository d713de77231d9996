"""Roles in all events and in single ones, and the groups that hold them."""

import subprocess
import sys
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.core.checks import run_checks
from django.db import transaction
from django.db.models import OuterRef, Value
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from responder import roles
from responder.models import Event, EventRole, Membership, Organisation, User
from responder.roles import LEAD, VIEW

pytestmark = pytest.mark.django_db
ABILITIES = sorted({ability for abilities in roles.ROLES.values() for ability in abilities})


@pytest.fixture
def two_events(event: Event) -> tuple[Event, Event]:
    return event, Event.objects.create(ref="quake", name="Earthquake")


def test_one_query_reads_roles_in_all_and_in_single_events(
    two_events: tuple[Event, Event], people: dict[str, User], django_assert_num_queries: Any
) -> None:
    flood, quake = two_events
    EventRole.objects.create(person=people["viewer"], event=quake, role="lead")
    viewer = User.objects.get(pk=people["viewer"].pk)
    with django_assert_num_queries(1):
        assert roles.role_names(viewer) == {"viewer", "lead"}
        assert roles.allows(viewer, LEAD)
        assert roles.allows_in(viewer, LEAD, quake)
        assert not roles.allows_in(viewer, LEAD, flood)
        assert not roles.allows_in(viewer, LEAD, None)
        assert roles.allows_in(viewer, VIEW, flood.pk)
        assert roles.events_of(viewer, LEAD) == {quake.pk}
        assert roles.events_of(viewer, VIEW) is None
        assert roles.visible_events(viewer) is None


def test_who_holds_roles_only_in_single_events_sees_only_these(two_events: tuple[Event, Event]) -> None:
    flood, quake = two_events
    person = User.objects.create_user("bea")
    assert roles.visible_events(person).count() == 0  # type: ignore[union-attr]
    roles.forget(person)
    EventRole.objects.create(person=person, event=flood, role="reviewer")
    assert list(roles.visible_events(person) or []) == [flood]
    assert not roles.allows_in(person, VIEW, quake)
    assert not roles.allows_in(person, VIEW, None)


def test_only_viewer_reviewer_and_lead_count_in_a_single_event(event: Event) -> None:
    person = User.objects.create_user("bea")
    EventRole.objects.bulk_create(
        EventRole(person=person, event=event, role=role[:8]) for role in ("auditor", "partner")
    )
    assert not roles.role_names(person)
    EventRole.objects.create(person=person, event=event, role="lead")
    roles.forget(person)
    assert {ability for ability in ABILITIES if roles.allows(person, ability)} == (
        roles.ROLES["lead"] & roles.EVENT_ABILITIES
    )
    assert not roles.allows(person, roles.CORRECT)


def test_nobody_inactive_paused_or_unknown_has_a_role(event: Event) -> None:
    person = User.objects.create_user("bea")
    EventRole.objects.create(person=person, event=event, role="lead")
    organisation = Organisation.objects.create(name="Relief", is_active=False)
    Membership.objects.create(person=person, organisation=organisation)
    assert roles.is_paused(person)
    assert not roles.allows(person, VIEW)
    assert roles.events_of(AnonymousUser(), VIEW) == frozenset()
    person = User(pk=person.pk, is_active=False, is_superuser=True)
    assert roles.events_of(person, VIEW) == frozenset()


HELD = st.sets(st.tuples(st.sampled_from(["flood", "quake", "all"]), st.sampled_from(sorted(roles.ROLES))))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(held=HELD, superuser=st.integers(0, 9).map(lambda n: n == 0), active=st.integers(0, 9).map(lambda n: n > 0))
def test_abilities_are_what_a_plain_model_says(
    two_events: tuple[Event, Event], people: dict[str, User], held: set[tuple[str, str]], superuser: bool, active: bool
) -> None:
    with transaction.atomic():
        events = dict(zip(("flood", "quake"), two_events, strict=True))
        person = User.objects.create(username="asking", is_superuser=superuser, is_active=active)
        groups = Group.objects.in_bulk(roles.ROLES, field_name="name")
        person.groups.set([groups[role] for where, role in held if where == "all"])
        EventRole.objects.bulk_create(
            EventRole(person=person, event=events[where], role=role[:8])
            for where, role in held if where != "all" and role in roles.EVENT_ROLES
        )  # fmt: skip

        def has(ability: str, where: str) -> bool:
            """The model: superusers can do all; a role in all events counts everywhere, one in an event there."""
            if not active or superuser:
                return active
            everywhere = any(ability in roles.ROLES[role] for at, role in held if at == "all")
            here = any(
                ability in roles.ROLES[role] and ability in roles.EVENT_ABILITIES
                for at, role in held if at == where and at != "all" and role in roles.EVENT_ROLES
            )  # fmt: skip
            return everywhere or here

        for ability in ABILITIES:
            for name, event in events.items():
                assert roles.allows_in(person, ability, event) == has(ability, name), (ability, name)
            assert roles.allows_in(person, ability, None) == has(ability, "none")
            assert roles.allows(person, ability) == any(has(ability, where) for where in ("flood", "quake", "none"))
            rows = Event.objects.filter(roles.holding(ability, Value(person.pk), OuterRef("pk")))
            assert set(rows.values_list("ref", flat=True)) == {name for name in events if has(ability, name)}
            somewhere = User.objects.filter(roles.holding(ability, OuterRef("pk")), pk=person.pk)
            assert somewhere.exists() == roles.allows(person, ability)
        transaction.set_rollback(True)


def test_a_partner_is_limited_by_roles_in_single_events_alone(event: Event, people: dict[str, User]) -> None:
    partner = people["partner"]
    assert roles.events_of_partner(partner) is None
    EventRole.objects.create(person=partner, event=event, role="viewer")
    roles.forget(partner)
    assert roles.events_of_partner(partner) == {event.pk}
    assert User.objects.filter(roles.limiting_roles(OuterRef("pk"))).get() == partner
    roles.grant(user=partner, role="viewer")
    assert roles.events_of_partner(partner) is None


def test_groups_that_are_no_role_are_said(people: dict[str, User], client: Client) -> None:
    assert roles.unknown_groups() == []
    assert not [one for one in run_checks(databases=["default"]) if one.id == "responder.W001"]
    Group.objects.bulk_create([Group(name="Reviewers"), Group(name="coordinators")])
    assert roles.unknown_groups() == ["Reviewers", "coordinators"]
    first, second = [one for one in run_checks(databases=["default"]) if one.id == "responder.W001"]
    assert "Reviewers" in first.msg and "coordinators" in second.msg and "reviewer" in str(first.hint)
    client.force_login(people["administrator"])
    assert "Reviewers, coordinators" in client.get("/help/roles/").content.decode()
    client.force_login(people["viewer"])
    assert "coordinators" not in client.get("/help/roles/").content.decode()


def test_every_role_and_ability_is_described_on_the_page_for_everybody(client: Client) -> None:
    assert roles.ROLE_TEXTS.keys() == roles.ROLES.keys()
    assert set(roles.ABILITY_TEXTS) == set(ABILITIES)
    client.force_login(User.objects.create_user("no-role-ana", toured=True))
    page = client.get("/help/roles/").content.decode()
    for text in (*roles.ROLE_TEXTS.values(), *roles.ABILITY_TEXTS.values()):
        assert str(text).replace("'", "&#x27;") in page
    for role in roles.ROLES:
        assert client.get(f"/help/{role}/").status_code == 200


MIGRATIONS = {"all at once": [["migrate"]], "auth first": [["migrate", "auth"], ["migrate"]]}


@pytest.mark.parametrize(
    "steps",
    [pytest.param(MIGRATIONS["all at once"], marks=pytest.mark.slow), MIGRATIONS["auth first"]],
    ids=list(MIGRATIONS),
)
def test_a_fresh_production_database_has_all_roles(steps: list[list[str]], tmp_path: Any) -> None:
    environment = {
        "PATH": "/usr/bin:/bin", "RESPONDER_DATA_DIR": str(tmp_path), "RESPONDER_ENV": "production",
        "DATABASE_URL": f"sqlite:///{tmp_path}/fresh.sqlite3", "RESPONDER_SECRET_KEY": "k" * 60,
        "RESPONDER_ALLOWED_HOSTS": "relief.example", "REDIS_URL": "redis://127.0.0.1:1/0",
    }  # fmt: skip
    for step in steps:
        ran = subprocess.run(
            [sys.executable, "-m", "responder.cli", *step, "--verbosity", "0"],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr[-2000:]
    asked = "from responder import roles; from django.contrib.auth.models import Group; "
    asked += "print(sorted(Group.objects.values_list('name', flat=True)) == sorted(roles.ROLES))"
    ran = subprocess.run(
        [sys.executable, "-m", "responder.cli", "shell", "--verbosity", "0", "-c", asked],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.stdout.strip().endswith("True"), ran.stderr[-2000:]
