"""The suggested incidents on the incidents page, and what people do with them there."""

from collections.abc import Callable

import pytest
from django.test import Client

from responder.models import Event, Incident, IncidentSuggestion, Post, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def suggestion(event: Event, make_post: Callable[..., Post]) -> IncidentSuggestion:
    found = IncidentSuggestion.objects.create(event=event)
    for text in ("No water here, call +258 84 123 4567", "No water here!"):
        found.members.create(post=make_post(text=text, latitude=None, longitude=None))
    return found


def page(client: Client, person: User) -> str:
    client.force_login(person)
    return client.get("/incidents/").content.decode()


def test_who_may_work_on_incidents_sees_them_masked(
    client: Client, people: dict[str, User], suggestion: IncidentSuggestion
) -> None:
    shown = page(client, people["reviewer"])
    assert "Suggested incidents" in shown and "No water here, call •••" in shown and "123 4567" not in shown
    assert "Suggested incidents" not in page(client, people["viewer"])


def test_a_suggestion_is_opened(client: Client, people: dict[str, User], suggestion: IncidentSuggestion) -> None:
    client.force_login(people["reviewer"])
    answer = client.post(f"/incidents/suggestions/{suggestion.pk}/open", {"version": 1}, follow=True)
    incident = Incident.objects.get()
    assert answer.redirect_chain[-1][0] == f"/incidents/{incident.ref}/" and incident.size == 2
    assert "Suggested incidents" not in page(client, people["reviewer"])


def test_a_suggestion_is_dismissed_and_taken_back(
    client: Client, people: dict[str, User], suggestion: IncidentSuggestion
) -> None:
    client.force_login(people["reviewer"])
    address = f"/incidents/suggestions/{suggestion.pk}"
    answer = client.post(f"{address}/dismiss", {"version": 1}, follow=True)
    assert "will not be suggested again" in answer.content.decode() and "Suggest again" in answer.content.decode()
    answer = client.post(f"{address}/dismiss", {"version": 1}, follow=True)
    assert "saved a change first" in answer.content.decode()
    client.post(f"{address}/again", {"version": 2})
    suggestion.refresh_from_db()
    assert (suggestion.state, suggestion.version) == ("waiting", 3) and not Incident.objects.exists()


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30])
def test_a_strange_version_is_refused(
    client: Client, people: dict[str, User], suggestion: IncidentSuggestion, version: str
) -> None:
    client.force_login(people["reviewer"])
    answer = client.post(f"/incidents/suggestions/{suggestion.pk}/open", {"version": version})
    assert answer.status_code in (302, 400) and not Incident.objects.exists()


@pytest.mark.parametrize("verb", ["open", "dismiss", "again"])
def test_others_change_nothing(
    client: Client, people: dict[str, User], suggestion: IncidentSuggestion, verb: str
) -> None:
    for role, status in (("viewer", 403), ("auditor", 403)):
        client.force_login(people[role])
        assert client.post(f"/incidents/suggestions/{suggestion.pk}/{verb}", {"version": 1}).status_code == status
    client.force_login(people["lead"])
    assert client.post(f"/incidents/suggestions/{10**9}/{verb}", {"version": 1}).status_code == 404
    suggestion.refresh_from_db()
    assert suggestion.version == 1
