"""The developers' page shows a working call and the person's own tokens, never a secret."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from classifier import clock
from responder import roles, tokens
from responder.models import ApiToken, User

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
    mine, secret = issue(organisation="Mine <b>")
    gone, _ = issue(name="Gone")
    tokens.revoke(token=gone, by=people["partner"])
    old, _ = issue(name="Old", expires_at=clock.now() + timedelta(days=1))
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
