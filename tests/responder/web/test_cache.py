"""What lies in Redis is data: a pickle that somebody planted there is a miss, never code that runs."""

import base64
import json
import os
import pickle
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import trustme
from celery import Celery
from django.core import signing
from django.core.cache import caches
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signing import BadSignature, SignedPackage
from kombu.exceptions import ContentDisallowed

from responder.celery import app
from responder.partners import counters
from responder.processes import launcher
from responder.settings import base
from responder.web.cache import PooledRedisCache
from tests.services import running_redis


class Planted:
    """Makes a folder when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.trace),)


@pytest.fixture
def planted(tmp_path: Path) -> Iterator[Planted]:
    """A pickle that leaves a trace; fails the test that let it run."""
    with pytest.raises(FileExistsError):
        pickle.loads(pickle.dumps(Planted(tmp_path)))  # it does run where somebody unpickles it
    yield Planted(tmp_path / "trace")
    assert not (tmp_path / "trace").exists()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_redis(tmp_path_factory.mktemp("redis")) as address:
        yield address


@pytest.fixture
def cache(url: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The product's cache as in production, in front of a Redis of the tests' own; `raw` writes past it."""
    settings.CACHES = settings.CACHES | {"default": base.CACHES["default"] | {"LOCATION": url}}
    monkeypatch.setattr(counters, "cache", caches["default"])
    monkeypatch.setattr(counters, "_away_until", float("-inf"))
    yield caches["default"]
    caches["default"].clear()
    for pool in caches["default"]._cache._pools.values():
        pool.disconnect()


