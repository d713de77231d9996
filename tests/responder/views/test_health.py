"""Probes and metrics: honest about each part, closed to strangers."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client

from classifier import clock
from classifier.errors import ModelUnavailable
from classifier.models import Prediction
from responder.classification import stages
from responder.models import Post, PostEmbedding
from responder.partners import counters
from responder.views import health
from tests.services import running_redis

pytestmark = pytest.mark.django_db


def fail(error: Exception) -> Any:
    def probe() -> None:
        raise error

    return probe


@pytest.fixture(autouse=True)
def _count_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(health, "_counted", (float("-inf"), []))


@pytest.fixture
def redis_url(tmp_path: Path, settings: Any) -> Any:
    with running_redis(tmp_path) as url:
        settings.REDIS_URL = url
        yield url


def lines(response: Any) -> list[str]:
    return [line for line in response.content.decode().splitlines() if not line.startswith("#")]


def test_healthz_needs_nothing_but_the_process(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert response.status_code == 200 and response.json() == {"status": "ok"}


def test_readyz_is_ready_with_database_broker_and_model(client: Client, redis_url: str) -> None:
    response = client.get("/readyz")
    assert response.json() == {
        "status": "ok", "checks": {"database": "ok", "broker": "ok", "model": "ok"},
        "stages": {"classification": "ok", "grouping": "ok"},
    }  # fmt: skip
    assert response.status_code == 200


@pytest.mark.parametrize("stage", ["classification", "grouping"])
def test_readyz_and_the_sources_page_tell_of_a_stage_that_stands_still(
    client: Client, redis_url: str, make_post: Any, people: Any, stage: str
) -> None:
    long_ago = clock.now() - stages.BEHIND_AFTER - timedelta(minutes=5)
    if stage == "classification":
        make_post(state=Post.State.ACCEPTED, received_at=long_ago)
    else:
        post = make_post(classified_at=long_ago)
        PostEmbedding.objects.create(post=post, space="s", cell=-1, at=post.created_at, vector=b"", signature=b"")
    response = client.get("/readyz")
    found = response.json()
    assert response.status_code == 200 and found["status"] == "degraded"
    assert [name for name, result in found["stages"].items() if result != "ok"] == [stage]
    client.force_login(people["lead"])
    page = client.get("/feeds/", headers={"Accept": "text/html"}).content.decode()
    assert "is behind: the oldest post has been waiting for 20 min" in page


def test_readyz_does_not_mind_posts_that_have_just_come(client: Client, redis_url: str, make_post: Any) -> None:
    make_post(state=Post.State.ACCEPTED, received_at=clock.now())
    assert client.get("/readyz").json()["status"] == "ok"


def test_readyz_names_an_absent_broker(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = client.get("/readyz")
    assert response.status_code == 503 and int(response["Retry-After"]) > 0
    assert response.json()["checks"] == {"database": "ok", "broker": "failed", "model": "ok"}


@pytest.mark.parametrize(
    ("name", "error"), [("database", OperationalError("password=hunter2")), ("model", ModelUnavailable("in /secret"))]
)
def test_readyz_names_what_failed_and_keeps_the_reason(
    client: Client, redis_url: str, monkeypatch: pytest.MonkeyPatch, name: str, error: Exception
) -> None:
    monkeypatch.setitem(health.PROBES, name, fail(error))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert [part for part, state in response.json()["checks"].items() if state != "ok"] == [name]
    assert str(error) not in response.content.decode()


@pytest.mark.parametrize(
    ("request_", "token", "status"),
    [
        (("127.0.0.1", {}), None, 200),
        (("::1", {}), None, 200),
        (("10.0.0.5", {}), None, 403),
        (("", {}), None, 403),
        (("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}), None, 403),
        (("127.0.0.1", {"Forwarded": "for=203.0.113.9"}), None, 403),
        (("10.0.0.5", {"X-Forwarded-For": "127.0.0.1"}), None, 403),
        (("10.0.0.5", {"Authorization": "Bearer s3cret"}), "s3cret", 200),
        (("10.0.0.5", {"Authorization": "Bearer wrong"}), "s3cret", 403),
        (("10.0.0.5", {"Authorization": "Bearer é"}), "s3cret", 403),
        (("10.0.0.5", {"Authorization": "Bearer "}), None, 403),
        (("127.0.0.1", {}), "s3cret", 403),
    ],
)
def test_metrics_are_for_this_machine_or_for_the_token(
    client: Client, settings: Any, request_: tuple[str, dict[str, str]], token: str | None, status: int
) -> None:
    settings.METRICS_TOKEN = token
    address, headers = request_
    assert client.get("/metrics", REMOTE_ADDR=address, headers=headers).status_code == status


def test_metrics_count_what_the_database_holds(client: Client, make_post: Any) -> None:
    make_post()
    make_post(state=Post.State.ACCEPTED)
    make_post(state=Post.State.ACCEPTED)
    found = lines(client.get("/metrics"))
    assert 'responder_posts{state="classified"} 1.0' in found
    assert 'responder_posts{state="accepted"} 2.0' in found
    assert 'responder_posts{state="quarantined"} 0.0' in found
    waiting = next(line for line in found if line.startswith("responder_oldest_waiting_post_seconds"))
    assert float(waiting.split()[1]) >= 0


def test_metrics_count_answers_and_predictions_of_all_processes(client: Client, people: Any) -> None:
    client.get("/api/v1/categories")
    client.get("/api/v1/categories")
    counters.increment("api-answers:200", seconds=60)  # as another process would
    found = lines(client.get("/metrics"))
    assert 'responder_api_requests_total{status="401"} 2.0' in found
    assert 'responder_api_requests_total{status="200"} 1.0' in found
    assert "responder_predictions_total 0.0" in found and not Prediction.objects.exists()


def test_metrics_leave_out_what_cannot_be_read(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "_away_until", float("inf"))
    response = client.get("/metrics")
    assert response.status_code == 200
    assert not any(line.startswith("responder_api_requests_total") for line in lines(response))


def test_metrics_name_the_model_in_production(client: Client, redis_url: str) -> None:
    client.get("/readyz")
    assert any(
        line.startswith("responder_model_info{") and 'sha256="' in line for line in lines(client.get("/metrics"))
    )


def test_the_number_of_queries_does_not_grow(
    client: Client, make_post: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        make_post()
    with django_assert_max_num_queries(4):
        client.get("/metrics")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_only_read(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
