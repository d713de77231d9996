"""The operations room's records in the admin."""

from responder.admin import events, incidents, people, posts, tokens

__all__ = ["events", "incidents", "people", "posts", "tokens"]
