"""The operations room's records in the admin."""

from responder.admin import events, exports, feeds, incidents, jobs, people, posts, tokens

__all__ = ["events", "exports", "feeds", "incidents", "jobs", "people", "posts", "tokens"]