@pytest.fixture
def raw(url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(url) as client:
        yield client


KINDS = ["status:en", "throttle:token:7", "quota:2026-11-29:7", "dpd-initial-args-1", "django_q:responder:cluster", "x"]
OTHERS = [b"\x80", b"", b"nonsense", json.dumps({"card": "<script>"}).encode(), signing.dumps("other").encode()]


@pytest.mark.parametrize("key", KINDS)
def test_a_planted_value_is_a_miss_and_does_not_run(
    cache: PooledRedisCache, raw: redis.Redis, planted: Planted, key: str
) -> None:
    for value in [*(pickle.dumps(planted, protocol=version) for version in range(6)), *OTHERS]:
        raw.set(cache.make_key(key), value)
        assert cache.get(key) is None and cache.get_many([key]) == {}
        assert counters.read([key]) == {}


def test_a_value_is_bound_to_its_key(cache: PooledRedisCache, raw: redis.Redis) -> None:
    cache.set("for-everybody", {"may": "read"})
    stored = raw.get(cache.make_key("for-everybody"))
    assert isinstance(stored, bytes)
    raw.set(cache.make_key("another"), stored)
    assert cache.get("for-everybody") == {"may": "read"} and cache.get("another") is None


@pytest.mark.parametrize("value", [0, -7, 2**40, True, None, "text", 1.5, ["a", {"b": None}], {"ü": "☂"}])
def test_what_is_json_comes_back_as_it_was(cache: PooledRedisCache, value: Any) -> None:
    cache.set("key", value)
    cache.set_many({"one": value})
    assert cache.add("two", value) and not cache.add("two", "other")
    found = cache.get_many(["key", "one", "two"])
    assert list(found.values()) == [value] * 3 and {type(one) for one in found.values()} == {type(value)}
    assert cache.get("key", "missing") == value


def test_what_is_not_json_is_refused_when_it_is_written(cache: PooledRedisCache) -> None:
    with pytest.raises(TypeError):
        cache.set("key", object())


def test_counters_go_on_counting(cache: PooledRedisCache) -> None:
    assert [counters.increment("hits", seconds=60, start=5) for _ in range(3)] == [6, 7, 8]
    assert counters.read(["hits", "misses"]) == {"hits": 8}


def test_counters_after_one_beyond_its_limit_are_left_alone(cache: PooledRedisCache) -> None:
    asked = [counters.Counter("window", seconds=60, limit=2), counters.Counter("day", seconds=600, start=7)]
    assert [counters.increment_in_turn(asked) for _ in range(3)] == [[1, 8], [2, 9], [3]]
    assert counters.read(["window", "day"]) == {"window": 3, "day": 9}


def test_what_is_added_later_arrives_together(cache: PooledRedisCache, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as away:
        away.setattr(counters, "_away_until", float("inf"))
        for _ in range(3):
            counters.add_later("answers", seconds=60)
        assert counters.read(["answers"]) is None  # they wait
    assert counters.read(["answers"]) == {"answers": 3}
    assert counters.read(["answers"]) == {"answers": 3}


def test_a_pickled_message_is_refused_by_every_worker(url: str, raw: redis.Redis, planted: Planted) -> None:
    message = {
        "body": base64.b64encode(pickle.dumps(((planted,), {}, {}))).decode(),
        "content-type": "application/x-python-serialize", "content-encoding": "binary",
        "headers": {"task": "responder.tasks.sweep_posts", "id": "1"},
        "properties": {
            "delivery_info": {"exchange": "", "routing_key": "responder"}, "delivery_tag": str(uuid.uuid4()),
            "body_encoding": "base64",
        },
    }  # fmt: skip
    raw.lpush("responder", json.dumps(message))
    refused: list[Exception] = []
    with Celery("worker", broker=url, set_as_current=False) as worker:
        worker.config_from_object("django.conf:settings", namespace="CELERY")
        worker.conf.broker_url = url
        with worker.connection_for_read() as connection:
            options = {"callbacks": [pytest.fail], "on_decode_error": lambda _message, error: refused.append(error)}
            with worker.amqp.TaskConsumer(connection.default_channel, **options):
                connection.drain_events(timeout=5)
    assert [type(error) for error in refused] == [ContentDisallowed]
    assert app.conf.accept_content == app.conf.result_accept_content == ["json"]
    assert app.conf.worker_enable_remote_control is False


class _Pickles:
    @staticmethod
    def dumps(value: Any) -> bytes:
        return pickle.dumps(value)


@pytest.mark.django_db
def test_a_job_that_the_secret_key_did_not_sign_is_not_unpickled(planted: Planted) -> None:
    forged = signing.dumps(planted, key="another key", salt=Conf.PREFIX, serializer=_Pickles)
    row = OrmQ.objects.create(key="responder", payload=forged)
    with pytest.raises(BadSignature):
        SignedPackage.loads(row.payload)
    assert row.task["id"] == "*BadSignature"


@pytest.mark.django_db
def test_the_queues_figures_about_itself_stay_out_of_redis() -> None:
    assert get_broker().cache is caches["process"]


@pytest.fixture
def tls_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A Redis that speaks TLS alone, with a certificate that this process trusts."""
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    files = [tmp_path / name for name in ("ca.pem", "cert.pem", "key.pem")]
    authority.cert_pem.write_to_path(files[0])
    certificate.cert_chain_pems[0].write_to_path(files[1])
    certificate.private_key_pem.write_to_path(files[2])
    monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
    with running_redis(tmp_path, tls=files) as address:
        yield address


def test_cache_probe_and_celery_speak_tls(tls_url: str) -> None:
    made = PooledRedisCache(tls_url, {"OPTIONS": {"socket_timeout": 5}})
    made.set("key", "over TLS")
    assert made.get("key") == "over TLS"
    worker = Celery("worker", broker=tls_url, broker_use_ssl=base.broker_tls(tls_url), set_as_current=False)
    with worker, worker.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1)
        assert connection.default_channel.client.ping()
    assert base.broker_tls("redis://127.0.0.1/0") is None


def test_the_embedded_redis_lies_in_a_folder_of_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "redis"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    launcher.private_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(launcher.CannotStart, match="belongs to somebody else"):
        launcher.private_folder(tmp_path / "link")
