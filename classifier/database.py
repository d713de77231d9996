"""Database connections of the web process, which many more threads share than there are connections."""

from django.db import connections


def release_connections() -> None:
    """Give this thread's database connections back to the pool, unless a transaction around us needs them.

    Call it before a request waits for anything but the database, or the model works for it: a thread otherwise keeps
    its connection until the answer is sent, and a few slow requests leave none for the others. The next query takes
    a connection again.
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
