"""Run by test_forks in a process of its own: which connections it uses before a fork, its children, and it afterwards.

Once with a connection to PostgreSQL a thread, once with a pool as the web process has it; and what a training's process has.
"""

import ast
import json
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import billiard
import django

Used = dict[str, int]


def main() -> None:
    from django.db import connection

    from responder import database

    used_by: dict[str, Any] = {"plain": _forked()}
    connection.close()
    database.pool_connections()
    used_by |= {"pooled": _forked(), "watched": _watched()}
    json.dump(used_by, sys.stdout)


def _forked() -> dict[str, Used]:
    """Fork in each way, inside a transaction, while another thread has a connection too."""
    from django.db import connection, transaction

    occupied = threading.Event()
    threading.Thread(target=_another_thread, args=(occupied,), daemon=True).start()
    occupied.wait(30)
    used = {"parent": _used()}
    with transaction.atomic():
        used |= {name: _in_child(start) for name, start in _ways_to_fork()}
        used["parent in its transaction"] = _used()
    connection.close()
    used["parent at last"] = _used()
    return used


def _watched() -> Any:
    """Connections that a child has which is run as training runs it."""
    from classifier import processes

    lines: list[str] = []
    script = "import psutil, sys; print([tuple(c.raddr) for c in psutil.Process().net_connections()], file=sys.stderr)"
    processes.run(
        [sys.executable, "-c", script], on_line=lines.append, keep_going=lambda: True, minutes=5, memory_gb=4,
        folder=Path.cwd(),
    )  # fmt: skip
    return ast.literal_eval(lines[0])


def _another_thread(occupied: threading.Event) -> None:
    """Keeps a connection of its own, as a thread that answers a request does."""
    _used()
    occupied.set()
    threading.Event().wait()


def _used() -> Used:
    """Identities, at the servers, of the connections that this thread uses now."""
    from django.core.cache import cache
    from django.db import connection

    from responder.celery import app

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()
    with app.producer_pool.acquire(block=True) as producer:
        broker = producer.channel.client.client_id()
    cached = cache._cache.get_client(None, write=True).client_id()  # type: ignore[attr-defined]
    return {"database": backend[0] if backend else 0, "broker": broker, "cache": cached}


def _ways_to_fork() -> list[tuple[str, Callable[..., Any]]]:
    return [
        ("multiprocessing", multiprocessing.get_context("fork").Process),  # django-q, after it started itself
        ("billiard", billiard.get_context("fork").Process),  # Celery
    ]


def _in_child(process: Callable[..., Any]) -> Used:
    reading, writing = os.pipe()

    def tell() -> None:
        with os.fdopen(writing, "w") as pipe:
            json.dump(_used(), pipe)

    child = process(target=tell)
    child.start()
    os.close(writing)
    with os.fdopen(reading) as pipe:
        used_by: Used = json.load(pipe)
    child.join(30)
    return used_by


if __name__ == "__main__":
    django.setup()
    main()
