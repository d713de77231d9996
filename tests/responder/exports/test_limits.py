"""How many exports run at once, for one owner and in one process; the others are told when to try again."""

import gc
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, RequestFactory

from monitoring.models import AuditEvent
from responder import exports, roles
from responder.exports import limits
from responder.models import Event, Post, User
from responder.partners import tokens

pytestmark = pytest.mark.django_db
ADDRESSES = {"page": "/export/posts.csv", "api": "/api/v1/exports/posts/csv"}
INCIDENTS = {"page": "/export/incidents.csv", "api": "/api/v1/exports/incidents/csv"}


@pytest.fixture(autouse=True)
def running(monkeypatch: pytest.MonkeyPatch) -> limits.Running:
    monkeypatch.setattr(limits, "RUNNING", limits.Running())
    return limits.RUNNING


@pytest.fixture
def clients(people: dict[str, User]) -> dict[str, Client]:
    """The same person, signed in and with a token."""
    owner = people["lead"]
    roles.grant(user=owner, role="partner")
    scopes = ["export", "read:incidents"]
    _token, secret = tokens.issue(owner=owner, organisation="R", name="x", scopes=scopes, by=owner)
    page = Client(headers={"Accept": "text/html"})
    page.force_login(owner)
    return {"page": page, "api": Client(headers={"Authorization": f"Token {secret}"})}


def content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)  # the test client closes the answer at its end


@pytest.mark.parametrize("addresses", [ADDRESSES, INCIDENTS])
@pytest.mark.parametrize("by", ADDRESSES)
def test_an_owner_has_few_exports_at_once_by_pages_and_tokens_together(
    clients: dict[str, Client], make_post: Callable[..., Post], running: limits.Running, by: str,
    addresses: dict[str, str],
) -> None:  # fmt: skip
    make_post()
    open_ones = [clients[how].get(ADDRESSES[how]) for how in ("page", "api")]
    assert len(open_ones) == len(running) == limits.MOST_PER_OWNER
    recorded = AuditEvent.objects.count()

    refused = clients[by].get(addresses[by])
    assert refused.status_code == 429
    assert refused["Retry-After"] == str(limits.RETRY_AFTER_S)
    assert "You already have 2 exports or downloads running" in refused.content.decode()
    assert AuditEvent.objects.count() == recorded

    assert all(map(content, open_ones))
    assert len(running) == 0
    assert content(clients[by].get(addresses[by]))


def test_a_process_has_few_exports_at_once(clients: dict[str, Client], running: limits.Running) -> None:
    ends = [running.begin(owner_id) for owner_id in range(-limits.MOST_PER_PROCESS, 0)]
    refused = clients["api"].get(ADDRESSES["api"])
    assert (refused.status_code, refused["Retry-After"]) == (429, str(limits.RETRY_AFTER_S))
    assert "as many exports as it can" in refused.json()["detail"]
    ends[0]()
    ends[0]()
    assert len(running) == limits.MOST_PER_PROCESS - 1
    assert content(clients["api"].get(ADDRESSES["api"]))


def test_what_is_refused_or_fails_does_not_count(
    clients: dict[str, Client], make_post: Callable[..., Post], running: limits.Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_post()
    monkeypatch.setattr("responder.exports.stream.MOST_ROWS", 0)
    for _ in range(limits.MOST_PER_OWNER + 1):
        assert "Export CSV</button>" in clients["page"].get(ADDRESSES["page"]).content.decode()
        assert clients["api"].get(ADDRESSES["api"]).status_code == 400
    assert len(running) == 0


def test_an_answer_that_is_dropped_before_it_is_sent_does_not_count(running: limits.Running, event: Event) -> None:
    def prepare() -> exports.Export:
        return exports.prepare(found=Post.objects.all(), event=event, kind="csv", query="", actor="user:a")

    response = exports.respond(RequestFactory().get("/"), 1, prepare)
    assert len(running) == 1
    del response
    gc.collect()
    assert len(running) == 0
