"""The first run: a link that works once, an administrator, the organisation's settings, and five steps from what is stored."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from classifier import clock
from monitoring import audit
from monitoring.models import AuditEvent
from responder import roles
from responder.errors import Conflict, InvalidFields, Missing, NotPermitted
from responder.first_run import administrator, links, organisation, steps
from responder.models import Event, Feed, FirstRunLink, Installation, User

pytestmark = pytest.mark.django_db
PASSWORD = "dolphin-velvet-harbour-sixteen"
ACCOUNT = {"username": "amina", "name": "Amina Yusuf", "email": "", "password": PASSWORD, "again": PASSWORD}
ORGANISATION = {"version": "1", "name": "Red Crescent Beira", "language": "en", "time_zone": "Africa/Maputo"}


def address(token: str) -> str:
    return reverse("first-run-start", args=[token])


def test_the_link_makes_one_administrator_who_is_not_a_superuser(client: Client) -> None:
    token = links.issue()
    assert client.get(address(token)).status_code == 200
    answer = client.post(address(token), ACCOUNT)
    assert (answer.status_code, answer["Location"]) == (302, reverse("first-run-organisation"))
    person = User.objects.get()
    assert not person.is_superuser and not person.is_staff and person.check_password(PASSWORD)
    assert roles.allows(person, roles.ADMINISTER) and not roles.allows(person, roles.APPROVE)
    assert client.get(reverse("first-run-organisation")).status_code == 200
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"first_run.link_issued", "role.granted", "session.started"} <= actions and audit.verify().intact
    assert token not in str(list(AuditEvent.objects.values())) + str(list(FirstRunLink.objects.values()))


def test_it_works_once(client: Client) -> None:
    token = links.issue()
    client.post(address(token), ACCOUNT)
    for method in (Client().get, Client().post):
        answer = method(address(token), ACCOUNT | {"username": "other"})
        assert answer.status_code == 404 and b"any more" in answer.content
    assert User.objects.count() == 1
    User.objects.update(is_active=False)  # nobody administers: still not the same link again
    assert Client().post(address(token), ACCOUNT | {"username": "other"}).status_code == 404


@pytest.mark.parametrize("token", ["x", "a" * 43, "a" * 5_000, "%00", "-" * 64])
def test_forged_links_open_nothing(client: Client, token: str) -> None:
    links.issue()
    assert client.get(address(token)).status_code == 404
    assert client.post(address(token), ACCOUNT).status_code == 404 and not User.objects.exists()


def test_a_day_later_or_after_a_newer_one_it_opens_nothing(client: Client) -> None:
    old, new = links.issue(), links.issue()
    assert client.get(address(old)).status_code == 404 and client.get(address(new)).status_code == 200
    with time_machine.travel(clock.now() + links.VALID_FOR + timedelta(seconds=1)):
        assert client.get(address(new)).status_code == 404


def test_none_is_issued_where_somebody_administers(people: dict[str, User]) -> None:
    with pytest.raises(Missing):
        links.issue()
    User.objects.filter(pk__in=[people["administrator"].pk, people["superuser"].pk]).update(is_active=False)
    assert links.issue()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"again": "another"}, "again"), ({"password": "password1234", "again": "password1234"}, "password"),
        ({"username": ""}, "username"), ({"username": "a b"}, "username"), ({"username": "x" * 200}, "username"),
        ({"name": ""}, "name"), ({"email": "nobody"}, "email"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field_and_the_link_stays(
    client: Client, changes: dict[str, str], field: str
) -> None:
    token = links.issue()
    answer = client.post(address(token), ACCOUNT | changes)
    assert answer.status_code == 400 and field in answer.context["form"].errors
    assert not User.objects.exists() and client.post(address(token), ACCOUNT).status_code == 302


def test_the_second_of_two_at_once_is_refused() -> None:
    link = links.find(links.issue())
    person = User.objects.create(username="first")
    links.use(link, by=person)
    with pytest.raises(Missing):
        links.use(link, by=person)


def test_a_refused_second_use_makes_no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    token = links.issue()
    found = links.find(token)
    FirstRunLink.objects.update(used_at=clock.now())
    monkeypatch.setattr(links, "find", lambda _token: found)  # as the slower of two requests saw it
    with pytest.raises(Missing):
        administrator.create(token=token, **ACCOUNT)
    assert not User.objects.exists()


def test_the_organisation_is_stored_and_two_editors_conflict(people: dict[str, User]) -> None:
    by = people["administrator"]
    row = organisation.change(by=by, version=1, name=" Red \t Crescent ", language="en", time_zone="Africa/Maputo")
    assert (row.name, row.time_zone, row.version) == ("Red Crescent", "Africa/Maputo", 2)
    with pytest.raises(Conflict):
        organisation.change(by=by, version=1, name="Other", language="en", time_zone="UTC")
    assert organisation.current().name == "Red Crescent" and Installation.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"name": "x"}, "name"), ({"name": "x" * 121}, "name"), ({"time_zone": "Manila"}, "time_zone"),
     ({"language": "xx"}, "language"), ({"name": "\u200b\0"}, "name")],
)  # fmt: skip
def test_wrong_settings_of_the_organisation_are_refused(
    people: dict[str, User], changes: dict[str, str], field: str
) -> None:
    values: dict[str, Any] = {"name": "Relief", "language": "en", "time_zone": "UTC"} | changes
    with pytest.raises(InvalidFields) as refused:
        organisation.change(by=people["administrator"], version=1, **values)
    assert set(refused.value.fields) == {field}


@pytest.mark.parametrize("role", ["viewer", "reviewer", "lead", "approver", "auditor", "partner"])
def test_others_can_neither_change_nor_finish(people: dict[str, User], client: Client, role: str) -> None:
    with pytest.raises(NotPermitted):
        organisation.change(by=people[role], version=1, name="Mine", language="en", time_zone="UTC")
    client.force_login(people[role])
    assert client.post(reverse("first-run-organisation"), ORGANISATION).status_code == 403
    assert client.post(reverse("first-run-finish")).status_code == 403 and not Installation.objects.exists()


def test_steps_are_read_from_what_is_stored(people: dict[str, User], event: Event) -> None:
    User.objects.exclude(pk=people["administrator"].pk).delete()
    Event.objects.all().delete()

    def done() -> list[bool]:
        return [step.is_done for step in steps.all_steps()]

    assert done() == [True, False, False, False, False]
    organisation.change(by=people["administrator"], version=1, name="Relief", language="en", time_zone="UTC")
    assert done() == [True, True, False, False, False]
    Event.objects.create(ref="drill", name="Drill", is_exercise=True)
    assert done() == [True, True, False, False, False]  # an exercise is no emergency that the team responds to
    Event.objects.create(ref="flood", name="Flood")
    Feed.objects.create(name="Bluesky", kind="bluesky")
    User.objects.create(username="second")
    assert done() == [True] * 5 and steps.next_step(steps.all_steps()) is None


def test_the_reminder_is_shown_to_administrators_until_it_is_finished(people: dict[str, User], client: Client) -> None:
    client.force_login(people["lead"])
    assert b"Continue setup" not in client.get("/map/").content
    client.force_login(people["administrator"])
    assert b"Continue setup" in client.get("/map/").content
    page = client.get(reverse("first-run"))
    assert page.status_code == 200 and page.content.count(b"first-run-step") >= 5
    client.post(reverse("first-run-finish"))
    assert b"Continue setup" not in client.get("/map/").content


@pytest.mark.parametrize("role", ["lead", "administrator"])
def test_an_exercise_is_started_as_a_feed_of_its_own_event(people: dict[str, User], client: Client, role: str) -> None:
    client.force_login(people[role])
    answer = client.post(reverse("exercise-start"))
    feed = Feed.objects.get()
    assert answer.status_code == 302 and feed.wanted and feed.event is not None and feed.event.is_exercise
    assert client.post(reverse("exercise-start")).status_code == 400 and Event.objects.count() == 1


@pytest.mark.parametrize(
    ("role", "offered"),
    [("lead", ["/events/new", "/first-run/posts/"]), ("viewer", []), ("reviewer", [])],
)
def test_an_empty_map_offers_the_next_step(
    people: dict[str, User], client: Client, role: str, offered: list[str]
) -> None:
    client.force_login(people[role])
    page = client.get("/map/").content.decode()
    section = page.split("data-next-step")[1].split("</section>")[0]
    assert "There is no event yet" in section and all(one in section for one in offered)
    assert offered or "href" not in section


def test_an_event_without_posts_says_that_this_is_not_calm(
    people: dict[str, User], client: Client, event: Event
) -> None:
    client.force_login(people["lead"])
    for path in ("/map/", "/triage/", "/feed/", "/incidents/"):
        page = client.get(f"{path}?event={event.ref}").content.decode()
        assert "This does not mean that all is calm" in page and reverse("source-new") in page, path


def test_a_page_with_posts_offers_nothing(people: dict[str, User], client: Client, make_post: Any) -> None:
    make_post()
    client.force_login(people["lead"])
    assert b"data-next-step" not in client.get("/map/").content
    assert (
        b"data-next-step" not in client.get("/map/?q=nothing-like-this").content
    )  # the filter, not the event, is empty
