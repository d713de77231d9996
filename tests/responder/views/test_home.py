"""The start page: where people land by their role."""

from typing import Any

import pytest
from django.test import Client

from responder import roles
from responder.models import User
from responder.web import navigation

pytestmark = pytest.mark.django_db
FIRST = {"partner": "/developers/"}  # everybody else reads the map


def sign_in(client: Client, user: User, **form: str) -> Any:
    return client.post("/login/", {"username": user.username, "password": "correct horse battery"} | form, follow=True)


@pytest.mark.parametrize("role", [*roles.ROLES, "superuser"])
def test_people_land_on_the_map_or_the_first_page_that_they_may_open(
    client: Client, people: dict[str, User], role: str
) -> None:
    answer = sign_in(client, people[role])
    assert answer.status_code == 200
    assert answer.redirect_chain[-1][0] == FIRST.get(role, "/map/")
    assert client.get("/")["Location"] == FIRST.get(role, "/map/")


def test_whoever_holds_no_role_lands_on_the_help(client: Client, people: dict[str, User]) -> None:
    people["viewer"].groups.clear()
    assert sign_in(client, people["viewer"]).redirect_chain[-1] == ("/help/", 302)


@pytest.mark.parametrize("role", roles.ROLES)
def test_the_start_page_is_one_of_everybodys_navigation_and_no_refusal(
    client: Client, people: dict[str, User], role: str
) -> None:
    client.force_login(people[role])
    request = client.get("/help/").wsgi_request
    start = client.get("/")["Location"]
    assert start in [page["url"] for page in navigation.pages_for(request)] and client.get(start).status_code == 200


def test_the_page_that_was_asked_for_comes_first_and_strangers_sign_in(client: Client, people: dict[str, User]) -> None:
    assert client.get("/")["Location"] == "/login/?next=/"
    answer = sign_in(client, people["partner"], next="/files/")
    assert answer.redirect_chain == [("/files/", 302)]
    client.logout()
    elsewhere = sign_in(client, people["partner"], next="https://evil.example/")
    assert elsewhere.redirect_chain[-1][0] == "/developers/"


def test_a_new_role_changes_where_the_start_page_leads(client: Client, people: dict[str, User]) -> None:
    client.force_login(people["partner"])
    assert client.get("/")["Location"] == "/developers/" and "no-store" in client.get("/")["Cache-Control"]
    roles.grant(user=people["partner"], role="viewer")
    assert client.get("/")["Location"] == "/map/"
