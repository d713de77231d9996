"""What a token may send in a day: refused beyond it until the day ends, counted by all processes, not lost with Redis."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from responder.models import ApiToken, Organisation, User
from responder.partners import organisations, rate_limits, token_cache, tokens

pytestmark = pytest.mark.django_db
URL = "/api/v1/categories"
EVENING = dt.datetime(2026, 11, 28, 23, 50, tzinfo=dt.UTC)
Issue = Callable[..., tuple[ApiToken, str]]


@pytest.fixture(autouse=True)
def _evening(time_machine: Any) -> None:
    time_machine.move_to(EVENING, tick=False)


def statuses(client: APIClient, times: int) -> list[int]:
    return [client.get(URL).status_code for _ in range(times)]


def test_beyond_the_quota_a_request_is_refused_until_the_day_ends(
    as_partner: Callable[..., APIClient], settings: Any, time_machine: Any
) -> None:
    settings.DAILY_QUOTA = 3
    client = as_partner()
    answers = [client.get(URL) for _ in range(5)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429, 429]
    refused = answers[-1]
    assert refused["Content-Type"] == "application/problem+json" and refused["Retry-After"] == "600"
    assert refused.json()["title"] == "Daily quota used up" and "00:00 UTC, in 600 seconds" in refused.json()["detail"]
    assert refused["RateLimit-Policy"] == '"window";q=600;w=60, "day";q=3;w=86400'
    assert [re.findall(r'"day";r=(\d+);t=600', a["RateLimit"]) for a in answers] == [["2"], ["1"], ["0"], ["0"], ["0"]]
    assert [a["RateLimit-Remaining"] for a in answers] == ["599", "598", "597", "596", "595"]  # of the window
    time_machine.move_to(EVENING + dt.timedelta(seconds=600), tick=False)
    assert statuses(client, 1) == [200]


def test_a_limit_is_the_tokens_else_the_organisations_else_that_of_the_settings(
    as_partner: Callable[..., APIClient], settings: Any
) -> None:
    settings.DAILY_QUOTA, settings.PREDICT_RATE = 9, "90/min"
    client = as_partner()

    def announced() -> tuple[str, str]:
        token_cache.forget()  # as a second later
        answer = client.get(URL)
        return answer["RateLimit-Policy"], answer["RateLimit-Limit"]

    assert announced() == ('"window";q=90;w=60, "day";q=9;w=86400', "90")
    Organisation.objects.update(daily_quota=8, rate="80/hour")
    assert announced() == ('"window";q=80;w=3600, "day";q=8;w=86400', "80")
    ApiToken.objects.update(daily_quota=70, rate="7/sec")
    assert announced() == ('"window";q=7;w=1, "day";q=70;w=86400', "7")
    ApiToken.objects.update(organisation=None, daily_quota=None, rate="")
    assert announced()[1] == "90"


def test_every_token_has_its_own_quota_and_what_the_rate_refuses_does_not_count(
    as_partner: Callable[..., APIClient], settings: Any, time_machine: Any
) -> None:
    settings.DAILY_QUOTA, settings.PREDICT_RATE = 3, "2/min"
    client, other = as_partner(), as_partner()
    assert statuses(client, 4) == [200, 200, 429, 429] and statuses(other, 1) == [200]
    assert client.get(URL)["RateLimit-Policy"] == '"window";q=2;w=60'
    time_machine.move_to(EVENING + dt.timedelta(minutes=1), tick=False)
    first, second = client.get(URL), client.get(URL)
    assert (first.status_code, second.status_code, second["Retry-After"]) == (200, 429, "540")


def test_a_flushed_redis_costs_what_was_counted_since_the_row_was_written(
    as_partner: Callable[..., APIClient], settings: Any, time_machine: Any
) -> None:
    settings.DAILY_QUOTA = 8
    client = as_partner()
    assert statuses(client, 4) == [200] * 4
    time_machine.move_to(EVENING + dt.timedelta(seconds=61), tick=False)
    assert statuses(client, 2) == [200] * 2  # the first of them wrote the four before
    assert (ApiToken.objects.get().counted, ApiToken.objects.get().counted_on) == (4, EVENING.date())
    cache.clear()
    assert rate_limits.used_today([ApiToken.objects.get()]) == {ApiToken.objects.get().pk: 4}
    assert statuses(client, 5) == [200] * 4 + [429]
    cache.clear()
    time_machine.move_to(EVENING + dt.timedelta(minutes=11), tick=False)
    assert statuses(client, 1) == [200] and rate_limits.used_today([ApiToken.objects.get()]) == {
        ApiToken.objects.get().pk: 1
    }


def test_counting_needs_no_query_of_its_own(
    as_partner: Callable[..., APIClient], django_assert_num_queries: Any, time_machine: Any
) -> None:
    client = as_partner()
    statuses(client, 1)
    with django_assert_num_queries(0):  # the token is kept for a second
        assert statuses(client, 1) == [200]
    token_cache.forget()
    with django_assert_num_queries(1):  # the token, with its owner's roles
        assert statuses(client, 1) == [200]
    time_machine.move_to(EVENING + dt.timedelta(seconds=61), tick=False)
    token_cache.forget()
    with django_assert_num_queries(2):  # and its last use, with the count, once a minute
        assert statuses(client, 1) == [200]


def test_a_new_secret_is_no_new_count(issue: Issue, settings: Any) -> None:
    settings.DAILY_QUOTA = 3
    old, secret = issue()
    assert statuses(APIClient(headers={"Authorization": f"Token {secret}"}), 2) == [200, 200]
    _, secret = tokens.rotate(token=old, overlap=dt.timedelta(0), by=old.owner)
    assert statuses(APIClient(headers={"Authorization": f"Token {secret}"}), 2) == [200, 429]


def test_page_and_admin_tell_what_was_used_today(issue: Issue, people: dict[str, User], settings: Any) -> None:
    settings.DAILY_QUOTA = 2_000
    _, secret = issue(organisation=organisations.joined("Aid", people["partner"], by=people["superuser"]))
    statuses(APIClient(headers={"Authorization": f"Token {secret}"}), 7)
    client = Client()
    client.force_login(people["partner"])
    assert "7 of 2,000" in client.get("/developers/").content.decode()
    client.force_login(people["superuser"])
    page = client.get("/admin/responder/apitoken/").content.decode()
    assert 'field-used_today">7<' in page and 'field-quota">2000<' in page and 'field-rate_now">600/min<' in page
