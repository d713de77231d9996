"""Database connections of the web process, which has many more threads than connections."""

from django.db import connections


def release_connections() -> None:
    """Return this thread's database connections to the pool, except inside a transaction.

    Call it before a request waits for anything but the database, such as the model: a thread otherwise keeps its
    connection until the response is sent, and a few slow requests leave none for the others. The next query takes a
    connection again.
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
