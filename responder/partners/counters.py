"""Counters shared through the cache; each process counts for itself while the cache is down.

A counter lives for one window of time. Without Redis nobody is refused an answer; each process counts alone.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import structlog
from django.core.cache import cache

log = structlog.get_logger(__name__)
RETRY_S = 5.0  # how long a failed cache is not asked, since each attempt may take its time-out
LOCAL_LIMIT = 10_000
LATER_S = 1.0  # how long what `add_later` counted may wait in this process

_lock = threading.Lock()
_local: dict[str, tuple[int, float]] = {}
_later: dict[tuple[str, int], int] = {}
_away_until = float("-inf")


class Counter(NamedTuple):
    """A counter to add one to.

    Arguments:
        key: its name.
        seconds: how long it lives once it is there.
        start: what it begins at.
        limit: a number that ends the turn: counters after one beyond its limit are left alone; None for no limit.
    """

    key: str
    seconds: int
    start: int = 0
    limit: int | None = None


def increment(key: str, *, seconds: int, start: int = 0) -> int:
    """Add one to the counter `key` and return it; one that is not there begins at `start` and lives for `seconds`."""
    return increment_in_turn([Counter(key, seconds, start)])[0]


def increment_in_turn(counters: Sequence[Counter]) -> list[int]:
    """Add one to each counter until one is beyond its limit; one round trip to Redis. Returns the counts so far."""
    if _reachable():
        try:
            return _increment_shared(counters)
        except cache_errors() as error:
            _leave_alone(error)
    return _in_turn(counters, _increment_here)


def add_later(key: str, *, seconds: int) -> None:
    """Add one to a counter that nothing is decided by, within a second and together with others: for metrics."""
    with _lock:
        is_first = not _later
        _later[key, seconds] = _later.get((key, seconds), 0) + 1
    if is_first:
        timer = threading.Timer(LATER_S, _add_now)
        timer.daemon = True
        timer.start()


def take_back(key: str) -> None:
    """Subtract one from a counter of `increment`, unless it has expired."""
    if _reachable():
        try:
            cache.decr(key)
        except ValueError:  # it ended
            pass
        except cache_errors() as error:
            _leave_alone(error)
    with _lock:
        if key in _local:
            count, end = _local[key]
            _local[key] = (count - 1, end)


def read(keys: Iterable[str]) -> dict[str, int] | None:
    """The shared counters that exist among `keys`; None while the cache is down."""
    _add_now()
    if not _reachable():
        return None
    try:
        return {key: int(value) for key, value in cache.get_many(list(keys)).items()}
    except cache_errors() as error:
        _leave_alone(error)
        return None


def _increment_shared(counters: Sequence[Counter]) -> list[int]:
    if hasattr(cache, "count_in_turn"):  # Redis
        return list(cache.count_in_turn(counters))
    return _in_turn(counters, _increment_by_two_calls)


def _in_turn(counters: Sequence[Counter], increment_one: Callable[[Counter], int]) -> list[int]:
    counts: list[int] = []
    for counter in counters:
        counts.append(increment_one(counter))
        if counter.limit is not None and counts[-1] > counter.limit:
            break
    return counts


def _increment_by_two_calls(counter: Counter, by: int = 1) -> int:
    cache.add(counter.key, counter.start, timeout=counter.seconds)
    try:
        return int(cache.incr(counter.key, by))
    except ValueError:  # it ended between the two calls
        return counter.start + by


def _add_now() -> None:
    """Add what waits. While the cache is down it goes on waiting, for the next call."""
    with _lock:
        waiting = dict(_later)
        _later.clear()
    while waiting and _reachable():
        (key, seconds), number = next(iter(waiting.items()))
        try:
            _increment_by_two_calls(Counter(key, seconds), number)
        except cache_errors() as error:
            _leave_alone(error)
            break
        del waiting[key, seconds]
    with _lock:
        for name, number in waiting.items():
            _later[name] = _later.get(name, 0) + number


def cache_errors() -> tuple[type[Exception], ...]:
    """The exceptions of a cache that is down. Imported only then, because Redis's library is heavy."""
    from redis.exceptions import RedisError

    return RedisError, OSError


def _reachable() -> bool:
    return time.monotonic() >= _away_until


def _leave_alone(error: Exception) -> None:
    global _away_until
    _away_until = time.monotonic() + RETRY_S
    log.warning("the cache is away: this process counts alone", error=str(error)[:200])


def _increment_here(counter: Counter) -> int:
    now = time.monotonic()
    with _lock:
        if len(_local) >= LOCAL_LIMIT:
            for old in [name for name, (_count, end) in _local.items() if end <= now]:
                del _local[old]
        count, end = _local.get(counter.key, (counter.start, now + counter.seconds))
        count, end = (count + 1, end) if end > now else (counter.start + 1, now + counter.seconds)
        _local[counter.key] = (count, end)
    return count
