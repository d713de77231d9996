"""The product's records in the admin."""

from responder.admin import (
    alerts,
    events,
    exports,
    feeds,
    incidents,
    jobs,
    organisations,
    people,
    posts,
    queue,
    tokens,
    webhooks,
)

__all__ = [
    "alerts",
    "events",
    "exports",
    "feeds",
    "incidents",
    "jobs",
    "organisations",
    "people",
    "posts",
    "queue",
    "tokens",
    "webhooks",
]
