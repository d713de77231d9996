"""Counters shared through the cache; each process counts for itself while the cache is down.

A counter lives for one window of time. Without Redis nobody is refused an answer; each process counts alone.
"""

import threading
import time
from collections.abc import Iterable

import structlog
from django.core.cache import cache

log = structlog.get_logger(__name__)
RETRY_S = 5.0  # how long a failed cache is not asked, since each attempt may take its time-out
LOCAL_LIMIT = 10_000

_lock = threading.Lock()
_local: dict[str, tuple[int, float]] = {}
_away_until = float("-inf")


def increment(key: str, *, seconds: int, start: int = 0) -> int:
    """Add one to the counter `key` and return it; one that is not there begins at `start` and lives for `seconds`."""
    if _reachable():
        try:
            return _increment_shared(key, seconds, start)
        except cache_errors() as error:
            _leave_alone(error)
    return _increment_here(key, seconds, start)


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
    if not _reachable():
        return None
    try:
        return {key: int(value) for key, value in cache.get_many(list(keys)).items()}
    except cache_errors() as error:
        _leave_alone(error)
        return None


def _increment_shared(key: str, seconds: int, start: int) -> int:
    if hasattr(cache, "count"):  # Redis
        return int(cache.count(key, start=start, seconds=seconds))
    cache.add(key, start, timeout=seconds)
    try:
        return int(cache.incr(key))
    except ValueError:  # it ended between the two calls
        return start + 1


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


def _increment_here(key: str, seconds: int, start: int) -> int:
    now = time.monotonic()
    with _lock:
        if len(_local) >= LOCAL_LIMIT:
            for old in [name for name, (_count, end) in _local.items() if end <= now]:
                del _local[old]
        count, end = _local.get(key, (start, now + seconds))
        count, end = (count + 1, end) if end > now else (start + 1, now + seconds)
        _local[key] = (count, end)
    return count
