"""While an organisation is not active, nothing of it goes on: pages, sessions, jobs, webhooks. It goes on afterwards."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_q.models import OrmQ

from classifier import clock
from responder import roles, webhooks
from responder.exports.background import EXPORTS
from responder.models import (
    ExportJob,
    Membership,
    Organisation,
    Post,
    User,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from responder.queueing import long_jobs
from responder.webhooks import publishing, sending

pytestmark = pytest.mark.django_db


@pytest.fixture
def organisation(people: dict[str, User]) -> Organisation:
    made = Organisation.objects.create(name="Relief")
    for role in ("partner", "lead"):
        Membership.objects.create(organisation=made, person=people[role])
    return made


@pytest.fixture
def paused(organisation: Organisation) -> Organisation:
    organisation.is_active = False
    organisation.save()
    return organisation


def allowed(person: User, ability: str) -> bool:
    """By a request, and by a query: both say the same."""
    one = User.objects.get(pk=person.pk)
    by_query = User.objects.filter(roles.holding(ability, one.pk), pk=one.pk).exists()
    assert roles.allows(one, ability) == by_query
    return by_query


def test_who_acts_for_paused_organisations_alone_may_nothing(
    people: dict[str, User], organisation: Organisation
) -> None:
    assert allowed(people["partner"], roles.USE_API) and allowed(people["lead"], roles.VIEW)
    Organisation.objects.update(is_active=False)
    assert not allowed(people["partner"], roles.USE_API) and not allowed(people["lead"], roles.VIEW)
    assert allowed(people["viewer"], roles.VIEW)  # acts for nobody
    Membership.objects.create(organisation=Organisation.objects.create(name="Other"), person=people["partner"])
    assert allowed(people["partner"], roles.USE_API)


def test_an_administrator_is_not_locked_out_with_an_organisation(people: dict[str, User], paused: Organisation) -> None:
    Membership.objects.create(organisation=paused, person=people["superuser"])
    assert allowed(people["superuser"], roles.VIEW)


@pytest.mark.parametrize("name", ["map", "files", "theme"])
def test_sessions_end_with_the_next_request(
    client: Client, people: dict[str, User], organisation: Organisation, name: str
) -> None:
    client.force_login(people["lead"])
    assert client.get(reverse("map")).status_code == 200
    Organisation.objects.update(is_active=False)
    answer = client.get(reverse(name))
    assert answer.status_code == 302 and answer["Location"].startswith("/login/")
    assert "_auth_user_id" not in client.session
    Organisation.objects.update(is_active=True)
    assert client.get(reverse("map")).status_code == 302  # they sign in again


@pytest.fixture
def owed(people: dict[str, User], organisation: Organisation) -> WebhookDelivery:
    endpoint = WebhookEndpoint.objects.create(
        owner=people["partner"], url="https://a.example/x", kinds=["post.critical"]
    )
    event = WebhookEvent.objects.create(kind="post.critical", data={"id": 1})
    return WebhookDelivery.objects.create(endpoint=endpoint, event=event, next_at=clock.now() - timedelta(minutes=1))


def test_webhooks_of_a_paused_organisation_are_held_and_sent_afterwards(owed: WebhookDelivery) -> None:
    Organisation.objects.update(is_active=False)
    assert not webhooks.wake() and webhooks.deliver() == 0
    assert publishing.publish("post.critical", [{"id": 2}]) == 0
    owed.refresh_from_db()
    assert (owed.state, owed.tries) == (WebhookDelivery.State.WAITING, 0)
    Organisation.objects.update(is_active=True)
    assert list(sending._due()) == [owed]


def test_webhooks_of_somebody_who_left_are_not_sent(owed: WebhookDelivery, people: dict[str, User]) -> None:
    assert sending._due().exists()
    User.objects.filter(pk=people["partner"].pk).update(is_active=False)
    assert not sending._due().exists() and not webhooks.wake()


def export_of(person: User) -> ExportJob:
    return ExportJob.objects.create(
        owner=person, through_api=False, kind="csv", rows=3, newest_id=10**9, expires_at=clock.now() + timedelta(days=1),
        woken_at=clock.now() - 2 * long_jobs.LEASE,
    )  # fmt: skip


def test_a_long_job_waits_while_its_owners_organisation_is_paused(
    people: dict[str, User], paused: Organisation, make_post: Callable[..., Post], settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = settings.DATA_DIR = tmp_path
    make_post()
    job = export_of(people["lead"])
    assert EXPORTS.wake() == 0 and not OrmQ.objects.exists()
    EXPORTS.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.parts, job.attempts) == (ExportJob.State.WAITING, 0, 0)
    Organisation.objects.update(is_active=True)
    assert EXPORTS.wake() == 1
    EXPORTS.run(job.pk)
    job.refresh_from_db()
    assert job.state == ExportJob.State.DONE


def test_a_long_job_stops_between_two_parts(
    people: dict[str, User], organisation: Organisation, make_post: Callable[..., Post], settings: Any, tmp_path: Any,
    monkeypatch: Any,
) -> None:  # fmt: skip
    settings.MEDIA_ROOT = settings.DATA_DIR = tmp_path
    monkeypatch.setattr("responder.exports.background.PART", 1)
    for _ in range(3):
        make_post()
    job, do = export_of(people["lead"]), EXPORTS.do

    def pause_after(*arguments: Any) -> None:
        do(*arguments)
        Organisation.objects.update(is_active=False)

    monkeypatch.setattr(EXPORTS, "do", pause_after)
    EXPORTS.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.parts, job.lease_until, job.attempts) == (ExportJob.State.RUNNING, 1, None, 0)
