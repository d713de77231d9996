"""Every address of the site, with values that nobody types: answered, refused or not found, and never a failure."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from responder import roles
from responder.errors import Invalid
from responder.feeds import configuring
from responder.models import Event, User

pytestmark = pytest.mark.django_db
DIGITS_25 = "1" * 25
ARGUMENTS = {
    "25 digits": DIGITS_25, "negative": "-1", "NUL": "a\0b", "surrogate": "\ud800".encode("utf-8", "surrogatepass"),
    "5,000 digits": "9" * 5_000, "another script": "٣",
}  # fmt: skip
VALUES = {
    "25 digits": DIGITS_25, "negative": "-1", "NUL": "a\0b", "infinity": "1e309", "year 9999": "9999-12-31T23:59:59-14:00",
    "half an IPv6 address": "https://[::1",
}  # fmt: skip
KEYS = [
    "after", "area", "bbox", "before", "cat", "conf", "cursor", "days", "entry", "event", "failed", "id", "kind", "lang", "limit",
    "message", "model", "next", "organisation", "p", "page", "place", "post", "posts", "q", "report", "run", "sel", "selected", "sev",
    "since", "size", "status", "t", "tab", "until", "version", "view", "week", "z", "zone", "zoom",
]  # fmt: skip
FIELDS = [
    *KEYS, "address", "category", "daily_quota", "expires_at", "grow_by", "hours", "latitude", "longitude", "level", "name", "note",
    "other", "owner", "price", "query", "radius_km", "reason", "ref", "secret", "seen", "severity", "span", "terms", "text", "title",
    "url", "verb", "versions",
]  # fmt: skip
# Signing out would end the test, streams need ASGI, and Dash is other people's code.
LEFT_OUT = ("logout", "login", "django_plotly_dash", "jsi18n", "live/stream")


def routes(patterns: Any = None, before: str = "") -> Iterator[tuple[str, int]]:
    """(address with `{}` for each argument, how many there are)."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern).lstrip("^").rstrip("$")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and "(?P" not in route and not any(name in route for name in LEFT_OUT):
            parts = route.replace("\\Z", "").split("<")
            yield "/" + "{}".join([parts[0], *(part.partition(">")[2] for part in parts[1:])]), len(parts) - 1


PAGES = sorted({route for route, count in routes() if not count})
WITH_ARGUMENTS = sorted({route for route, count in routes() if count})
OURS = [route for route in WITH_ARGUMENTS if not route.startswith("/admin/")]
ADMIN = [route for route in WITH_ARGUMENTS if route.startswith("/admin/responder/post/")]  # all are built alike


def failures(client: Client, requests: list[tuple[str, str, dict[str, str]]]) -> list[str]:
    """Requests that were answered with an error of ours; what they change is taken back."""
    found = []
    for method, path, data in requests:
        with transaction.atomic():
            status = getattr(client, method)(path, data).status_code
            transaction.set_rollback(True)
        if status >= 500:
            found.append(f"{method} {path[:80]} {list(data.values())[:1]!r:.40}: {status}")
    return found


def quoted(value: str | bytes) -> str:
    return quote(value, safe="")


def signed_in(user: User) -> Client:
    cache.clear()
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


@pytest.fixture(autouse=True)
def _without_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """`/readyz` says 503 without a broker, as it should."""
    monkeypatch.setattr("responder.views.health.PROBES", {"database": lambda: None})


def test_there_are_addresses_to_visit() -> None:
    assert len(PAGES) > 50 and len(OURS) > 50 and ADMIN


@pytest.mark.parametrize("value", ARGUMENTS.values(), ids=ARGUMENTS)
def test_no_argument_of_an_address_breaks_it(people: dict[str, User], event: Event, value: str | bytes) -> None:
    paths = [route.replace("{}", quoted(value)) for route in OURS + ADMIN]
    requests = [(method, path, {}) for path in paths for method in ("get", "post")]
    assert failures(signed_in(people["superuser"]), requests) == []


@pytest.mark.parametrize("role", roles.ROLES)
def test_no_role_finds_an_address_that_breaks(people: dict[str, User], event: Event, role: str) -> None:
    paths = [route.replace("{}", quoted(value)) for route in OURS for value in (DIGITS_25, "\0")]
    assert failures(signed_in(people[role]), [("get", path, {}) for path in paths]) == []


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_no_value_of_a_query_or_form_breaks_a_page(
    people: dict[str, User], make_post: Any, event: Event, value: str
) -> None:
    make_post()
    query, form = dict.fromkeys(KEYS, value), dict.fromkeys(FIELDS, value)
    client = signed_in(people["superuser"])
    pages = [page for page in PAGES if not page.startswith("/admin/") or page.startswith("/admin/responder/post")]
    assert failures(client, [("get", page, query) for page in pages]) == []
    assert failures(client, [("post", page, form) for page in pages if not page.startswith("/admin/")]) == []


@pytest.mark.parametrize("address", ["https://[::1", "https://℀.example", "https://[v1.a]", "https://[", "https://a]b"])
def test_an_address_that_cannot_be_read_is_a_refusal(people: dict[str, User], address: str) -> None:
    with pytest.raises(Invalid):
        configuring.create(fields={"kind": "mastodon", "name": "Feed", "address": address}, by=people["lead"])


@pytest.mark.parametrize(("accept", "kind"), [("text/html", "text/html"), ("*/*", "application/problem+json")])
def test_what_the_rules_refuse_is_no_failure_whichever_view_it_is(
    people: dict[str, User], event: Event, accept: str, kind: str
) -> None:
    response = signed_in(people["lead"]).get("/incidents/news", {"after": "-1"}, headers={"Accept": accept})
    assert (response.status_code, response["Content-Type"].partition(";")[0]) == (400, kind)
