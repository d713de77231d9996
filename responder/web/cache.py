"""Redis as Django's cache: signed JSON instead of pickles, and connections that outlive a request.

Whoever writes to Redis must not run code here, nor choose what a page shows. Whole numbers are stored as they are, so
that Redis can count; every other value is JSON, signed with the secret key for the very key that it lies under. What
is not signed, or not for its key, is a miss.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, cast

from django.core import signing
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

MISS = object()
NO_LIMIT = 2**53 - 1  # the greatest whole number of Lua
# Begins each counter that is not there, adds one, and stops after one that is beyond its limit.
IN_TURN = """
local counts = {}
for i, key in ipairs(KEYS) do
  redis.call('SET', key, ARGV[3 * i - 2], 'EX', ARGV[3 * i - 1], 'NX')
  counts[i] = redis.call('INCR', key)
  if counts[i] > tonumber(ARGV[3 * i]) then break end
end
return counts
"""
SALT = "responder.cache:"


def pack(key: str, value: Any) -> bytes | int:
    """A value in its stored form. Raises TypeError if it is not JSON."""
    if type(value) is int:  # not bool
        return value
    return signing.dumps(value, salt=SALT + key, compress=True).encode()


def unpack(key: str, data: bytes) -> Any:
    """The value of a stored form, or MISS if this product did not write it."""
    try:
        return int(data)
    except ValueError:
        pass
    try:
        return signing.loads(data.decode("ascii"), salt=SALT + key)
    except (signing.BadSignature, UnicodeError, ValueError):
        return MISS


class _Packed:
    """A serializer in place of Django's, which would unpickle; values are packed already."""

    def dumps(self, packed: bytes | int) -> bytes | int:
        return packed

    def loads(self, data: bytes) -> bytes:
        return data


class _Client(RedisCacheClient):
    """A client with pools shared by the process: under ASGI Django makes one client for each request."""

    _of_all: ClassVar[dict[tuple[str, ...], dict[int, Any]]] = {}

    def __init__(self, servers: list[str], **options: Any) -> None:
        super().__init__(servers, **(options | {"serializer": _Packed}))
        self._pools = self._of_all.setdefault(tuple(servers), {})
        self._clients: dict[int, Any] = {}
        self._script: Any = None

    def add(self, key: Any, value: Any, timeout: Any) -> bool:
        return bool(super().add(key, pack(key, value), timeout))

    def set(self, key: Any, value: Any, timeout: Any) -> None:
        super().set(key, pack(key, value), timeout)

    def set_many(self, data: Mapping[Any, Any], timeout: Any) -> None:
        super().set_many({key: pack(key, value) for key, value in data.items()}, timeout)

    def get(self, key: Any, default: Any) -> Any:
        found = self.get_many([key])
        return found.get(key, default)

    def get_many(self, keys: Iterable[Any]) -> dict[Any, Any]:
        found = {key: unpack(str(key), data) for key, data in super().get_many(list(keys)).items()}
        return {key: value for key, value in found.items() if value is not MISS}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """The client of the process for reading or writing: Django builds a new one for each command."""
        pool = self._get_connection_pool(write)  # type: ignore[attr-defined]
        if (client := self._clients.get(id(pool))) is None:
            client = self._clients[id(pool)] = self._client(connection_pool=pool)  # type: ignore[attr-defined]
        return client

    def count_in_turn(self, keys: Sequence[Any], arguments: Sequence[int]) -> list[int]:
        client = self.get_client(write=True)
        if self._script is None:
            self._script = client.register_script(IN_TURN)
        return [int(one) for one in self._script(keys=keys, args=arguments, client=client)]


class PooledRedisCache(RedisCache):
    """Django's Redis cache with pools that are safe across threads and forks."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client

    def count_in_turn(self, counters: Iterable[tuple[str, int, int, int | None]]) -> list[int]:
        """Add one to each counter until one is beyond its limit, in one round trip. Returns the counts so far.

        `counters`: key, seconds to live, number to begin at, and limit or None; see `responder.partners.counters`.
        """
        rows = list(counters)
        keys = [self.make_and_validate_key(key) for key, *_numbers in rows]
        numbers = [
            n for _key, seconds, start, limit in rows for n in (start, seconds, NO_LIMIT if limit is None else limit)
        ]
        return cast(_Client, self._cache).count_in_turn(keys, numbers)
