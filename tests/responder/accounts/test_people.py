"""Who administers people may change: roles, state, passwords and sessions, but no superuser, and not the last administrator."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from monitoring import audit
from monitoring.models import AuditEvent
from responder import roles
from responder.accounts import password_links, people, profiles
from responder.errors import Conflict, Invalid, InvalidFields, NotPermitted
from responder.models import PasswordLink, User, UserSession

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
STRONG = "unrelated-cactus-orbit-9-lantern"
FIRST = {"username": "head", "name": "Ada Head", "email": "ada@example.org", "password": STRONG}


@pytest.fixture(autouse=True)
def _no_tries_of_another_test() -> None:
    cache.clear()


@pytest.fixture
def administrator(people: dict[str, User], client: Client) -> User:
    client.force_login(people["administrator"])
    return people["administrator"]


def actions(person: User) -> list[tuple[str, str]]:
    found = AuditEvent.objects.filter(object_type="user", object_id=str(person.pk)).exclude(
        action__startswith="session.s"
    )
    return list(found.order_by("sequence").values_list("actor", "action"))


def test_the_first_administrator_is_made_once_and_on_the_record() -> None:
    person = people.create_first_administrator(**FIRST)
    assert roles.role_names(person) == {"administrator", "lead"}
    assert not person.is_superuser and not person.is_staff and person.check_password(STRONG)
    assert [action for _actor, action in actions(person)] == ["user.created", "role.granted", "role.granted"]
    with pytest.raises(NotPermitted):
        people.create_first_administrator(**FIRST | {"username": "other"})
    assert User.objects.count() == 1 and audit.verify().intact


@pytest.mark.parametrize("field", ["is_superuser", "administrator"])
def test_an_active_superuser_or_administrator_is_enough_and_an_inactive_one_is_not(field: str) -> None:
    other = User.objects.create_user("there-before", is_superuser=field == "is_superuser")
    if field == "administrator":
        roles.grant(user=other, role="administrator")
    with pytest.raises(NotPermitted):
        people.create_first_administrator(**FIRST)
    User.objects.filter(pk=other.pk).update(is_active=False)
    assert people.create_first_administrator(**FIRST).username == "head"


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"username": ""}, {"username"}),
        ({"username": "a b"}, {"username"}),
        ({"username": "x" * 151}, {"username"}),
        ({"username": "TAKEN"}, {"username"}),
        ({"name": " \u200b "}, {"name"}),
        ({"email": "nobody"}, {"email"}),
        ({"password": "short"}, {"password"}),
        ({"password": "password1234"}, {"password"}),
        ({"password": "x" * 2_000}, {"password"}),
        ({"username": "\0", "name": "", "email": "@", "password": ""}, {"username", "name", "email", "password"}),
    ],
)
def test_every_wrong_field_is_named(wrong: dict[str, str], fields: set[str]) -> None:
    User.objects.create_user("taken")
    with pytest.raises(InvalidFields) as error:
        people.create_first_administrator(**FIRST | wrong)
    assert set(error.value.fields) == fields
    assert User.objects.count() == 1


def test_roles_are_changed_on_the_page_and_recorded_with_their_author(
    client: Client, people: dict[str, User], administrator: User
) -> None:
    person = people["viewer"]
    group = Group.objects.create(name="coordinators")
    person.groups.add(group)
    page = client.get(reverse("person", args=[person.pk])).content.decode()
    assert "coordinators" in page and 'value="viewer"' in page
    form = {"roles": ["reviewer", "lead"], "version": str(person.version)}
    assert client.post(reverse("person-roles", args=[person.pk]), form).status_code == 302
    person = User.objects.get(pk=person.pk)
    assert roles.role_names(person) == {"reviewer", "lead"} and group in person.groups.all()
    by = "user:administrator-ana"
    assert actions(person)[-3:] == [(by, "role.revoked"), (by, "role.granted"), (by, "role.granted")]
    again = client.post(reverse("person-roles", args=[person.pk]), form)
    assert again.status_code == 409 and "administrator-ana saved a change first" in again.content.decode()


@pytest.mark.parametrize("wrong", [{"roles": ["king"], "version": "1"}, {"roles": ["lead"], "version": "x"}, {}])
def test_roles_that_do_not_exist_are_refused(
    client: Client, people: dict[str, User], administrator: User, wrong: dict[str, Any]
) -> None:
    assert client.post(reverse("person-roles", args=[people["viewer"].pk]), wrong).status_code == 400
    assert roles.role_names(User.objects.get(username="viewer-ana")) == {"viewer"}


def test_the_last_active_administrator_stays(client: Client, people: dict[str, User], administrator: User) -> None:
    own = {"roles": ["lead"], "version": "1"}
    refused = client.post(reverse("person-roles", args=[administrator.pk]), own)
    assert refused.status_code == 400 and "last active administrator" in refused.content.decode()
    refused = client.post(reverse("person-deactivate", args=[administrator.pk]), {"state-version": "1", "version": "1"})
    assert refused.status_code == 400
    second = people["lead"]
    roles.grant(user=second, role="administrator")
    User.objects.filter(pk=second.pk).update(is_active=False)
    assert client.post(reverse("person-roles", args=[administrator.pk]), own).status_code == 400
    User.objects.filter(pk=second.pk).update(is_active=True)
    assert client.post(reverse("person-roles", args=[administrator.pk]), own).status_code == 302
    assert roles.role_names(User.objects.get(pk=administrator.pk)) == {"lead"}
    assert client.get(reverse("people")).status_code == 403


def test_a_superuser_is_neither_changed_nor_made_here(
    client: Client, people: dict[str, User], administrator: User
) -> None:
    root = people["superuser"]
    posts: list[tuple[str, list[Any], dict[str, Any]]] = [
        ("person-roles", [root.pk], {"roles": ["lead"], "version": "1"}),
        ("person-deactivate", [root.pk], {"version": "1"}),
        ("person-activate", [root.pk], {"version": "1"}),
        ("person-password-link", [root.pk], {}),
        ("person-reset-two-factor", [root.pk], {"reason": "asked"}),
        ("person-end-sessions", [root.pk], {}),
        ("person-end-session", [root.pk, 1], {}),
    ]
    for name, arguments, form in posts:
        assert client.post(reverse(name, args=arguments), form).status_code == 403, name
    form = {"roles": ["viewer"], "version": "1", "is_superuser": "on", "is_staff": "on"}
    client.post(reverse("person-roles", args=[people["viewer"].pk]), form)
    assert list(User.objects.filter(is_superuser=True)) == [root]
    assert not PasswordLink.objects.exists()


def test_who_is_deactivated_is_out_at_the_next_request_and_comes_back(
    client: Client, people: dict[str, User], administrator: User
) -> None:
    person, theirs = people["reviewer"], Client()
    theirs.force_login(person)
    assert theirs.get("/map/").status_code == 200
    assert client.post(reverse("person-deactivate", args=[person.pk]), {"version": "1"}).status_code == 302
    assert theirs.get("/map/").headers["Location"].startswith("/login/")
    assert not UserSession.objects.filter(person=person).exists()
    assert theirs.post("/login/", {"username": person.username, "password": PASSWORD}).status_code == 200
    assert client.post(reverse("person-deactivate", args=[person.pk]), {"version": "1"}).status_code == 409
    assert client.post(reverse("person-activate", args=[person.pk]), {"version": "2"}).status_code == 302
    assert theirs.post("/login/", {"username": person.username, "password": PASSWORD}).status_code == 302
    assert [action for _by, action in actions(person)] == ["user.deactivated", "user.activated"]


def test_a_link_sets_a_password_once_and_ends_all_sessions(
    client: Client, people: dict[str, User], administrator: User
) -> None:
    person, theirs, stranger = people["reviewer"], Client(), Client()
    theirs.force_login(person)
    first = client.post(reverse("person-password-link", args=[person.pk])).context["link"]
    link = client.post(reverse("person-password-link", args=[person.pk])).context["link"]
    assert stranger.get(first).status_code == 404  # the former one
    assert stranger.get(link).status_code == 200
    weak = stranger.post(link, {"password": "reviewer-ana", "password_again": "reviewer-ana"})
    assert weak.status_code == 400
    differing = stranger.post(link, {"password": STRONG, "password_again": STRONG + "x"})
    assert differing.status_code == 400 and "The two passwords differ" in differing.content.decode()
    done = stranger.post(link, {"password": STRONG, "password_again": STRONG})
    assert done.status_code == 302 and done.headers["Location"] == "/login/"
    assert "_auth_user_id" not in stranger.session  # it doesn't sign in: a second factor is still asked for
    assert stranger.post(link, {"password": STRONG, "password_again": STRONG}).status_code == 404
    assert theirs.get("/map/").headers["Location"].startswith("/login/")
    assert stranger.post("/login/", {"username": person.username, "password": STRONG}).status_code == 302
    names = [action for _by, action in actions(person)]
    assert names.count("user.password_link_made") == 2 and names.count("user.password_link_used") == 1
    assert not PasswordLink.objects.filter(digest__contains=link.rstrip("/").rsplit("/", 1)[-1]).exists()


def test_a_link_of_somebody_who_no_longer_administers_does_nothing(people: dict[str, User]) -> None:
    secret = password_links.make(person=people["viewer"], by=people["administrator"])
    assert password_links.open_by_secret(secret)
    people["administrator"].groups.clear()
    assert password_links.open_by_secret(secret) is None


def test_a_link_gives_nobody_the_account_of_a_superuser(people: dict[str, User]) -> None:
    """An administrator keeps a link, and the person becomes a superuser within its day."""
    secret = password_links.make(person=people["viewer"], by=people["administrator"])
    User.objects.filter(pk=people["viewer"].pk).update(is_superuser=True)
    assert password_links.open_by_secret(secret) is None


@pytest.mark.parametrize("how", ["password", "email", "deactivated"])
def test_links_of_before_end_with_another_password_or_address_and_with_the_account(
    people: dict[str, User], how: str
) -> None:
    person, by = people["viewer"], people["administrator"]
    person.set_password(PASSWORD)
    person.save()
    secret = password_links.make(person=person, by=by)
    same: dict[str, Any] = {"current_password": PASSWORD, "address": "192.0.2.7"}
    if how == "password":
        profiles.change_password(person=person, password=STRONG, session_key="", **same)
    elif how == "email":
        profiles.change(person=person, name="Vi", email="new@example.org", language="", time_zone="", **same)
    else:
        deactivate_and_activate(User.objects.get(pk=person.pk), by)
    assert password_links.open_by_secret(secret) is None


def deactivate_and_activate(person: User, by: User) -> None:
    people.deactivate(person=person, version=person.version, by=by)
    person.refresh_from_db()
    people.activate(person=person, version=person.version, by=by)


def test_a_password_that_is_only_hashed_anew_keeps_links(people: dict[str, User]) -> None:
    secret = password_links.make(person=people["viewer"], by=people["administrator"])
    people["viewer"].password = "another hash of the same password"
    people["viewer"].save(update_fields=["password"])
    assert password_links.open_by_secret(secret)


def test_the_list_is_searched_and_says_which_groups_are_no_roles(
    client: Client, people: dict[str, User], administrator: User, django_assert_max_num_queries: Any
) -> None:
    people["viewer"].groups.add(Group.objects.create(name="reviewers"))
    whole = client.get(reverse("people"))
    assert "The group “reviewers” is not a role" in whole.content.decode()
    assert len(whole.context["rows"]) == len(people)
    found = client.get(reverse("people"), {"q": "ana appro"})
    assert [row["person"].username for row in found.context["rows"]] == ["approver-ana"]
    assert client.get(reverse("people"), {"q": "\0nobody%_"}).status_code == 200
    User.objects.bulk_create([User(username=f"person-{number:03}") for number in range(80)])
    with django_assert_max_num_queries(20):
        page = client.get(reverse("people"))
    assert len(page.context["rows"]) == 30 and page.context["part"].next_url
    following = client.get(page.context["part"].next_url)
    assert following.status_code == 200 and len(following.context["rows"]) == 30


def test_the_system_check_names_groups_that_are_no_roles(capsys: Any) -> None:
    Group.objects.create(name="reviewers")
    call_command("check", databases=["default"])
    assert "The group “reviewers” is not a role" in capsys.readouterr().err


def test_verbs_refuse_what_the_pages_refuse(people: dict[str, User]) -> None:
    from responder.accounts import people as verbs

    by = people["administrator"]
    with pytest.raises(Conflict):
        verbs.set_roles(person=people["viewer"], role_names=["lead"], version=7, by=by)
    with pytest.raises(Invalid):
        verbs.deactivate(person=by, version=1, by=by)
    with pytest.raises(NotPermitted):
        verbs.deactivate(person=people["superuser"], version=1, by=by)
