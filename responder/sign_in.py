"""How often somebody may try to sign in, and how many passwords are hashed at once.

1. An address has PER_ADDRESS failures in a window; an IPv6 address counts by its /64. A whole office may share one: afterwards
   each name has TRIES_UNDER_ATTACK tries from there, until all names together have used PER_ADDRESS_SLOW.
2. A name that failed PER_NAME times in a window, from wherever, is under attack: until the window ends each address has
   TRIES_UNDER_ATTACK tries at it. Nobody can lock a name for addresses other than their own.
3. One password is hashed at a time in each process, a few wait their turn, and the others are asked to come back: hashing is
   slow on purpose, and whoever sends many passwords would take the processor from all else.
4. django-axes remembers failures of a name from one address, and locks the pair for a quarter of an hour.
5. A device on which the name signed in before (`known_devices`) has PER_DEVICE tries of its own in a window, whatever others at
   its address or at this name do.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from classifier import clock
from responder import counters, known_devices
from responder.errors import TooMany

WINDOW_S = 900
PER_ADDRESS, PER_ADDRESS_SLOW, PER_DEVICE = 30, 90, 5
PER_NAME, TRIES_UNDER_ATTACK = 20, 2
WAITING, PATIENCE_S, BUSY_RETRY_S = 4, 2.0, 3
_turn, _seats = threading.BoundedSemaphore(1), threading.BoundedSemaphore(WAITING)


class TooManyTries(TooMany):
    """Somebody tried too often to sign in, or too many try at once.

    Arguments:
        retry_after_s: when to try again.
    """

    title = "Too many tries"

    def __init__(self, detail: str, *, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class Attempt:
    """One try: counted as a failure before the password is looked at, so that many at once cannot slip through."""

    def __init__(self, *, username: str, address: str, device: str = "") -> None:
        """Arguments:
            device: the id of a device on which this name signed in before, or empty.

        Raises TooManyTries.
        """
        window, passed = divmod(int(clock.now().timestamp()), WINDOW_S)
        self._left_s = WINDOW_S - passed
        name = hashlib.sha256(known_devices.normalised(username).encode(errors="replace")).hexdigest()[:32]
        self._keys: list[str] = []
        if device and self._count(f"sign-in:{window}:device:{device}:{name}") <= PER_DEVICE:
            return
        crowded = self._count(f"sign-in:{window}:address:{address}") > PER_ADDRESS
        attacked = self._count(f"sign-in:{window}:name:{name}") > PER_NAME
        if (crowded or attacked) and self._count(f"sign-in:{window}:pair:{name}:{address}") > TRIES_UNDER_ATTACK:
            raise self._refused()
        if crowded and self._count(f"sign-in:{window}:slow:{address}") > PER_ADDRESS_SLOW:
            raise self._refused()

    def succeeded(self) -> None:
        """The try was no failure."""
        for key in self._keys:
            counters.take_back(key)

    def _count(self, key: str) -> int:
        self._keys.append(key)
        return counters.increment(key, seconds=WINDOW_S + 1)

    def _refused(self) -> TooManyTries:
        detail = _("Too many tries to sign in. Try again in %(minutes)d minutes.") % {"minutes": self._left_s // 60 + 1}
        return TooManyTries(detail, retry_after_s=self._left_s)


@contextmanager
def turn() -> Iterator[None]:
    """The right to hash a password in this process. Raises TooManyTries where too many wait for it."""
    busy = TooManyTries(_("Many people are signing in. Try again in a few seconds."), retry_after_s=BUSY_RETRY_S)
    if not _seats.acquire(blocking=False):
        raise busy
    try:
        if not _turn.acquire(timeout=PATIENCE_S):
            raise busy
    finally:
        _seats.release()
    try:
        yield
    finally:
        _turn.release()
