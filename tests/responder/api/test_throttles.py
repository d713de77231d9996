"""Rate limits: per token, shared through the cache, and never a reason for a 500."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from responder.partners import counters
from responder.rates import parse_rate

pytestmark = pytest.mark.django_db
URL = "/api/v1/categories"


@pytest.fixture
def away(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache whose Redis does not answer."""
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    monkeypatch.setattr(counters, "_away_until", float("-inf"))
    monkeypatch.setattr(counters, "_local", {})


def test_requests_beyond_the_rate_are_told_when_to_return(as_partner: Callable[..., APIClient], settings: Any) -> None:
    settings.PREDICT_RATE = "3/day"
    client = as_partner()
    answers = [client.get(URL) for _ in range(5)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429, 429]
    assert [a["RateLimit-Remaining"] for a in answers] == ["2", "1", "0", "0", "0"]
    assert {a["RateLimit-Limit"] for a in answers} == {"3"}
    refused = answers[-1]
    assert refused["Content-Type"] == "application/problem+json"
    assert 0 < int(refused["Retry-After"]) <= 86_400
    assert int(refused["RateLimit-Reset"]) == int(refused["Retry-After"])


def test_every_token_has_its_own_rate(as_partner: Callable[..., APIClient], settings: Any) -> None:
    settings.PREDICT_RATE = "1/day"
    first, second = as_partner(), as_partner()
    assert [first.get(URL).status_code, first.get(URL).status_code, second.get(URL).status_code] == [200, 429, 200]


@pytest.mark.usefixtures("away")
def test_without_redis_the_process_counts_for_itself(as_partner: Callable[..., APIClient], settings: Any) -> None:
    settings.PREDICT_RATE = "2/day"
    client = as_partner()
    assert [client.get(URL).status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.usefixtures("away")
def test_an_absent_redis_is_not_asked_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert counters.increment("a", seconds=60) == 1
    asked: list[str] = []
    monkeypatch.setattr(type(cache._connections[cache._alias]), "add", lambda *a, **k: asked.append("add"))  # type: ignore[attr-defined]
    assert [counters.increment("a", seconds=60) for _ in range(3)] == [2, 3, 4]
    assert asked == [] and counters.read(["a"]) is None


def test_counters_count_together_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [counters.increment("x", seconds=60) for _ in range(3)] == [1, 2, 3]
    assert counters.increment("y", seconds=60) == 1
    assert counters.read(["x", "y", "z"]) == {"x": 3, "y": 1}


@pytest.mark.usefixtures("away")
def test_local_counters_start_anew_after_their_window(monkeypatch: pytest.MonkeyPatch) -> None:
    assert counters.increment("w", seconds=60) == 1
    monkeypatch.setattr(counters, "_local", {"w": (5, float("-inf"))})
    assert counters.increment("w", seconds=60) == 1


@pytest.mark.parametrize(
    ("rate", "parsed"), [("600/min", (600, 60)), ("5/sec", (5, 1)), ("7/day", (7, 86_400)), ("9/hour", (9, 3_600))]
)
def test_rates_are_read_as_the_settings_write_them(rate: str, parsed: tuple[int, int]) -> None:
    assert parse_rate(rate) == parsed
