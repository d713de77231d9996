"""Imports: uploaded files of posts are previewed, then stored in batches by the queue.

The life of a file:
1. `accept` writes it to disk as a draft. `preview` shows how its first rows will be read; nothing is stored.
2. `start` queues it. `run` stores the batches through the durable ingest, each together with its counts.
3. Its report accounts for every row. `cancel` and `delete` keep the imported posts.
"""

from responder.imports.accepting import NEW_EVENT, accept, change, limit, start
from responder.imports.files import named, problems_of
from responder.imports.keeping import cancel, delete, find, forget, owned_by
from responder.imports.preview import preview_of
from responder.imports.running import run, wake

__all__ = [
    "NEW_EVENT",
    "accept",
    "cancel",
    "change",
    "delete",
    "find",
    "forget",
    "limit",
    "named",
    "owned_by",
    "preview_of",
    "problems_of",
    "run",
    "start",
    "wake",
]
