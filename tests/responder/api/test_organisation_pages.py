"""Whose tokens a person sees and changes at /developers/: a manager all of the organisation, a member their own."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from classifier import clock
from monitoring.models import AuditEvent
from responder import roles
from responder.models import ApiToken, Membership, Organisation, User
from responder.partners import organisations, tokens
from responder.queries.parts import PART_SIZE

pytestmark = pytest.mark.django_db
URL = "/developers/"
FORM = {"name": "New", "scope": ["predict"], "days": "30"}


@pytest.fixture
def team(people: dict[str, User]) -> dict[str, User]:
    """Manager and two members of Relief, and the manager of another organisation; all partners."""
    found = {}
    for name, organisation in (("manager", "Relief"), ("member", "Relief"), ("other", "Relief"), ("elsewhere", "Aid")):
        person = User.objects.create_user(f"{name}-bea", first_name="Bea", last_name=name.title())
        roles.grant(user=person, role="partner")
        organisations.joined(organisation, person, by=people["superuser"])
        found[name] = person
    return found


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.parametrize(
    ("who", "status"), [("manager", 200), ("member", 200), ("other", 404), ("elsewhere", 404), ("superuser", 404)]
)
@pytest.mark.parametrize("act", ["rotate", "revoke"])
def test_who_changes_the_token_of_a_member(
    people: dict[str, User], team: dict[str, User], issue: Any, who: str, status: int, act: str
) -> None:
    token, secret = issue(owner=team["member"], by=team["member"])
    client = signed_in((people | team)[who])
    assert (token.prefix in client.get(URL).content.decode()) is (status == 200)
    answer = client.post(f"{URL}tokens/{token.pk}/{act}", {"hours": "0"})
    assert answer.status_code == {200: {"rotate": 201, "revoke": 302}[act]}.get(status, status)
    assert (tokens.verify(secret) is None) is (status == 200)
    events = AuditEvent.objects.filter(action__in=("token.rotated", "token.revoked"))
    if status == 200:
        assert events.get().actor == f"user:{who}-bea" and events.get().detail["organisation"] == "Relief"
        assert events.get().detail["owner"] == "member-bea"
    else:
        assert not events.exists() and ApiToken.objects.count() == 1


def test_a_successor_belongs_to_who_sees_its_secret(team: dict[str, User], issue: Any) -> None:
    old, _ = issue(owner=team["member"], by=team["member"], expires_at=clock.now() + timedelta(days=9))
    ApiToken.objects.update(rate="7/min", daily_quota=70)
    answer = signed_in(team["manager"]).post(f"{URL}tokens/{old.pk}/rotate", {"hours": "24"})
    assert answer.status_code == 201
    new = ApiToken.objects.exclude(pk=old.pk).get()
    assert (new.owner, str(new.organisation), new.rate, new.daily_quota) == (team["manager"], "Relief", "7/min", 70)


def test_a_person_of_two_organisations_chooses_and_those_of_others_are_not_there(
    team: dict[str, User], people: dict[str, User]
) -> None:
    person = team["manager"]
    organisations.joined("Second", person, by=people["superuser"])
    ids = dict(Organisation.objects.values_list("name", "pk"))
    client = signed_in(person)
    page = client.get(URL).content.decode()
    assert f'href="?organisation={ids["Second"]}"' in page and "Bea Member" in page and "Bea Elsewhere" not in page
    assert client.post(f"{URL}tokens?organisation={ids['Second']}", FORM).status_code == 201
    assert str(ApiToken.objects.get().organisation) == "Second"
    for wrong in (ids["Aid"], 0, "x", "9" * 40, "", "²", "-1"):
        assert client.get(URL, {"organisation": wrong}).status_code == 404, wrong
        assert client.post(f"{URL}tokens?organisation={wrong}", FORM).status_code == 404, wrong
    assert ApiToken.objects.count() == 1
    alone = signed_in(team["member"]).get(URL).content.decode()
    assert "?organisation=" not in alone and "Bea Manager" in alone


@pytest.mark.parametrize("who", ["partner", "superuser"])
def test_who_acts_for_no_organisation_is_told_what_to_do(people: dict[str, User], who: str) -> None:
    client = signed_in(people[who])
    page = client.get(URL).content.decode()
    assert "ask an administrator" in page and "Create token" not in page
    assert ("/admin/responder/organisation/add/" in page) is (who == "superuser")
    answer = client.post(f"{URL}tokens", FORM)
    assert answer.status_code == 400 and "belong to an organisation yet" in answer.content.decode()


def test_what_is_not_active_is_said_and_makes_no_token(
    people: dict[str, User], team: dict[str, User], issue: Any
) -> None:
    token, _ = issue(owner=team["member"], by=team["member"])
    client = signed_in(team["manager"])
    Membership.objects.filter(person=team["member"]).delete()
    assert "its owner left" in client.get(URL).content.decode()
    organisations.joined("Second", team["manager"], by=people["superuser"])  # else the session would end
    relief = Organisation.objects.get(name="Relief")
    Organisation.objects.filter(pk=relief.pk).update(is_active=False)
    page = client.get(URL, {"organisation": relief.pk}).content.decode()
    assert "inactive" in page and "Create token" not in page and token.prefix in page
    assert client.post(f"{URL}tokens?organisation={relief.pk}", FORM).status_code == 400
    assert client.post(f"{URL}tokens/{token.pk}/rotate", {"hours": "1"}).status_code == 400
    assert client.post(f"{URL}tokens/{token.pk}/revoke").status_code == 302


def test_the_next_request_is_refused_once_the_organisation_is_not_active(
    people: dict[str, User], as_partner: Any
) -> None:
    api = as_partner()
    assert api.get("/api/v1/categories").status_code == 200
    row = Organisation.objects.get()
    form = {
        "name": row.name, "memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": row.memberships.get().pk, "memberships-0-person": people["partner"].pk,
        "memberships-0-role": "member", "memberships-0-organisation": row.pk,
    }  # fmt: skip
    admin = signed_in(people["superuser"])
    assert admin.post(f"/admin/responder/organisation/{row.pk}/change/", form).status_code == 302
    assert api.get("/api/v1/categories").status_code == 401
    audit_event = AuditEvent.objects.get(action="organisation.changed")
    assert (
        audit_event.actor == "user:root-ana"
        and audit_event.detail["name"] == "Relief"
        and audit_event.detail["is_active"] is False
    )
    assert audit_event.detail["people"] == {"partner-ana": "member"}
    form |= {"is_active": "on", "memberships-0-DELETE": "on"}
    assert admin.post(f"/admin/responder/organisation/{row.pk}/change/", form).status_code == 302
    assert api.get("/api/v1/categories").status_code == 401 and not Membership.objects.exists()


def test_superusers_make_organisations_and_set_what_tokens_may_send(people: dict[str, User], issue: Any) -> None:
    admin = signed_in(people["superuser"])
    form = {
        "name": "New  Aid", "is_active": "on", "rate": "5/min", "daily_quota": "9", "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0", "memberships-0-person": people["partner"].pk, "memberships-0-role": "manager",
    }  # fmt: skip
    add = "/admin/responder/organisation/add/"
    for wrong in ({"rate": "5 a minute"}, {"rate": "0/min"}, {"daily_quota": "0"}, {"name": " "}):
        assert admin.post(add, form | wrong).status_code == 200, wrong
    assert admin.post(add, form).status_code == 302
    assert (
        "An organisation with this name already exists" in admin.post(add, form | {"name": "NEW AID"}).content.decode()
    )
    row = Organisation.objects.get()
    assert (row.name, row.created_by, row.memberships.get().role) == ("New Aid", people["superuser"], "manager")
    token, _ = issue(organisation=row)
    page = f"/admin/responder/apitoken/{token.pk}/change/"
    assert admin.post(page, {"rate": "2/sec", "daily_quota": "3", "name": "forged"}).status_code == 302
    token.refresh_from_db()
    assert (token.rate, token.daily_quota, token.name) == ("2/sec", 3, "Desk")
    audit_event = AuditEvent.objects.get(action="apitoken.changed")
    assert audit_event.detail["owner"] == "partner-ana" and audit_event.detail["daily_quota"] == 3
    assert admin.post(f"/admin/responder/apitoken/{token.pk}/delete/", {"post": "yes"}).status_code == 403
    assert admin.get("/admin/responder/apitoken/add/").status_code == 403


def test_tokens_come_in_parts_also_after_a_form(team: dict[str, User]) -> None:
    row = Organisation.objects.get(name="Relief")
    ApiToken.objects.bulk_create(
        ApiToken(
            organisation=row, organisation_name="Relief", owner=team["member"], name="t", prefix=f"rsp_{n:08}",
            digest=f"{n:064}", scopes=["predict"],
        )
        for n in range(PART_SIZE + 2)
    )  # fmt: skip
    client = signed_in(team["manager"])
    first = client.get(f"{URL}?organisation={row.pk}").context["tokens"]
    rest = client.get(first.next_url).context["tokens"]
    assert len({token.pk for token in [*first.rows, *rest.rows]}) == PART_SIZE + 2 and not rest.next_url
    after = client.post(f"{URL}tokens?organisation={row.pk}", FORM).context["tokens"]
    assert client.get(after.next_url).status_code == 200 and len(after.rows) == PART_SIZE
