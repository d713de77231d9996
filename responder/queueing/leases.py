"""Leases on rows, short so that a dead worker's rows are soon claimed by another.

`free` is for every table whose rows are leased; `kept` renews the leases of posts.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from classifier import clock, moments
from responder.models import Post

log = structlog.get_logger(__name__)
LEASE = timedelta(seconds=15)
RENEW_S = 4.0


def free(now: datetime, *, longest: timedelta) -> Q:
    """The condition for rows without a valid lease. A lease further ahead than `longest` is invalid."""
    return Q(lease_until=None) | moments.over("lease_until", now, longest=longest)


@contextmanager
def kept(owner: str) -> Iterator[None]:
    """A context that keeps renewing the lease of this owner's posts."""
    done = threading.Event()
    threading.Thread(target=_renew, args=(owner, done), daemon=True).start()
    try:
        yield
    finally:
        done.set()


def _renew(owner: str, done: threading.Event) -> None:
    while not done.wait(RENEW_S):
        try:
            waiting = Post.objects.filter(lease_owner=owner, state=Post.State.ACCEPTED)
            with transaction.atomic():  # posts that are being stored need no lease any more
                free = waiting.select_for_update(no_key=True, skip_locked=True)
                Post.objects.filter(pk__in=free).update(lease_until=clock.now() + LEASE)
        except (
            DatabaseError
        ) as error:  # the database is down: the next round retries, or another worker takes the posts
            log.warning("a lease could not be renewed", error=str(error)[:200])
        finally:
            connection.close()
