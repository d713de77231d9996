"""Sessions: listed for their owner and for administrators, and ended at once, event streams too."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from classifier import clock
from monitoring.models import AuditEvent
from responder.accounts import sessions
from responder.models import User, UserSession
from responder.web import viewers
from responder.web.viewers import Viewer

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
STRONG = "unrelated-cactus-orbit-9-lantern"


@pytest.fixture(autouse=True)
def _no_tries_of_another_test() -> None:
    cache.clear()
    sessions._seen.clear()


def browser_of(person: User, **more: Any) -> Client:
    browser = Client(**more)
    browser.force_login(person)
    return browser


def row_of(browser: Client) -> UserSession:
    return UserSession.objects.get(session_key=browser.session.session_key)


def test_a_person_sees_their_own_sessions_and_ends_one(people: dict[str, User]) -> None:
    person = people["reviewer"]
    first, second = Client(headers={"user-agent": FIREFOX}), browser_of(person)
    first.post("/login/", {"username": person.username, "password": PASSWORD}, REMOTE_ADDR="198.51.100.7")
    foreign = browser_of(people["lead"])
    page = second.get(reverse("profile-sessions"))
    assert len(page.context["rows"]) == 2 and "Firefox on Linux" in page.content.decode()
    assert "198.51.100.7" in page.content.decode() and "this browser" in page.content.decode()
    assert first.session.session_key not in page.content.decode()
    assert second.post(reverse("profile-end-session", args=[row_of(foreign).pk])).status_code == 404
    assert second.post(reverse("profile-end-session", args=[row_of(first).pk])).status_code == 302
    assert first.get("/map/").headers["Location"].startswith("/login/")
    assert second.get("/map/").status_code == foreign.get("/map/").status_code == 200
    assert AuditEvent.objects.filter(action="session.revoked", actor="user:reviewer-ana").count() == 1


def test_all_other_sessions_end_and_this_one_goes_on(people: dict[str, User]) -> None:
    browsers = [browser_of(people["reviewer"]) for _ in range(3)]
    assert browsers[0].post(reverse("profile-end-sessions")).status_code == 302
    assert [one.get("/map/").status_code for one in browsers] == [200, 302, 302]


def test_an_administrator_ends_the_sessions_of_others_and_nobody_else_does(people: dict[str, User]) -> None:
    person, administrator = people["reviewer"], browser_of(people["administrator"])
    browsers = [browser_of(person) for _ in range(3)]
    one, everything = [person.pk, row_of(browsers[0]).pk], reverse("person-end-sessions", args=[person.pk])
    assert browser_of(people["lead"]).post(everything).status_code == 403
    assert administrator.post(reverse("person-end-session", args=one)).status_code == 302
    assert [browser.get("/map/").status_code for browser in browsers] == [302, 200, 200]
    other = people["viewer"]
    assert administrator.post(reverse("person-end-session", args=[other.pk, row_of(browsers[1]).pk])).status_code == 404
    assert administrator.post(everything).status_code == 302
    assert [browser.get("/map/").status_code for browser in browsers] == [302, 302, 302]
    assert administrator.get("/people/").status_code == 200


def test_the_event_stream_of_a_session_that_ended_may_go_on_no_longer(people: dict[str, User]) -> None:
    person = people["reviewer"]
    browser = browser_of(person)
    viewer = Viewer(person.pk, browser.session.session_key or "", person.get_session_auth_hash())
    assert viewers.allowed({viewer}) == {viewer}
    sessions.end(person=person, session_id=row_of(browser).pk, by=person)
    assert viewers.allowed({viewer}) == set()


def test_another_password_keeps_this_session_and_ends_the_others(people: dict[str, User]) -> None:
    person = people["reviewer"]
    here, there = browser_of(person), browser_of(person)
    form = {"current_password": PASSWORD, "password": STRONG, "password_again": STRONG}
    assert here.post(reverse("profile-password"), form | {"current_password": "wrong"}).status_code == 400
    assert here.post(reverse("profile-password"), form | {"password_again": "x"}).status_code == 400
    assert here.post(reverse("profile-password"), form).status_code == 302
    assert here.get("/map/").status_code == 200 and there.get("/map/").status_code == 302
    assert UserSession.objects.get(person=person).session_key == here.session.session_key
    assert len(here.get(reverse("profile-sessions")).context["rows"]) == 1
    assert AuditEvent.objects.filter(action="user.password_changed", actor="user:reviewer-ana").count() == 1


def test_a_session_that_guesses_the_password_is_limited(people: dict[str, User]) -> None:
    browser = browser_of(people["reviewer"])
    form = {"password": STRONG, "password_again": STRONG}
    statuses = [
        browser.post(reverse("profile-password"), form | {"current_password": f"guess {number}"}).status_code
        for number in range(40)
    ]
    assert statuses[0] == 400 and statuses[-1] == 429


def test_last_seen_is_written_at_most_once_a_minute(people: dict[str, User], django_assert_num_queries: Any) -> None:
    person = people["reviewer"]
    browser = browser_of(person)
    UserSession.objects.update(last_seen_at=clock.now() - timedelta(days=1))
    browser.get("/help/")
    assert row_of(browser).last_seen_at < clock.now() - timedelta(hours=1)
    sessions._seen.clear()
    browser.get("/help/")
    assert row_of(browser).last_seen_at > clock.now() - timedelta(minutes=1)
    assert User.objects.get(pk=person.pk).last_seen_at


def test_a_session_from_before_an_upgrade_is_listed_after_its_next_request(people: dict[str, User]) -> None:
    browser = browser_of(people["reviewer"])
    UserSession.objects.all().delete()
    sessions._seen.clear()
    browser.get("/help/")
    assert row_of(browser).person == people["reviewer"]


def test_rows_go_with_the_log_out_and_with_what_expired(people: dict[str, User]) -> None:
    person = people["reviewer"]
    leaving, expired, staying = browser_of(person), browser_of(person), browser_of(person)
    leaving.post("/logout/")
    Session.objects.filter(session_key=expired.session.session_key).update(expire_date=clock.now() - timedelta(1))
    sessions.prune()
    assert [row.session_key for row in UserSession.objects.all()] == [staying.session.session_key]
    assert not Session.objects.filter(session_key=expired.session.session_key).exists()


def test_the_profile_is_changed_and_another_email_address_needs_the_password(people: dict[str, User]) -> None:
    person = people["reviewer"]
    browser = browser_of(person)
    form = {
        "name": "Ana Maria Costa",
        "email": "",
        "language": "en",
        "time_zone": "Africa/Maputo",
        "current_password": "",
    }
    assert browser.get(reverse("profile")).status_code == 200
    assert browser.post(reverse("profile"), form).status_code == 302
    person.refresh_from_db()
    assert (person.display_name, person.language, person.time_zone) == ("Ana Maria Costa", "en", "Africa/Maputo")
    assert b"Africa/Maputo" in browser.get("/map/").content
    mail = form | {"email": "ana@example.org"}
    refused = browser.post(reverse("profile"), mail)
    assert refused.status_code == 400 and "not your password" in refused.content.decode()
    assert browser.post(reverse("profile"), mail | {"current_password": PASSWORD}).status_code == 302
    person.refresh_from_db()
    assert person.email == "ana@example.org"
    for wrong in ({"time_zone": "Manila"}, {"language": "xx"}, {"name": ""}, {"email": "x"}, {"name": "x" * 200}):
        assert browser.post(reverse("profile"), mail | wrong).status_code == 400, wrong
    assert AuditEvent.objects.filter(action="user.profile_changed").count() == 2
