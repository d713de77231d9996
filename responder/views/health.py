"""Health checks for probes, and metrics for Prometheus."""

import hmac
import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from classifier import serving
from classifier.errors import ModelUnavailable
from classifier.models import ModelVersion, Prediction
from responder.api import doors
from responder.classification import stages
from responder.models import Post
from responder.partners import counters
from responder.web import problems

log = structlog.get_logger(__name__)
BROKER_TIMEOUT_S = 2
LOOPBACK = ("127.0.0.1", "::1")
COUNT_EVERY_S = 15.0


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Liveness: 200 while the process is up."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Readiness: database, broker and model, each `ok` or `failed`; 503 if any failed. Reasons are only logged.

    `stages` tells which work behind the pages is `behind`: the status is `degraded` then, and still 200, for a web
    process that is taken out of service would not help the workers.
    """
    checks = {name: _check(name, probe) for name, probe in PROBES.items()}
    ready = all(result == "ok" for result in checks.values())
    progress = _progress() if checks["database"] == "ok" else {}
    well = all(result == "ok" for result in progress.values())
    status = "failed" if not ready else "ok" if well else "degraded"
    content = {"status": status, "checks": checks, "stages": progress}
    response = JsonResponse(content, status=200 if ready else 503)
    if not ready:
        response["Retry-After"] = "5"
    return response


def _check(name: str, probe: Callable[[], Any]) -> str:
    from redis.exceptions import RedisError

    try:
        probe()
    except (DatabaseError, RedisError, ModelUnavailable, OSError) as error:
        log.warning("not ready", check=name, error=str(error)[:200])
        return "failed"
    return "ok"


def _progress() -> dict[str, str]:
    try:
        found = {name: "behind" if stages.behind(wait) else "ok" for name, wait in stages.waits().items()}
    except DatabaseError as error:
        log.warning("the stages could not be read", error=str(error)[:200])
        return {}
    late = [name for name, result in found.items() if result != "ok"]
    if late:
        log.warning("work behind the pages is late", stages=late)
    return found


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _broker() -> None:
    import redis

    timeouts = {"socket_connect_timeout": BROKER_TIMEOUT_S, "socket_timeout": BROKER_TIMEOUT_S}
    with redis.Redis.from_url(settings.REDIS_URL, **timeouts) as client:
        client.ping()


PROBES: dict[str, Callable[[], Any]] = {"database": _database, "broker": _broker, "model": serving.current}


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures of the whole installation, whichever process answers."""
    if not _may_measure(request):
        return problems.problem(403, "Forbidden", "Ask from this machine, or with the metrics token.")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(SharedMetrics())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_measure(request: HttpRequest) -> bool:
    """Whether the request may read metrics: with the token if one is set, otherwise only from loopback."""
    if settings.METRICS_TOKEN:
        expected = f"Bearer {settings.METRICS_TOKEN}".encode()
        return hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected)
    forwarded = {"X-Forwarded-For", "Forwarded"} & set(request.headers)
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not forwarded


class SharedMetrics(Collector):
    """Metrics read from the database and the shared counters, equal in every process."""

    def collect(self) -> Iterable[Metric]:
        yield from _posts()
        yield _predictions()
        yield _model()
        yield from _answers()


_counted: tuple[float, list[tuple[str, int]]] = (float("-inf"), [])


def _posts_by_state() -> list[tuple[str, int]]:
    """Posts by state. Counting reads every post, so it is cached for COUNT_EVERY_S."""
    global _counted
    if time.monotonic() - _counted[0] >= COUNT_EVERY_S:
        rows = Post.objects.order_by().values_list("state").annotate(count=Count("id"))
        _counted = (time.monotonic(), list(rows))
    return _counted[1]


def _posts() -> Iterable[Metric]:
    counts = dict(_posts_by_state())
    posts = GaugeMetricFamily("responder_posts", "Posts by state", labels=["state"])
    for state in Post.State.values:
        posts.add_metric([state], counts.get(state, 0))
    yield posts
    waits = {name: wait.total_seconds() for name, wait in stages.waits().items()}
    yield GaugeMetricFamily(
        "responder_oldest_waiting_post_seconds", "Age of the oldest post not yet classified", waits["classification"]
    )
    yield GaugeMetricFamily(
        "responder_oldest_ungrouped_post_seconds", "How long the oldest post waits to be grouped", waits["grouping"]
    )


def _predictions() -> Metric:
    highest = Prediction.objects.order_by().aggregate(highest=Max("id"))["highest"] or 0
    return CounterMetricFamily("responder_predictions", "Highest number of a stored prediction", highest)


def _model() -> Metric:
    info = GaugeMetricFamily("responder_model_info", "The version in production", labels=["name", "version", "sha256"])
    for version in ModelVersion.objects.filter(state=ModelVersion.State.PRODUCTION):
        info.add_metric([version.name, version.version, version.sha256], 1)
    return info


def _answers() -> Iterable[Metric]:
    """API responses by status; left out while the counters are down, when they would look reset."""
    statuses = {doors.key_of(status): str(status) for status in doors.STATUSES}
    found = counters.read(statuses)
    if found is None:
        return
    answers = CounterMetricFamily("responder_api_requests", "Answers of the partner API", labels=["status"])
    for key, status in statuses.items():
        if key in found:
            answers.add_metric([status], found[key])
    yield answers
