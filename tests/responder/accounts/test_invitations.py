"""Invitations: one account each, with the roles that were chosen; raced, reused, expired, revoked and altered ones give nothing."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from classifier import clock
from monitoring.models import AuditEvent
from responder import roles
from responder.accounts import invitations, mailing, one_time, password_links
from responder.errors import Missing, TooMany
from responder.models import Invitation, PasswordLink, User

pytestmark = pytest.mark.django_db
STRONG = "unrelated-cactus-orbit-9-lantern"
FORM = {"username": "bea", "name": "Bea Field", "email": "", "password": STRONG, "password_again": STRONG}


@pytest.fixture(autouse=True)
def _no_tries_of_another_test() -> None:
    cache.clear()


@pytest.fixture
def by(people: dict[str, User]) -> User:
    return people["administrator"]


@pytest.fixture
def link(client: Client, by: User) -> str:
    """The address of an invitation of a reviewer, made on the page."""
    client.force_login(by)
    page = client.post(reverse("invite"), {"name": "Bea", "roles": ["reviewer"]})
    assert page.status_code == 200
    return str(page.context["link"])


def secret_of(by: User, *names: str, **changes: Any) -> str:
    chosen = {"name": "Bea", "email": "", "role_names": names or ("reviewer",), "by_email": False, "by": by} | changes
    return invitations.invite(**chosen)[1]


def test_whoever_opens_the_link_chooses_a_name_and_has_the_roles(link: str) -> None:
    stranger = Client()
    page = stranger.get(link)
    assert page.status_code == 200 and 'value="Bea"' in page.content.decode()
    assert page["X-Robots-Tag"] == "noindex, nofollow" and "no-store" in page["Cache-Control"]
    done = stranger.post(link, FORM)
    assert done.status_code == 302 and done.headers["Location"] == "/"
    person = User.objects.get(username="bea")
    assert roles.role_names(person) == {"reviewer"} and person.display_name == "Bea Field"
    assert not person.is_superuser and not person.is_staff and person.check_password(STRONG)
    assert stranger.get("/map/").status_code == 200
    invitation = Invitation.objects.get()
    assert invitation.accepted_by == person and invitation.accepted_at
    recorded = AuditEvent.objects.filter(action__startswith="invitation.").order_by("sequence")
    assert [(one.actor, one.action) for one in recorded] == [
        ("user:administrator-ana", "invitation.created"),
        ("user:bea", "invitation.accepted"),
    ]
    assert stranger.post("/login/", {"username": "bea", "password": STRONG}).status_code == 302


def test_a_link_works_once(link: str) -> None:
    assert Client().post(link, FORM).status_code == 302
    other = Client()
    assert other.get(link).status_code == 404
    assert other.post(link, FORM | {"username": "eve"}).status_code == 404
    assert not User.objects.filter(username="eve").exists()


def test_what_is_wrong_is_said_beside_its_field_and_uses_nothing_up(link: str, people: dict[str, User]) -> None:
    stranger = Client()
    for wrong, message in (
        ({"username": "Viewer-ANA"}, "has this user name already"),
        ({"username": "b b"}, "Use letters, digits"),
        ({"name": ""}, "Enter a name"),
        ({"email": "x"}, "Enter an email address"),
        ({"password": "bea", "password_again": "bea"}, "too short"),
        ({"password_again": "other"}, "The two passwords differ"),
        ({"username": "\0", "password": "\0" * 20, "password_again": "\0" * 20}, "Enter a user name"),
    ):
        page = stranger.post(link, FORM | wrong)
        assert page.status_code == 400 and message in page.content.decode(), wrong
        assert STRONG not in page.content.decode()
    assert stranger.post(link, {}).status_code == 400
    assert stranger.post(link, FORM).status_code == 302


def test_a_hundred_altered_links_open_nothing(by: User) -> None:
    secret = secret_of(by)
    altered = {secret[:at] + chr(ord(secret[at]) ^ 1) + secret[at + 1 :] for at in range(len(secret))}
    altered |= {secret[:-1], secret + "A", secret.swapcase(), "", "\0", "ü" * 43, "x" * 5_000, one_time.digest(secret)}
    altered |= {one_time.new_secret() for _ in range(100 - len(altered))}
    assert len(altered) >= 51
    for wrong in altered - {secret}:
        assert invitations.open_by_secret(wrong) is None
        with pytest.raises(Missing):
            invitations.accept(secret=wrong, username="eve", name="Eve", email="", password=STRONG)
    assert not User.objects.filter(username="eve").exists() and invitations.open_by_secret(secret)


@pytest.mark.parametrize("how", ["expired", "revoked", "renewed", "inviter left", "inviter lost the role"])
def test_a_link_that_no_longer_counts_opens_nothing(client: Client, by: User, link: str, how: str) -> None:
    row = Invitation.objects.get()
    if how == "expired":
        Invitation.objects.update(expires_at=clock.now())
    elif how == "revoked":
        assert client.post(reverse("invitation-revoke", args=[row.pk])).status_code == 302
        assert client.post(reverse("invitation-revoke", args=[row.pk])).status_code == 404
    elif how == "renewed":
        page = client.post(reverse("invitation-renew", args=[row.pk]))
        assert page.context["link"] != link and Client().get(page.context["link"]).status_code == 200
    elif how == "inviter left":
        User.objects.filter(pk=by.pk).update(is_active=False)
    else:
        by.groups.clear()
    stranger = Client()
    assert stranger.get(link).status_code == 404 and stranger.post(link, FORM).status_code == 404
    assert not User.objects.filter(username="bea").exists()


def test_of_two_who_accept_at_once_one_has_an_account(by: User, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = secret_of(by)
    checked, first = invitations.people.checked, []

    def slow(**fields: str) -> User:
        person = checked(**fields)
        if not first:
            first.append(1)
            invitations.accept(secret=secret, username="quick", name="Q", email="", password=STRONG)
        return person

    monkeypatch.setattr(invitations.people, "checked", slow)
    with pytest.raises(Missing):
        invitations.accept(secret=secret, username="slow", name="S", email="", password=STRONG)
    assert set(User.objects.filter(username__in=("quick", "slow")).values_list("username", flat=True)) == {"quick"}


def test_open_invitations_are_limited(by: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MOST_OPEN", 2)
    secret_of(by), secret_of(by)
    with pytest.raises(TooMany):
        secret_of(by)


@pytest.mark.parametrize(
    "wrong", [{}, {"name": "x" * 151}, {"name": "B", "roles": ["king"]}, {"email": "b"}, {"name": "\0"}]
)
def test_an_invitation_needs_a_name_or_an_address_and_roles_that_exist(
    client: Client, by: User, wrong: dict[str, Any]
) -> None:
    client.force_login(by)
    assert client.post(reverse("invite"), wrong).status_code == 400
    assert not Invitation.objects.exists()


def test_without_a_mail_server_nothing_is_sent(client: Client, by: User, settings: Any) -> None:
    settings.MAIL_IS_CONFIGURED = False
    client.force_login(by)
    page = client.post(reverse("invite"), {"email": "bea@example.org", "by_email": "on"})
    assert page.status_code == 200 and page.context["link"]
    assert Client().get(reverse("password-forgot")).status_code == 404
    assert mailing.deliver() == 0 and not mail.outbox


def test_an_email_brings_the_link_and_nobody_else_sees_it(client: Client, by: User, settings: Any) -> None:
    settings.MAIL_IS_CONFIGURED = True
    client.force_login(by)
    form = {"name": "Bea", "email": "bea@example.org", "roles": ["viewer"], "by_email": "on"}
    page = client.post(reverse("invite"), form)
    assert page.context["link"] == "" and "bea@example.org" in page.content.decode()
    assert mailing.deliver() == 1 and mailing.deliver() == 0
    (sent,) = mail.outbox
    assert sent.to == ["bea@example.org"]
    (found,) = re.findall(r"http://testserver(/invitations/\S+)", sent.body)
    assert Client().post(found, FORM).status_code == 302
    assert Invitation.objects.get().mail == "sent"


def test_an_email_that_fails_is_tried_again_and_then_given_up(
    by: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAIL_IS_CONFIGURED = True

    def refuse(*_arguments: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(mailing, "send_mail", refuse)
    secret_of(by, email="bea@example.org", by_email=True)
    for _ in range(mailing.MOST_ATTEMPTS):
        Invitation.objects.update(mail_next_at=clock.now())
        assert mailing.deliver() == 0
    assert Invitation.objects.get().mail == "failed"
    assert mailing.deliver() == 0


@pytest.fixture
def with_mail(people: dict[str, User], settings: Any) -> User:
    settings.MAIL_IS_CONFIGURED = True
    person = people["reviewer"]
    User.objects.filter(pk=person.pk).update(email="ana@example.org")
    return person


def test_a_stranger_learns_nothing_from_asking_for_a_password(with_mail: User) -> None:
    pages = {}
    for asked in ("reviewer-ana", "ANA@example.org", "nobody", "viewer-ana", "x" * 500, "\0", "' OR 1=1"):
        page = Client().post(reverse("password-forgot"), {"asked": asked}, headers={"Accept": "text/html"})
        assert page.status_code == 200
        pages[asked] = page.content
    assert len(set(pages.values())) == 1
    assert (
        PasswordLink.objects.filter(person=None).count() == 6
    )  # the lookup comes later; the empty one asks for nothing
    mailing.deliver()
    assert [one.to for one in mail.outbox] == [["ana@example.org"]] * 2
    assert not PasswordLink.objects.filter(person=None).exists()
    (link,) = re.findall(r"http://testserver(/password/\S+)", mail.outbox[0].body)
    stranger = Client()
    assert stranger.post(link, {"password": STRONG, "password_again": STRONG}).status_code == 302
    assert User.objects.get(pk=with_mail.pk).check_password(STRONG)
    (other,) = re.findall(r"http://testserver(/password/\S+)", mail.outbox[1].body)
    assert stranger.get(other).status_code == 404  # one used, the others are withdrawn


def test_nobody_is_flooded_with_links(with_mail: User) -> None:
    for number in range(12):
        page = Client().post(reverse("password-forgot"), {"asked": "reviewer-ana"}, REMOTE_ADDR=f"198.51.100.{number}")
        assert page.status_code == 200
    assert PasswordLink.objects.count() == password_links.PER_NAME
    statuses = [
        Client().post(reverse("password-forgot"), {"asked": f"n{number}"}, REMOTE_ADDR="203.0.113.9").status_code
        for number in range(password_links.PER_ADDRESS + 1)
    ]
    assert statuses == [200] * password_links.PER_ADDRESS + [429]


def test_one_holder_of_many_ipv6_networks_does_not_use_up_the_links_of_all(settings: Any) -> None:
    settings.MAIL_IS_CONFIGURED = True
    ask = lambda address: Client().post(reverse("password-forgot"), {"asked": address}, REMOTE_ADDR=address).status_code  # noqa: E731
    most = password_links.PER_NETWORK[56]
    assert [ask(f"2001:db8:1:{number:x}::1") for number in range(most)] == [200] * most
    assert ask("2001:db8:1:ff::1") == 429
    assert ask("2001:db8:2:1::1") == 200 and ask("192.0.2.1") == 200


def test_links_and_invitations_are_forgotten(by: User, people: dict[str, User]) -> None:
    secret_of(by)
    password_links.make(person=people["viewer"], by=by)
    long_ago = clock.now() - timedelta(days=200)
    Invitation.objects.update(expires_at=long_ago)
    PasswordLink.objects.update(expires_at=long_ago)
    invitations.prune()
    password_links.prune()
    assert not Invitation.objects.exists() and not PasswordLink.objects.exists()


def test_a_signed_in_person_who_opens_an_invitation_becomes_the_new_account(link: str, people: dict[str, User]) -> None:
    browser = Client()
    browser.force_login(people["viewer"])
    before = browser.session.session_key
    assert browser.post(link, FORM).status_code == 302
    assert browser.session["_auth_user_id"] == str(User.objects.get(username="bea").pk)
    assert not Session.objects.filter(session_key=before).exists()
