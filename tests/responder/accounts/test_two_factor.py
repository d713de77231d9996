"""Two-factor authentication: set up, asked for at sign-in, demanded of some roles, recovered on the record."""

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from monitoring.models import AuditEvent
from responder.accounts import known_devices, two_factor
from responder.errors import Invalid
from responder.models import LogInFailure, User, UserSession

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
HTML = {"Accept": "text/html"}


@pytest.fixture(autouse=True)
def _no_tries_of_another_test() -> None:
    cache.clear()


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of the codes; append to it to go on."""
    times = [time.time()]
    monkeypatch.setattr(two_factor.time, "time", lambda: times[-1])
    return times


def code_of(secret: str, at: float) -> str:
    return str(totp.format_hotp_value(totp.hotp_value(secret, int(at) // 30)))


def set_up(person: User, now: list[float]) -> tuple[str, list[str]]:
    """The secret of the app, and the recovery codes."""
    secret = two_factor.new_secret()
    codes = two_factor.activate(user=person, secret=secret, code=code_of(secret, now[-1]))
    now.append(now[-1] + 60)
    cache.clear()
    return secret, codes


def sign_in(person: User, browser: Client | None = None) -> tuple[Client, Any]:
    browser = browser or Client()
    return browser, browser.post(
        "/login/?next=/feed/", {"username": person.username, "password": PASSWORD, "next": "/feed/"}
    )


def is_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def test_set_up_on_the_page_ends_other_sessions_and_shows_the_recovery_codes_once(
    people: dict[str, User], now: list[float]
) -> None:
    person, browser, other = people["reviewer"], Client(), Client()
    browser.force_login(person)
    other.force_login(person)
    page = browser.get(reverse("two-factor"))
    secret = page.context["secret"].replace(" ", "")
    assert page.context["picture"].startswith("data:image/svg+xml;base64,")
    assert secret not in str(dict(browser.session))  # encrypted there, too
    form = {"code": code_of(secret, now[-1]), "current_password": PASSWORD, "next": "/feed/"}
    assert browser.post(reverse("two-factor-set-up"), form | {"current_password": "x"}).status_code == 400
    assert browser.post(reverse("two-factor-set-up"), form | {"code": "000000"}).status_code == 400
    assert browser.get(reverse("two-factor")).context["secret"].replace(" ", "") == secret
    done = browser.post(reverse("two-factor-set-up"), form)
    assert done.status_code == 200 and len(done.context["codes"]) == 10 and 'href="/feed/"' in done.content.decode()
    assert not is_in(other) or other.get("/map/").status_code == 302
    assert browser.get("/map/").status_code == 200
    rows = Authenticator.objects.filter(user=person)
    assert {row.type for row in rows} == {"totp", "recovery_codes"}
    stored = str([row.data for row in rows])
    assert secret not in stored and not any(code in stored for code in done.context["codes"])
    again = browser.get(reverse("two-factor"))
    assert "10 unused recovery codes" in again.content.decode() and secret not in again.content.decode()
    assert browser.post(reverse("two-factor-set-up"), form).status_code == 302  # nothing is pending


def test_the_password_alone_opens_nothing(people: dict[str, User], now: list[float]) -> None:
    person = people["reviewer"]
    secret, _codes = set_up(person, now)
    browser, answer = sign_in(person)
    assert answer.status_code == 302 and answer.headers["Location"] == "/login/two-factor/"
    assert not is_in(browser) and known_devices.COOKIE not in browser.cookies
    assert browser.get("/map/").headers["Location"].startswith("/login/")
    assert not AuditEvent.objects.filter(action="session.started").exists()
    wrong = browser.post("/login/two-factor/", {"code": "123456"})
    assert wrong.status_code == 400 and not is_in(browser)
    assert LogInFailure.objects.get().person == person
    right = browser.post("/login/two-factor/", {"code": code_of(secret, now[-1])})
    assert right.status_code == 302 and right.headers["Location"] == "/feed/"
    assert is_in(browser) and known_devices.COOKIE in browser.cookies
    assert AuditEvent.objects.filter(action="session.started").count() == 1
    assert UserSession.objects.filter(person=person).count() == 1


def test_a_code_works_once_and_older_ones_no_longer(people: dict[str, User], now: list[float]) -> None:
    person = people["reviewer"]
    secret, _codes = set_up(person, now)
    code = code_of(secret, now[-1])
    assert two_factor.verify(user=person, code=f" {code[:3]} {code[3:]} ")
    assert not two_factor.verify(user=person, code=code)
    assert not two_factor.verify(user=person, code=code_of(secret, now[-1] - 30))
    assert two_factor.verify(user=person, code=code_of(secret, now[-1] + 30))
    assert not two_factor.verify(user=person, code=code_of(secret, now[-1] + 90))
    for strange in ("", "\0", "x" * 10_000, "१२३४५६", "-", "None"):
        cache.clear()
        assert not two_factor.verify(user=person, code=strange)


def test_a_recovery_code_works_once_and_is_recorded(people: dict[str, User], now: list[float]) -> None:
    person = people["reviewer"]
    _secret, codes = set_up(person, now)
    browser, _answer = sign_in(person)
    assert browser.post("/login/two-factor/", {"code": codes[3]}).status_code == 302 and is_in(browser)
    other, _answer = sign_in(person)
    assert other.post("/login/two-factor/", {"code": codes[3]}).status_code == 400 and not is_in(other)
    assert AuditEvent.objects.filter(action="two_factor.recovery_code_used").count() == 1
    renewed = browser.post(reverse("two-factor-codes"), {"current_password": PASSWORD})
    assert renewed.status_code == 200
    assert other.post("/login/two-factor/", {"code": codes[4]}).status_code == 400
    assert other.post("/login/two-factor/", {"code": renewed.context["codes"][4]}).status_code == 302


def test_guesses_are_limited_by_person_and_the_limit_is_recorded(people: dict[str, User], now: list[float]) -> None:
    person = people["reviewer"]
    secret, _codes = set_up(person, now)
    browser, _answer = sign_in(person)
    statuses = [browser.post("/login/two-factor/", {"code": "000000"}).status_code for _ in range(12)]
    assert statuses == [400] * 10 + [429] * 2
    refused = browser.post("/login/two-factor/", {"code": code_of(secret, now[-1])}, headers=HTML)
    assert refused.status_code == 429 and int(refused["Retry-After"]) > 0 and not is_in(browser)
    assert AuditEvent.objects.filter(action="two_factor.locked_out", object_id=str(person.pk)).count() == 1
    assert two_factor.verify(user=people["lead"], code="1") is False  # nobody else is concerned


@pytest.mark.parametrize("change", ["password", "deactivated", "deleted"])
def test_a_half_finished_log_in_ends_with_the_password_and_the_account(
    people: dict[str, User], now: list[float], change: str
) -> None:
    person = people["reviewer"]
    secret, _codes = set_up(person, now)
    browser, _answer = sign_in(person)
    if change == "password":
        person.set_password("another-long-password-77")
        person.save()
    elif change == "deactivated":
        User.objects.filter(pk=person.pk).update(is_active=False)
    else:
        person.delete()
    answer = browser.post("/login/two-factor/", {"code": code_of(secret, now[-1])})
    assert answer.status_code == 302 and answer.headers["Location"] == "/login/" and not is_in(browser)


def test_the_page_of_codes_is_closed_without_a_right_password(people: dict[str, User]) -> None:
    for method in ("get", "post"):
        answer = getattr(Client(), method)("/login/two-factor/")
        assert answer.status_code == 302 and answer.headers["Location"] == "/login/"
    signed_in = Client()
    signed_in.force_login(people["viewer"])
    assert signed_in.get("/login/two-factor/").status_code == 302


@pytest.mark.parametrize("role", ["approver", "administrator", "superuser"])
def test_some_roles_reach_nothing_until_it_is_set_up(
    people: dict[str, User], settings: Any, now: list[float], role: str
) -> None:
    settings.TWO_FACTOR = "required-roles"
    person = people[role]
    browser, answer = sign_in(person)
    assert answer.status_code == 302 and is_in(browser)
    for path in (
        "/map/",
        "/people/",
        "/approvals/",
        "/admin/",
        "/profile/",
        "/profile/password/",
        "/live/changes",
        "/",
    ):
        led = browser.get(path, headers=HTML)
        assert led.status_code == 302 and led.headers["Location"].startswith("/profile/two-factor/"), path
        assert browser.get(path).status_code == 403, path
    assert browser.post("/people/invite/", {"name": "Eve", "roles": ["administrator"]}).status_code == 403
    assert browser.post(reverse("two-factor-off"), {"current_password": PASSWORD}).status_code == 403
    page = browser.get("/profile/two-factor/?next=/map/%3Ft%3D1h", headers=HTML)
    secret = page.context["secret"].replace(" ", "")
    form = {"code": code_of(secret, now[-1]), "current_password": PASSWORD, "next": "/map/?t=1h"}
    done = browser.post(reverse("two-factor-set-up"), form, headers=HTML)
    assert 'href="/map/?t=1h"' in done.content.decode()
    assert browser.get("/map/", headers=HTML).status_code == 200
    refused = browser.post(reverse("two-factor-off"), {"current_password": PASSWORD}, headers=HTML)
    assert refused.status_code == 400 and two_factor.is_set_up(person)


def test_other_roles_may_and_may_stop(people: dict[str, User], settings: Any, now: list[float]) -> None:
    settings.TWO_FACTOR = "required-roles"
    person = people["lead"]
    browser, _answer = sign_in(person)
    assert browser.get("/map/", headers=HTML).status_code == 200
    set_up(person, now)
    assert browser.post(reverse("two-factor-off"), {"current_password": "x"}).status_code == 400
    assert browser.post(reverse("two-factor-off"), {"current_password": PASSWORD}).status_code == 302
    assert not two_factor.is_set_up(person)
    with pytest.raises(Invalid):
        two_factor.new_codes(user=person)


def test_no_next_page_leads_to_another_site(people: dict[str, User], client: Client) -> None:
    client.force_login(people["viewer"])
    for url in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "x" * 5_000, "\0"):
        assert client.get(reverse("two-factor"), {"next": url}).context["next"] == ""


def test_an_administrator_removes_a_lost_factor_with_a_reason_on_the_record(
    people: dict[str, User], client: Client, now: list[float]
) -> None:
    person, theirs = people["approver"], Client()
    set_up(person, now)
    theirs.force_login(person)
    client.force_login(people["administrator"])
    address = reverse("person-reset-two-factor", args=[person.pk])
    for reason in ("", " \0 ", "x" * 301):
        assert client.post(address, {"reason": reason}).status_code == 400
    assert two_factor.is_set_up(person)
    assert client.post(address, {"reason": "called back on the staff list"}).status_code == 302
    assert not two_factor.is_set_up(person) and theirs.get("/map/").status_code == 302
    (recorded,) = AuditEvent.objects.filter(action="two_factor.reset")
    assert recorded.actor == "user:administrator-ana" and recorded.detail["reason"] == "called back on the staff list"
    assert client.post(address, {"reason": "again"}).status_code == 400


def test_whoever_must_set_it_up_sees_a_frame_without_links_that_lead_back(
    people: dict[str, User], settings: Any, now: list[float]
) -> None:
    settings.TWO_FACTOR = "required-roles"
    person = people["administrator"]
    User.objects.filter(pk=person.pk).update(toured=False)
    browser = Client(headers=HTML)
    browser.force_login(person)
    frame = ('class="rail"', "data-live", "data-palette", "js/shell.js", "setup-strip", "data-tour")
    page = browser.get(reverse("two-factor")).content.decode()
    assert [part for part in frame if part in page] == []
    assert reverse("logout") in page and reverse("two-factor-set-up") in page
    wrong = browser.post(reverse("two-factor-set-up"), {"code": "1"})
    assert wrong.status_code == 400 and 'class="rail"' not in wrong.content.decode()
    set_up(person, now)
    after = browser.get(reverse("two-factor")).content.decode()
    assert 'class="rail"' in after and "data-live" in after


def test_others_keep_the_whole_frame_on_the_page_of_two_factor(people: dict[str, User], settings: Any) -> None:
    settings.TWO_FACTOR = "required-roles"
    browser = Client(headers=HTML)
    browser.force_login(people["lead"])
    assert 'class="rail"' in browser.get(reverse("two-factor")).content.decode()
