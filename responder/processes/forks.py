"""No connection to the database crosses a fork: two processes that write into one socket get each other's answers.

django-q's cluster, Celery's workers and Python's multiprocessing fork. What a child inherits is given up in it: it opens
connections of its own when it needs them. Its copies of the sockets are closed without a word to the server, so that the
parent's connections go on, and end with the parent. Redis clients look after themselves (they compare process ids).
"""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.db import connections

BACKEND = "django.db.backends.postgresql.base"
_kept: list[
    object
] = []  # never collected: a destructor would say good-bye on the parent's behalf, or wait for its locks
_guarded = False


def guard() -> None:
    """Make future children of this process start without its connections. Idempotent."""
    global _guarded
    if not _guarded:
        os.register_at_fork(after_in_child=discard_inherited)
        _guarded = True


def discard_inherited() -> None:
    """Discard the connections and pools that a child inherited from its parent."""
    for wrapper in connections.all(initialized_only=True):
        _kept.append(wrapper.connection)
        _drop_socket(wrapper.connection)
        wrapper.connection = None
        del connections[wrapper.alias]  # with its state, including a transaction of the parent
    for pool in _pools():
        _kept.append(pool)
        for connection in getattr(pool, "_pool", ()):
            _drop_socket(connection)
        pool._closed = True  # otherwise its destructor waits for threads that the child does not have


def _pools() -> Iterator[Any]:
    """Remove the process's pools from Django's registry and yield them."""
    backend = sys.modules.get(BACKEND)  # not imported: no PostgreSQL here
    pools = backend.DatabaseWrapper._connection_pools if backend else {}
    while pools:
        yield pools.popitem()[1]


def _drop_socket(connection: Any) -> None:
    """Close this process' copy of a PostgreSQL connection's socket, and nothing else."""
    if handle := getattr(connection, "pgconn", None):
        with suppress(Exception):  # closed already
            os.close(handle.socket)
