"""Traces: off by default at no cost; on, one span for a request and one for each task below it, without anything personal."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from responder import tracing
from responder.celery import app
from responder.models import User

ROOT = Path(__file__).parents[2]
ALLOWED = {"http.request.method", "http.route", "http.response.status_code", "responder.request_id"}
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def spans(settings: Any) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    tracing.start(exporter)
    settings.MIDDLEWARE = [configured.MIDDLEWARE[0], "responder.tracing.TracingMiddleware", *configured.MIDDLEWARE[1:]]
    yield exporter
    tracing.stop()


def test_off_it_is_not_even_imported() -> None:
    assert "responder.tracing.TracingMiddleware" not in configured.MIDDLEWARE
    program = (
        "import sys, django; django.setup(); import responder.tasks; from django.core.handlers.wsgi import WSGIHandler; "
        "WSGIHandler(); print([m for m in sys.modules if 'opentelemetry' in m])"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0 and ran.stdout == "[]\n", ran.stdout + ran.stderr


def test_a_request_is_one_span_below_the_callers_with_what_may_be_told_alone(
    spans: InMemorySpanExporter, client: Client, people: dict[str, User]
) -> None:
    client.force_login(people["viewer"])
    headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "X-Request-ID": "asked-by-ana-1"}
    response = client.get("/feed/", {"q": "+258 84 123 4567"}, headers=headers)
    (span,) = spans.get_finished_spans()
    assert span.name == "GET /feed/" and span.attributes is not None
    assert set(span.attributes) == ALLOWED
    assert span.attributes["http.response.status_code"] == response.status_code == 200
    assert span.attributes["responder.request_id"] == "asked-by-ana-1" == response["X-Request-ID"]
    assert f"{span.context.trace_id:032x}" == TRACE and span.parent is not None


def test_a_task_has_a_span_and_its_arguments_stay_here(spans: InMemorySpanExporter) -> None:
    @app.task(name="tests.say")
    def say(text: str) -> str:
        return text

    say.apply(args=("a name that nobody may read",))
    (span,) = spans.get_finished_spans()
    assert span.name == "run/tests.say"
    assert "nobody may read" not in span.to_json()


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(tracing.ImproperlyConfigured, match=r"install relief-responder\[otel\], or unset it"):
        tracing.start()
