"""The product's records in the admin."""

from responder.admin import (
    alerts,
    corrections,
    events,
    exports,
    feeds,
    field_reports,
    incidents,
    jobs,
    organisations,
    people,
    posts,
    queue,
    situation,
    tokens,
    webhooks,
)

__all__ = [
    "alerts",
    "corrections",
    "events",
    "exports",
    "feeds",
    "field_reports",
    "incidents",
    "jobs",
    "organisations",
    "people",
    "posts",
    "queue",
    "situation",
    "tokens",
    "webhooks",
]
