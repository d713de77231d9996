"""Turns to read an uploaded file within a request.

A workbook of one megabyte can take a gigabyte of memory and minutes of processor time, so that few files are read at once in each
process, and one of each person. The queue reads one file at a time anyway.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from classifier import database, memory
from responder.errors import TooMany, Unavailable

MOST_AT_ONCE = 2
PATIENCE_S = 20.0

_seats = threading.BoundedSemaphore(MOST_AT_ONCE)
_owners: set[int] = set()
_changed = threading.Condition()


@contextmanager
def turn(owner_id: int) -> Iterator[None]:
    """The right to read a file of this person now. Raises TooMany, Unavailable after PATIENCE_S seconds."""
    database.release_connections()  # others may use them while this request waits
    with _changed:
        if not _changed.wait_for(lambda: owner_id not in _owners, PATIENCE_S):
            raise TooMany(_("Another file of yours is still being read. Try again when that has finished."))
        _owners.add(owner_id)
    try:
        if not _seats.acquire(timeout=PATIENCE_S):
            raise Unavailable(_("The server is reading other files at the moment. Try again in a minute."))
        try:
            yield
        finally:
            _seats.release()
            memory.give_back()  # what a long line or a large sheet took
    finally:
        with _changed:
            _owners.discard(owner_id)
            _changed.notify_all()
