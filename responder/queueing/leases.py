"""A worker's rows stay its own while it works: for a short while, so that a dead worker's are soon claimed again.

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
    """Rows that no process holds: it gave them back, or died. No lease of theirs is taken for more than `longest`."""
    return Q(lease_until=None) | moments.over("lease_until", now, longest=longest)


@contextmanager
def kept(owner: str) -> Iterator[None]:
    """Renew the lease of this owner's posts now and then, however long the block takes."""
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
            with transaction.atomic():  # those that are being stored just now need no lease any more
                free = waiting.select_for_update(no_key=True, skip_locked=True)
                Post.objects.filter(pk__in=free).update(lease_until=clock.now() + LEASE)
        except DatabaseError as error:  # away: the next round tries again, or another worker takes the posts
            log.warning("a lease could not be renewed", error=str(error)[:200])
        finally:
            connection.close()
