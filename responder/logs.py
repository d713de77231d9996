"""Structured logs through structlog, for our own lines and those of every library."""

import logging.config
import re
from typing import Any

from responder import optional_imports

with optional_imports.hidden("rich"):  # it would colour tracebacks, which we write as text
    import structlog


# Whoever has the link of a correction, an invitation or a new password needs nothing else. Django writes paths into its lines
# about refused and failed requests.
SECRET_LINK = re.compile(
    r"(/(?:correct|invitations|password|report|inbound/sms|inbound/messages|first-run/link)/)(?!verify/)[\w%-]{16,}"
)
SECRET_PATHS = ("/correct/", "/invitations/", "/password/", "/report/", "/inbound/", "/first-run/link/")


def without_secret_links(_logger: Any, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """The line without the secrets of links, as a processor of structlog."""
    return {
        name: SECRET_LINK.sub(r"\1…", value)
        if isinstance(value, str) and any(path in value for path in SECRET_PATHS)
        else value
        for name, value in event.items()
    }


def without_trace(record: logging.LogRecord) -> bool:
    """A filter that leaves a line's traceback out: anybody can send a request for a host that we are not."""
    record.exc_info = record.exc_text = None
    return True


def configuration(*, level: str, form: str) -> None:
    """Configure logging once per process.

    Arguments:
        level: the least severity that is written.
        form: `text` for people, `json` for collectors.
    """
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "structured": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        structlog.processors.format_exc_info,
                        without_secret_links,
                        renderer,
                    ],
                }
            },
            "filters": {"without_trace": {"()": lambda: without_trace}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": {
                "celery": {"level": "WARNING"},
                "django_q": {"level": "WARNING"},
                "django-q": {"level": "WARNING"},
                "django.request": {"level": "ERROR"},
                "django.security.DisallowedHost": {"filters": ["without_trace"]},
                "axes": {"level": "WARNING"},
                "uvicorn.access": {"level": "WARNING"},
                "httpx": {"level": "WARNING"},  # a line for each request, with what was searched for
            },
        }
    )
