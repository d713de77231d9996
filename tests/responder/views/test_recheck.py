"""The page of incidents to check again, and the facts on an incident's page."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classifier import clock
from responder.incidents import membership
from responder.models import Incident, IncidentFact, Post, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def stale(make_post: Callable[..., Post], people: dict[str, User]) -> Incident:
    post = make_post(text="80 people on the roof, call +258 84 123 4567", needs=["water"])
    incident = membership.create(post_ids=[post.pk], by=people["lead"])
    Incident.objects.update(last_confirmed_at=clock.now() - timedelta(days=3))
    return incident


def test_a_stale_incident_is_checked_again(client: Client, people: dict[str, User], stale: Incident) -> None:
    client.force_login(people["reviewer"])
    assert "is-stale" in client.get("/incidents/").content.decode()
    shown = client.get("/incidents/recheck/").content.decode()
    assert stale.ref in shown and "80 people: how many are there now?" in shown and "123 4567" not in shown
    client.post(f"/incidents/{stale.ref}/recheck", {"version": stale.version, "note": "Called the school"})
    assert stale.ref not in client.get("/incidents/recheck/").content.decode()
    assert "is-stale" not in client.get("/incidents/").content.decode()


def test_a_viewer_reads_and_changes_nothing(client: Client, people: dict[str, User], stale: Incident) -> None:
    client.force_login(people["viewer"])
    shown = client.get("/incidents/recheck/").content.decode()
    assert stale.ref in shown and "Still true" not in shown.split("press Still true")[-1]
    assert client.post(f"/incidents/{stale.ref}/recheck", {"version": stale.version}).status_code == 403


def test_what_contradicts_is_shown_masked(
    client: Client, people: dict[str, User], stale: Incident, make_post: Callable[..., Post]
) -> None:
    post = make_post(text="All rescued, thanks to +258 84 123 4567", created_at=clock.now())
    membership.attach(incident_id=stale.pk, version=1, post_ids=[post.pk], by=people["lead"])
    client.force_login(people["reviewer"])
    for address in ("/incidents/recheck/", f"/incidents/{stale.ref}/"):
        shown = client.get(address).content.decode()
        assert "A post tells of its end" in shown and "123 4567" not in shown
    assert "contradicted" in client.get("/incidents/").content.decode()


def test_facts_are_confirmed_and_withdrawn_on_the_page(
    client: Client, people: dict[str, User], stale: Incident
) -> None:
    client.force_login(people["reviewer"])
    fact = IncidentFact.objects.get()
    shown = client.get(f"/incidents/{stale.ref}/").content.decode()
    assert "80 people" in shown and "as stated by 1 post" in shown and f"sel={fact.post_id}" in shown
    client.post(f"/incidents/{stale.ref}/fact", {"version": 1, "fact": fact.pk})
    assert "confirmed by Ana Reviewer" in client.get(f"/incidents/{stale.ref}/").content.decode()
    client.post(f"/incidents/{stale.ref}/no-fact", {"version": 2, "fact": fact.pk})
    assert "No post states how many people" in client.get(f"/incidents/{stale.ref}/").content.decode()
    for wrong in ("", "x", "-1", "9" * 30):
        answer = client.post(f"/incidents/{stale.ref}/fact", {"version": 3, "fact": wrong})
        assert answer.status_code in (400, 404), wrong


def test_the_page_asks_few_queries_more_for_more_incidents(
    client: Client, people: dict[str, User], stale: Incident, make_post: Callable[..., Post]
) -> None:
    client.force_login(people["reviewer"])
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            client.get("/incidents/recheck/")
        counts.append(len(asked))
        for number in range(10):
            membership.create(post_ids=[make_post(text=f"{number + 2} people on roofs").pk], by=people["lead"])
        Incident.objects.update(last_confirmed_at=clock.now() - timedelta(days=3))
    assert counts[1] <= counts[0] + 3
