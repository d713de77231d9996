"""Limits the exports and downloads that run at the same time: each costs a second of processor time per 1,000 posts, in the process that serves pages."""

import weakref
from collections import Counter
from collections.abc import Callable
from threading import RLock

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _

from responder.errors import TooMany
from responder.exports.stream import Export

MOST_PER_OWNER = 2
MOST_PER_PROCESS = 8
RETRY_AFTER_S = 10


class TooManyExports(TooMany):
    """The owner, or all owners together, have reached this process's limit of concurrent exports."""

    title = "Too many exports"
    retry_after_s = RETRY_AFTER_S


class Running:
    """The exports that this process is sending, by owner."""

    def __init__(self) -> None:
        self._by_owner: Counter[int] = Counter()
        self._total = 0
        self._lock = RLock()  # the garbage collector may end an export in a thread that holds the lock

    def __len__(self) -> int:
        return self._total

    def begin(self, owner_id: int) -> Callable[[], None]:
        """Count an export, and return the function that ends it. Raises TooManyExports."""
        with self._lock:
            if self._by_owner[owner_id] >= MOST_PER_OWNER:
                raise TooManyExports(_("You already have %(n)d exports or downloads running. Wait until one has finished.") % {"n": MOST_PER_OWNER})  # fmt: skip
            if self._total >= MOST_PER_PROCESS:
                raise TooManyExports(_("The server is running as many exports as it can. Try again in %(n)d seconds.") % {"n": RETRY_AFTER_S})  # fmt: skip
            self._by_owner[owner_id] += 1
            self._total += 1
        has_ended = False

        def end() -> None:
            nonlocal has_ended
            with self._lock:
                if has_ended:
                    return
                has_ended = True
                self._total -= 1
                self._by_owner[owner_id] -= 1
                if not self._by_owner[owner_id]:
                    del self._by_owner[owner_id]

        return end


RUNNING = Running()


def respond(request: HttpRequest, owner_id: int, prepare: Callable[[], Export]) -> StreamingHttpResponse:
    """The export that `prepare` makes, as a download. Raises TooManyExports before anything is counted or recorded.

    Arguments:
        owner_id: the person, whether signed in or by a token of theirs.
    """
    return counted(owner_id, lambda: prepare().response(request))


def counted(owner_id: int, respond: Callable[[], StreamingHttpResponse]) -> StreamingHttpResponse:
    """The download that `respond` makes, counted until it ends. Raises TooManyExports before it is made."""
    end = RUNNING.begin(owner_id)
    try:
        response = respond()
    except BaseException:
        end()
        raise
    response._resource_closers.append(end)  # type: ignore[attr-defined]
    weakref.finalize(response, end)  # if a middleware replaces this response, nobody closes it
    return response
