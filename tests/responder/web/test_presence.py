"""Who else has an incident or a post open: two clients, an end by itself, bounds, and what each person may ask for."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ConnectionError as RedisAway

from responder.incidents import membership
from responder.models import Event, EventRole, Incident, Post, User
from responder.web import presence

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_there() -> None:
    cache.clear()


@pytest.fixture
def post(make_post: Callable[..., Post]) -> Post:
    return make_post(severity=1)


@pytest.fixture
def incident(post: Post, people: dict[str, User]) -> Incident:
    return membership.create(post_ids=[post.pk], by=people["reviewer"], title="Roof")


@pytest.fixture
def ask(people: dict[str, User]) -> Callable[..., Any]:
    """Ask as somebody, each with a client of their own."""
    clients: dict[str, Client] = {}

    def say(role: str, url: str, **fields: str) -> Any:
        if role not in clients:
            clients[role] = Client()
            clients[role].force_login(people[role])
        return clients[role].post(url, fields)

    return say


def test_two_people_on_an_incident_see_each_other_until_one_leaves(ask: Any, incident: Incident) -> None:
    url = f"/incidents/{incident.ref}/here"
    assert ask("reviewer", url).json() == {"people": [], "size": 1, "version": incident.version}
    assert ask("lead", url).json()["people"] == ["Ana Reviewer"]
    assert ask("reviewer", url).json()["people"] == ["Ana Lead"]
    assert ask("viewer", url).json()["people"] == ["Ana Lead", "Ana Reviewer"]
    assert ask("lead", url, leave="1").status_code == 204
    assert ask("reviewer", url).json()["people"] == ["Ana Viewer"]


def test_two_people_on_a_post_see_each_other_and_not_those_of_another(
    ask: Any, post: Post, make_post: Callable[..., Post]
) -> None:
    other = make_post()
    assert ask("reviewer", f"/triage/{post.pk}/here").json() == {"people": []}
    assert ask("lead", f"/triage/{other.pk}/here").json() == {"people": []}
    assert ask("lead", f"/triage/{post.pk}/here").json() == {"people": ["Ana Reviewer"]}


def test_whoever_says_nothing_more_is_gone_by_themselves(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = []
    monkeypatch.setattr(cache, "set", lambda key, value, timeout: kept.append((key, timeout)))
    presence.enter("incident:1", people["lead"])
    assert {timeout for _key, timeout in kept} == {presence.KEPT_S} and len(kept) == 2
    monkeypatch.undo()
    presence.enter("incident:1", people["lead"])
    cache.delete(f"presence:incident:1:{people['lead'].pk}")  # as when its time is over
    assert presence.enter("incident:1", people["reviewer"]) == []


def test_it_costs_no_row_and_the_same_few_queries_for_any_number(ask: Any, incident: Incident, people: Any) -> None:
    url = f"/incidents/{incident.ref}/here"

    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            ask("reviewer", url)
        return [one["sql"] for one in captured]

    ask("reviewer", url)
    ask("lead", url)
    few = queries()
    for person in people.values():
        presence.enter(f"incident:{incident.pk}", person)
    many = queries()
    assert len(few) == len(many)
    assert not [sql for sql in many if sql.startswith(("INSERT", "UPDATE", "DELETE"))]


def test_at_most_twenty_people_of_one_subject_are_known(people: dict[str, User]) -> None:
    crowd = [User.objects.create_user(username=f"u{number}", password=None) for number in range(presence.MOST + 5)]
    for person in crowd:
        presence.enter("post:1", person)
    assert len(presence.enter("post:1", people["lead"])) <= presence.MOST


def test_somebody_switched_off_is_not_named(people: dict[str, User]) -> None:
    presence.enter("post:1", people["lead"])
    User.objects.filter(pk=people["lead"].pk).update(is_active=False)
    assert presence.enter("post:1", people["reviewer"]) == []


def test_what_others_wrote_into_the_cache_names_nobody(people: dict[str, User]) -> None:
    cache.set("presence:post:1", ["x", {"a": 1}, True, people["lead"].pk])
    assert presence.enter("post:1", people["reviewer"]) == []


def test_without_the_cache_nobody_is_known_to_be_there(
    ask: Any, incident: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_arguments: Any, **_more: Any) -> None:
        raise RedisAway("refused")

    for name in ("set", "get", "get_many", "delete"):
        monkeypatch.setattr(cache, name, away)
    url = f"/incidents/{incident.ref}/here"
    assert ask("reviewer", url).json()["people"] == []
    assert ask("reviewer", url, leave="1").status_code == 204


def test_only_people_of_the_event_may_ask_and_are_told(ask: Any, incident: Incident, post: Post, people: Any) -> None:
    elsewhere = Event.objects.create(ref="quake", name="Quake")
    people["reviewer"].groups.clear()
    EventRole.objects.create(person=people["reviewer"], event=elsewhere, role="reviewer")
    assert ask("reviewer", f"/incidents/{incident.ref}/here").status_code == 404
    assert ask("reviewer", f"/triage/{post.pk}/here").status_code == 404
    assert ask("lead", f"/incidents/{incident.ref}/here").json()["people"] == []


def test_who_may_not_see_or_review_is_refused(ask: Any, incident: Incident, post: Post) -> None:
    assert ask("partner", f"/incidents/{incident.ref}/here").status_code == 403
    assert ask("viewer", f"/triage/{post.pk}/here").status_code == 403
    assert ask("lead", "/triage/999999/here").status_code == 404
    assert ask("lead", "/incidents/INC-999999/here").status_code == 404
    client = Client()
    assert client.post(f"/triage/{post.pk}/here").status_code == 302
    client.force_login(User.objects.get(username="lead-ana"))
    assert client.get(f"/triage/{post.pk}/here").status_code == 405
