"""What the scripts of this folder share: threads with connections of their own, people, posts, and what PostgreSQL counted."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any, TypeVar

import django

T = TypeVar("T")


def begin() -> None:
    """Set Django up so that each thread opens a connection of its own."""
    django.setup()
    from django.db import connections

    connections.databases["default"]["OPTIONS"].pop("pool", None)


def together(works: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """What each of `works` gives or raises, all started at the same moment, each in a thread of its own."""
    from django.db import connection

    gate = Barrier(len(works))

    def one(work: Callable[[], T]) -> T | Exception:
        try:
            connection.ensure_connection()
            gate.wait(60)
            return work()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def person(name: str, role: str) -> Any:
    """Somebody with a role."""
    from responder import roles
    from responder.models import User

    user = User.objects.create_user(name, first_name=name.title())
    roles.grant(user=user, role=role)
    return user


def event(ref: str) -> Any:
    """A disaster."""
    from responder.models import Event

    return Event.objects.create(ref=ref, name=ref.title(), country_codes=["MZ"])


def posts(of: Any, number: int, *, copies: int = 1) -> list[Any]:
    """Classified posts of an event, so many of each text."""
    from classifier import clock
    from responder.models import Post

    category, now = "requests_or_urgent_needs", clock.now()
    return Post.objects.bulk_create(
        Post(
            source="storm", source_id=f"{of.ref}-{n}", event=of, text=f"We need water in house {n // copies}", lang="en",
            author_handle=f"author{n % 7}", created_at=now - timedelta(minutes=n), time_source=Post.TimeSource.SOURCE,
            text_key=f"{of.ref}-{n // copies}", state=Post.State.CLASSIFIED, classified_at=now, category=category,
            model_category=category, group="needs", probability=0.8, band=4, probabilities={category: 0.8},
            emergency=True, emergency_probability=0.9, severity=3, severity_reason="model", priority_score=0.4,
        )
        for n in range(number)
    )  # fmt: skip


def deadlocks() -> int:
    """How many PostgreSQL found in this database, once the threads' connections have told it all they know."""
    from django.db import connection

    time.sleep(1.5)  # a backend reports what it counted at most once a second, and when it ends
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
