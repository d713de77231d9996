"""Traces through OpenTelemetry (extra `[otel]`), for sites that set RESPONDER_OTEL_ENDPOINT; else nothing here is imported.

A span holds method, route, status, the request's id, and names of tasks. Never texts, search words, addresses or tokens:
what may be told is listed here, instead of what an instrumentation would take by itself.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_provider: "TracerProvider | None" = None


def start(exporter: Any = None) -> "TracerProvider":
    """Start tracing in this process, including Celery's tasks, and return its span provider.

    Arguments:
        exporter: where spans go, at once; default: in batches to the collector at settings.OTEL_ENDPOINT, by OTLP over HTTP.

    Raises ImproperlyConfigured where the extra is not installed.
    """
    global _provider
    if _provider is None:
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.instrumentation.celery import CeleryInstrumentor
            from opentelemetry.sdk.resources import SERVICE_NAME, Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
        except ImportError as error:
            raise ImproperlyConfigured(
                "RESPONDER_OTEL_ENDPOINT is set: install relief-responder[otel], or unset it."
            ) from error
        _provider = TracerProvider(resource=Resource.create({SERVICE_NAME: "responder"}))
        if exporter:
            _provider.add_span_processor(SimpleSpanProcessor(exporter))
        else:
            address = (settings.OTEL_ENDPOINT or "").rstrip("/") + "/v1/traces"
            _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address)))
        CeleryInstrumentor().instrument(tracer_provider=_provider)
    return _provider


def stop() -> None:
    """Flush pending spans and stop tracing."""
    global _provider
    if _provider is not None:
        from opentelemetry.instrumentation.celery import CeleryInstrumentor

        CeleryInstrumentor().uninstrument()
        _provider.shutdown()
        _provider = None


class TracingMiddleware:
    """A span for each request, below the trace that the caller is in; its id joins the log lines."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.tracer = start().get_tracer("responder")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        from opentelemetry import trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        above = TraceContextTextMapPropagator().extract(
            {name.lower(): value for name, value in request.headers.items()}
        )
        method = request.method or ""
        with self.tracer.start_as_current_span(method, context=above, kind=trace.SpanKind.SERVER) as span:
            trace_id = trace.format_trace_id(span.get_span_context().trace_id)
            with structlog.contextvars.bound_contextvars(trace_id=trace_id):
                response = self.get_response(request)
            route = request.resolver_match.route if request.resolver_match else ""
            span.update_name(f"{method} /{route}")
            span.set_attributes(
                {
                    "http.request.method": method,
                    "http.route": f"/{route}",
                    "http.response.status_code": response.status_code,
                    "responder.request_id": request.id,  # type: ignore[attr-defined]
                }
            )
            if response.status_code >= 500:
                span.set_status(trace.StatusCode.ERROR)
        return response
