"""The operations room's records in the admin."""

from responder.admin import events, exports, feeds, incidents, people, posts, tokens

__all__ = ["events", "exports", "feeds", "incidents", "people", "posts", "tokens"]
