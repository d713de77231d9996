"""Limits on sign-in attempts, and on passwords hashed at once.

1. An address has PER_ADDRESS failures in a window; an IPv6 address counts by its /64, and with larger limits (PER_NETWORK) by
   its /56 and /48, as one holder has many /64. A whole office may share one: afterwards each name has TRIES_UNDER_ATTACK tries
   from there, until all names together have used SLOWER times as many.
2. A name that failed PER_NAME times in a window, from wherever, is under attack: until the window ends each address has
   TRIES_UNDER_ATTACK tries at it. Nobody can lock a name for addresses other than their own.
3. One password is hashed at a time in each process, a few wait their turn, and the others are asked to come back: hashing is
   slow on purpose, and whoever sends many passwords would take the processor from all else. A try is counted before it waits,
   so that refused ones take no seat; one that found no seat is not counted. A name takes one seat from each address.
4. django-axes remembers failures of a name from one address, and locks the pair for a quarter of an hour.
5. A device on which the name signed in before (`known_devices`) has PER_DEVICE tries of its own in a window, whatever others at
   its address or at this name do, and seats and a turn that only known devices use: a flood from many networks fills the others.
   Of each name one try at a time uses them, so that one person can't keep them from everybody else.
6. A name that succeeded SUCCESSES times in a window waits for the next one: each success costs a hash and an audit event.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifier import clock, database
from responder.accounts import known_devices
from responder.errors import TooMany
from responder.partners import counters
from responder.web import client_addresses

WINDOW_S = 900
PER_ADDRESS, PER_DEVICE, SLOWER = 30, 5, 3
PER_NETWORK = {56: 90, 48: 300}  # at 0.3 s a hash and SLOWER, a /48 takes at most a third of one process's turns
PER_NAME, TRIES_UNDER_ATTACK = 20, 2
SUCCESSES = 60
WAITING, PATIENCE_S, BUSY_RETRY_S = 4, 2.0, 3


class TooManyTries(TooMany):
    """Too many sign-in attempts were made by one person, or at the same time.

    Arguments:
        retry_after_s: when to try again.
    """

    title = "Too many tries"

    def __init__(self, detail: str, *, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class _Lane:
    """The turn to hash a password in this process, and its queue."""

    def __init__(self) -> None:
        self.turn, self.seats = threading.BoundedSemaphore(1), threading.BoundedSemaphore(WAITING)

    def enter(self) -> bool:
        """Take the turn; False if too many wait or it takes too long. The caller must call `turn.release`."""
        if not self.seats.acquire(blocking=False):
            return False
        try:
            database.release_connections()
            return self.turn.acquire(timeout=PATIENCE_S)
        finally:
            self.seats.release()


_everybody, _known = _Lane(), _Lane()
_known_names: set[str] = set()  # who wait in `_known` or have its turn
_pairs: set[str] = set()  # names at addresses that do so in `_everybody`
_lock = threading.Lock()


class Attempt:
    """A sign-in attempt, counted as a failure before the password is checked, so that parallel attempts count too."""

    def __init__(self, *, username: str, address: str, device: str = "") -> None:
        """Arguments:
            device: the id of a device on which this name signed in before, or empty.

        Raises TooManyTries.
        """
        self._window, passed = divmod(int(clock.now().timestamp()), WINDOW_S)
        self._left_s = WINDOW_S - passed
        self._name = hashlib.sha256(known_devices.normalised(username).encode(errors="replace")).hexdigest()[:32]
        self._pair = f"{self._name}:{address}"
        self._keys: list[str] = []
        self._successes = f"sign-in:{self._window}:successes:{self._name}"
        if (counters.read([self._successes]) or {}).get(self._successes, 0) >= SUCCESSES:
            raise self._refused()
        self._known = bool(device) and self._count(f"device:{device}:{self._name}") <= PER_DEVICE
        if not self._known:
            self._check(address)

    def _check(self, address: str) -> None:
        networks = [(address, PER_ADDRESS)]
        networks += [
            (network, PER_NETWORK[length]) for length, network in client_addresses.wider_networks(address).items()
        ]
        crowded = [(one, limit) for one, limit in networks if self._count(f"address:{one}") > limit]
        attacked = self._count(f"name:{self._name}") > PER_NAME
        for one, _limit in crowded or ([(address, PER_ADDRESS)] if attacked else []):
            if self._count(f"pair:{self._name}:{one}") > TRIES_UNDER_ATTACK:
                raise self._refused()
        for one, limit in crowded:
            if self._count(f"slow:{one}") > SLOWER * limit:
                raise self._refused()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The right to hash a password in this process. Raises TooManyTries, without counting the try, where many wait."""
        lane, key, those = self._lane()
        try:
            if key is None or not lane.enter():
                self.take_back()
                detail = _("Too many people are signing in. Try again in a few seconds.")
                raise TooManyTries(detail, retry_after_s=BUSY_RETRY_S)
            try:
                yield
            finally:
                lane.turn.release()
        finally:
            with _lock:
                those.discard(key or "")

    def _lane(self) -> tuple[_Lane, str | None, set[str]]:
        """The lane, and what takes a seat there, noted in the set of those who do; None where it has one already."""
        with _lock:
            for lane, key, those in ((_known, self._name, _known_names), (_everybody, self._pair, _pairs)):
                if key not in those and (lane is _everybody or self._known):
                    those.add(key)
                    return lane, key, those
        return _everybody, None, set()

    def succeeded(self) -> None:
        """Uncount the try as a failure, and count the success."""
        self.take_back()
        counters.increment(self._successes, seconds=WINDOW_S + 1)

    def take_back(self) -> None:
        """Uncount the try: no password was checked."""
        for key in self._keys:
            counters.take_back(key)

    def _count(self, key: str) -> int:
        self._keys.append(f"sign-in:{self._window}:{key}")
        return counters.increment(self._keys[-1], seconds=WINDOW_S + 1)

    def _refused(self) -> TooManyTries:
        minutes = self._left_s // 60 + 1
        detail = ngettext(
            "Too many sign-in attempts. Try again in %(minutes)d minute.",
            "Too many sign-in attempts. Try again in %(minutes)d minutes.",
            minutes,
        ) % {"minutes": minutes}
        return TooManyTries(detail, retry_after_s=self._left_s)
