"""The operations room's records in the admin."""

from responder.admin import events, feeds, incidents, people, posts, tokens

__all__ = ["events", "feeds", "incidents", "people", "posts", "tokens"]
