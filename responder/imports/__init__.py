"""Imports: uploaded files of posts, looked at first, then stored in parts by the queue.

How a file travels:
1. `accept` writes it to the disk as a draft. `preview` shows how its first rows are understood; nothing is stored.
2. `start` queues it. `run` stores part after part through the durable ingest, and each part's counts with it.
3. Its report tells what became of every row. `cancel` and `delete` keep what was imported.
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
