"""Redis as Django's cache, with connections that outlive a request."""

from typing import Any, ClassVar, cast

from django.core.cache.backends.redis import RedisCache, RedisCacheClient


class _Client(RedisCacheClient):
    """Shares its pools within the process: under ASGI Django makes a client, and so a connection, for every request."""

    _of_all: ClassVar[dict[tuple[str, ...], dict[int, Any]]] = {}

    def __init__(self, servers: list[str], **options: Any) -> None:
        super().__init__(servers, **options)
        self._pools = self._of_all.setdefault(tuple(servers), {})

    def count(self, key: str, *, start: int, seconds: int) -> int:
        with self.get_client(key, write=True).pipeline() as pipe:
            pipe.set(key, start, ex=seconds, nx=True)
            pipe.incr(key)
            return int(pipe.execute()[1])


class PooledRedisCache(RedisCache):
    """As Django's own; the pools are safe for threads and after a fork."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client

    def count(self, key: str, *, start: int, seconds: int) -> int:
        """Add one to a counter that begins at `start` and lives for `seconds`; in one round trip where `incr` makes two."""
        return cast(_Client, self._cache).count(self.make_and_validate_key(key), start=start, seconds=seconds)
