"""The developers' page shows a working call and the person's own tokens, never a secret."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from classifier import clock
from monitoring.models import AuditEvent
from responder import roles
from responder.errors import Invalid
from responder.models import ApiToken, User
from responder.partners import organisations, tokens
from tests.responder.html_forms import read_forms

pytestmark = pytest.mark.django_db
URL = "/developers/"


@pytest.mark.parametrize("role", [*roles.ROLES, "superuser"])
def test_partners_and_superusers_alone_may_look(client: Client, people: dict[str, User], role: str) -> None:
    client.force_login(people[role])
    able = role == "superuser" or roles.USE_API in roles.ROLES[role]
    assert client.get(URL).status_code == (200 if able else 403)


def test_strangers_are_sent_to_the_log_in(client: Client) -> None:
    assert client.get(URL)["Location"].startswith("/login/")


def test_a_person_sees_their_own_tokens_and_their_state(client: Client, people: dict[str, User], issue: Any) -> None:
    organisation = organisations.joined("Mine <b>", people["partner"], by=people["superuser"])
    mine, secret = issue(organisation=organisation)
    gone, _ = issue(name="Gone", organisation=organisation)
    tokens.revoke(token=gone, by=people["partner"])
    old, _ = issue(name="Old", organisation=organisation, expires_at=clock.now() + timedelta(days=1))
    ApiToken.objects.filter(pk=old.pk).update(expires_at=clock.now() - timedelta(days=1))
    theirs, _ = issue(owner=people["superuser"], by=people["superuser"])
    client.force_login(people["partner"])
    html = client.get(URL).content.decode()
    assert all(token.prefix in html for token in (mine, gone, old)) and theirs.prefix not in html
    assert secret not in html and mine.digest not in html
    assert "Mine &lt;b&gt;" in html
    assert "revoked" in html and "expired" in html and "valid, no expiry" in html


def test_the_example_is_a_call_of_this_site(client: Client, people: dict[str, User]) -> None:
    client.force_login(people["partner"])
    html = client.get(URL, headers={"Host": "localhost"}).content.decode()
    assert "http://localhost/api/v1/predictions" in html
    assert "style=" not in re.sub(r"<head>.*</head>", "", html, flags=re.S)


FORM = {"name": "Desk  one", "scope": ["predict", "read:posts"], "days": "30"}
SECRET = re.compile(r"rsp_[\w-]{50,}")


@pytest.fixture
def partner(people: dict[str, User]) -> Client:
    organisations.joined("Relief", people["partner"], by=people["superuser"])
    client = Client()
    client.force_login(people["partner"])
    return client


def acts(token: ApiToken) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{URL}tokens", FORM),
        (f"{URL}tokens/{token.pk}/rotate", {"hours": "24"}),
        (f"{URL}tokens/{token.pk}/revoke", {}),
    ]


@pytest.mark.parametrize("role", [*roles.ROLES, "superuser", "nobody"])
def test_each_address_for_each_role_and_a_token_of_somebody_else(
    people: dict[str, User], issue: Any, role: str
) -> None:
    token, secret = issue()
    client = Client()
    if role != "nobody":
        client.force_login(people[role])
    for url, form in acts(token)[1:] if role == "superuser" else acts(token):
        if role == "partner":
            continue
        answer = client.post(url, form)
        assert answer.status_code == {"nobody": 302, "superuser": 404}.get(role, 403), url
    assert tokens.verify(secret) == token and ApiToken.objects.count() == 1
    assert ApiToken.objects.get().expires_at is None


def test_a_partner_makes_a_token_whose_secret_is_in_that_one_answer(partner: Client, people: dict[str, User]) -> None:
    answer = partner.post(f"{URL}tokens", FORM)
    assert answer.status_code == 201 and "no-store" in answer["Cache-Control"]
    (secret,) = SECRET.findall(answer.content.decode())
    token = tokens.verify(secret)
    assert token and (token.name, token.scopes) == ("Desk one", ["predict", "read:posts"])
    assert token.owner == people["partner"] and str(token.organisation) == "Relief"
    assert token.expires_at and timedelta(days=29) < token.expires_at - clock.now() <= timedelta(days=30)
    assert secret not in partner.get(URL).content.decode()
    assert secret[12:] not in str(dict(partner.session)) + str(list(ApiToken.objects.values()))


@pytest.mark.parametrize(
    "wrong",
    [
        {"scope": []},
        {"scope": ["admin"]},
        {"days": "0"},
        {"days": "9999"},
        {"days": ""},
        {"name": " "},
        {"name": "x" * 101},
    ],
)
def test_a_form_that_makes_no_sense_is_refused_with_what_was_typed(partner: Client, wrong: dict[str, Any]) -> None:
    answer = partner.post(f"{URL}tokens", FORM | wrong)
    html = answer.content.decode()
    assert answer.status_code == 400 and 'role="alert"' in html and not ApiToken.objects.exists()
    assert read_forms(answer).value("name") == (FORM | wrong)["name"] and not SECRET.findall(html)


def test_all_errors_stand_beside_their_fields_and_what_was_typed_stays(partner: Client) -> None:
    form = read_forms(partner.post(f"{URL}tokens", {"name": "x" * 101, "scope": ["admin", "predict"], "days": "30"}))
    assert form.errors == {
        "name": "A token's name must have 1 to 100 characters.",
        "scope": f"Choose scopes from: {', '.join(tokens.SCOPES)}.",
    }
    assert (form.value("name"), form.value("days"), form.ticked("scope")) == ("x" * 101, "30", ["predict"])
    assert form.focused == ["name"]
    lifetime = read_forms(partner.post(f"{URL}tokens", FORM | {"days": "9999"}))
    assert lifetime.errors == {"days": "Choose one of the options."} and lifetime.focused == ["days"]
    assert lifetime.ticked("scope") == FORM["scope"]
    scopes = read_forms(partner.post(f"{URL}tokens", FORM | {"scope": []}))
    assert list(scopes.errors) == ["scope"] and scopes.focused == ["scope_0"] and scopes.ticked("scope") == []


@pytest.mark.parametrize("hours", [0, 24])
def test_a_successor_works_beside_the_old_token_for_as_long_as_was_chosen(
    partner: Client, issue: Any, hours: int, time_machine: Any
) -> None:
    old, secret = issue(scopes=["read:posts"], expires_at=clock.now() + timedelta(days=90))
    answer = partner.post(f"{URL}tokens/{old.pk}/rotate", {"hours": str(hours)})
    (new_secret,) = SECRET.findall(answer.content.decode())
    new = tokens.verify(new_secret)
    assert new and new.scopes == old.scopes and new.pk != old.pk
    assert new.expires_at and abs(new.expires_at - clock.now() - timedelta(days=90)) < timedelta(minutes=1)
    assert (tokens.verify(secret) == old) is (hours > 0)
    time_machine.move_to(clock.now() + timedelta(hours=hours, minutes=1))
    assert tokens.verify(secret) is None and tokens.verify(new_secret) == new
    audit = AuditEvent.objects.get(action="token.rotated")
    assert audit.detail["successor"] == new.prefix and new_secret not in str(audit.detail)


def test_replacing_never_lengthens_a_life_and_never_revives(partner: Client, issue: Any) -> None:
    soon = clock.now() + timedelta(hours=2)
    old, _secret = issue(expires_at=soon)
    assert partner.post(f"{URL}tokens/{old.pk}/rotate", {"hours": "168"}).status_code == 201
    assert ApiToken.objects.get(pk=old.pk).expires_at == soon
    tokens.revoke(token=old, by=old.owner)
    before = ApiToken.objects.count()
    for hours in ("24", "5", ""):
        assert partner.post(f"{URL}tokens/{old.pk}/rotate", {"hours": hours}).status_code == 400
    assert ApiToken.objects.count() == before
    with pytest.raises(Invalid):
        tokens.rotate(token=issue()[0], overlap=timedelta(days=31), by=old.owner)


def test_revoking_refuses_the_very_next_request(partner: Client, as_partner: Any) -> None:
    api = as_partner()
    token = ApiToken.objects.get()
    assert api.get("/api/v1/categories").status_code == 200
    assert partner.post(f"{URL}tokens/{token.pk}/revoke")["Location"] == URL
    assert api.get("/api/v1/categories").status_code == 401
    assert "is revoked" in partner.get(URL).content.decode()
    assert partner.post(f"{URL}tokens/{2**70}/revoke").status_code == 404


def test_forged_forms_are_refused_and_tokens_have_a_limit(
    people: dict[str, User], issue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, secret = issue()
    forger = Client(enforce_csrf_checks=True)
    forger.force_login(people["partner"])
    for url, form in acts(token):
        assert forger.post(url, form).status_code == 403
    assert tokens.verify(secret)
    monkeypatch.setattr(tokens, "MOST_USABLE", 2)
    issue()
    with pytest.raises(Invalid, match="Revoke one first"):
        issue()
    tokens.revoke(token=token, by=token.owner)
    issue()
