"""Partner organisations: one row for a name, people who act for it, tokens that live no longer than both."""

import importlib
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError

from monitoring.models import AuditEvent
from responder import migrations as folder
from responder.errors import Invalid, NotPermitted
from responder.models import ApiToken, Membership, Organisation, User
from responder.partners import organisations, tokens

pytestmark = pytest.mark.django_db
ALIKE = ["Red Crescent", " red  CRESCENT ", "RED\tCRESCENT\n", "red crescent"]


def token_of(owner: User, organisation: Organisation | str) -> tuple[ApiToken, str]:
    return tokens.issue(owner=owner, organisation=organisation, name="Desk", scopes=["predict"], by=owner)


@pytest.mark.parametrize("same", [ALIKE, ["École", "e\u0301COLE", "école"], ["می‌روم", "میروم"], ["STRASSE", "Straße"]])
def test_names_that_look_the_same_are_one_organisation(people: dict[str, User], same: list[str]) -> None:
    rows = {organisations.joined(name, people["partner"], by=people["superuser"]).pk for name in same}
    assert len(rows) == 1 and Organisation.objects.get().name == organisations.plain(same[0])
    assert AuditEvent.objects.filter(action="organisation.added").count() == 1
    with pytest.raises(ValidationError, match="An organisation with this name already exists"):
        Organisation(name=same[1]).full_clean()


@pytest.mark.parametrize("name", ["", " \n", "\0", "x" * 201])
def test_names_that_say_nothing_or_too_much_are_refused(people: dict[str, User], name: str) -> None:
    with pytest.raises(Invalid):
        token_of(people["partner"], name)
    assert not Organisation.objects.exists() and not ApiToken.objects.exists()


def test_who_comes_first_manages_who_follows_is_a_member_and_both_are_audited(people: dict[str, User]) -> None:
    for _ in range(2):
        for role in ("partner", "lead"):
            organisations.joined("Relief", people[role], by=people["superuser"])
    assert list(Membership.objects.values_list("person__username", "role")) == [
        ("partner-ana", "manager"), ("lead-ana", "member"),
    ]  # fmt: skip
    audited = AuditEvent.objects.filter(action="organisation.joined").values_list(
        "actor", "detail__name", "detail__person"
    )
    assert set(audited) == {("user:root-ana", "Relief", "partner-ana"), ("user:root-ana", "Relief", "lead-ana")}


def test_a_token_needs_an_active_organisation_that_its_owner_acts_for(people: dict[str, User]) -> None:
    other = Organisation.objects.create(name="Other")
    with pytest.raises(NotPermitted):
        token_of(people["partner"], other)
    Membership.objects.create(organisation=other, person=people["partner"])
    Organisation.objects.update(is_active=False)
    other.refresh_from_db()
    for organisation in (other, "other"):
        with pytest.raises(Invalid, match="is inactive"):
            token_of(people["partner"], organisation)
    assert not ApiToken.objects.exists()


def test_a_token_ends_with_its_organisation_and_with_its_owners_place_in_it(people: dict[str, User]) -> None:
    _, secret = token_of(people["partner"], "Relief")
    _, elsewhere = token_of(people["partner"], "Other")
    relief = Organisation.objects.get(name="Relief")
    Organisation.objects.filter(pk=relief.pk).update(is_active=False)
    assert tokens.verify(secret) is None and tokens.verify(elsewhere)
    Organisation.objects.filter(pk=relief.pk).update(is_active=True)
    assert tokens.verify(secret)
    Membership.objects.filter(organisation=relief).delete()
    assert tokens.verify(secret) is None and tokens.verify(elsewhere)


def test_a_token_is_verified_in_one_query(people: dict[str, User], django_assert_num_queries: object) -> None:
    _, secret = token_of(people["partner"], "Relief")
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert tokens.verify(secret)


def test_names_that_were_typed_become_rows_and_owners_members(people: dict[str, User]) -> None:
    partner, lead = people["partner"], people["lead"]
    for number, (owner, name) in enumerate(
        [(partner, name) for name in ALIKE] + [(lead, ALIKE[1]), (lead, "Relief"), (partner, "x" * 200)]
    ):
        ApiToken.objects.create(
            owner=owner, organisation_name=name, name="t", prefix="rsp_", digest=f"{number:064}", scopes=["predict"]
        )
    (migration,) = Path(str(folder.__file__)).parent.glob("*_organisations.py")
    importlib.import_module(f"responder.migrations.{migration.stem}").carry_over(apps, None)
    assert set(ApiToken.objects.values_list("organisation__name", "organisation_name", "owner__username")) == {
        *(("Red Crescent", name, "partner-ana") for name in ALIKE), ("Red Crescent", ALIKE[1], "lead-ana"),
        ("Relief", "Relief", "lead-ana"), ("x" * 200, "x" * 200, "partner-ana"),
    }  # fmt: skip
    assert sorted(Membership.objects.values_list("organisation__name", "person__username", "role")) == [
        ("Red Crescent", "lead-ana", "member"), ("Red Crescent", "partner-ana", "member"),
        ("Relief", "lead-ana", "member"), ("x" * 200, "partner-ana", "member"),
    ]  # fmt: skip
    assert organisations.joined(" rEd crescent", partner, by=partner).tokens.count() == 5
