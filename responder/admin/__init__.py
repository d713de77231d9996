"""The operations room's records in the admin."""

from responder.admin import events, people, posts, tokens

__all__ = ["events", "people", "posts", "tokens"]
