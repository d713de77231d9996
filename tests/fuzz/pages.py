"""Every address that answers a GET, with the ids of what is stored, asked as people of several roles."""

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from django.contrib.auth.models import Group
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from responder import exports, roles
from responder.dashboards.panels import PANELS
from responder.models import Feed, Incident, Post, User
from responder.partners import tokens

# Signing out would end the test, streams need ASGI, Dash is other people's code, a schema tells of no post, and what is
# similar to a post is found by the model, which has tests of its own with any text.
LEFT_OUT = (
    "logout", "login", "django_plotly_dash", "jsi18n", "live/stream", "/schema", "/docs", "texts/", "readyz", "/r/", "/similar",
)  # fmt: skip
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
QUERIES = [
    "", "q=water", "q=%22boats%22+-beira&status=review", "t=6h&sev=1,2", "t=0001-01-01..9999-12-31&lang=und", "bbox=-180,-85,180,85&z=2",
    "bbox=34,-20,35,-19&z=12&place=Beira", "lang=en&conf=5&page=9999", "cat=rescue_volunteering_or_donation_effort&sel=1", "zoom=1&limit=1000",
]  # fmt: skip
NEVER_FOUND = "-"


def patterns(found: Any = None, before: str = "") -> Iterator[str]:
    """The routes of the site, with their arguments' names."""
    for pattern in get_resolver().url_patterns if found is None else found:
        route = before + str(pattern.pattern).lstrip("^").rstrip("$").replace("\\Z", "")
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns, route)
        elif (
            isinstance(pattern, URLPattern) and "(?P" not in route and not any(part in f"/{route}" for part in LEFT_OUT)
        ):
            yield f"/{route}"


def arguments(posts: Sequence[Post]) -> dict[str, list[str]]:
    """Values of each argument by its name: what is stored, and one that is not."""
    incidents = list(Incident.objects.order_by("-size")[:3])
    kinds = sorted({*exports.KINDS, *exports.INCIDENT_KINDS})
    ids = [str(post.pk) for post in posts]
    return {
        "post_id": ids, "object_id": ids[:5], "feed_id": [str(feed.pk) for feed in Feed.objects.all()[:3]], "kind": kinds,
        "ref": [one.ref for one in incidents], "panel": list(PANELS),
        "role": ["lead"], "language": ["en"], "form": ["csv", "ndjson"],
    }  # fmt: skip


def filled(route: str, values: dict[str, list[str]]) -> list[str]:
    """The addresses of a route; each argument but the first takes its first value."""
    names = ARGUMENT.findall(route)
    if not names:
        return [route]
    found = []
    for first in values.get(names[0], [NEVER_FOUND]):
        rest = iter([first, *(values.get(name, [NEVER_FOUND])[0] for name in names[1:])])
        found.append(ARGUMENT.sub(lambda _match, rest=rest: quote(next(rest), safe=""), route))  # type: ignore[misc]
    return found


def _is_alike(route: str) -> bool:
    """Whether it is a row's page of the admin, which are all built alike, and no post's."""
    return route.startswith("/admin/") and "<" in route and not route.startswith("/admin/responder/post/")


def addresses(posts: Sequence[Post]) -> list[str]:
    """All that a person can open: each route, and the pages of posts with several filters."""
    values = arguments(posts)
    plain = [
        address
        for route in sorted(set(patterns()))
        if not route.startswith("/api/") and not _is_alike(route)
        for address in filled(route, values)
    ]
    lists = ("/map/data", "/map/items", "/feed/", "/triage/", "/triage/rows", "/incidents/", "/analytics/")
    return [*plain, *(f"{page}?event=flood&{query}" for page in lists for query in QUERIES)]


def api_addresses(posts: Sequence[Post]) -> list[str]:
    """The same of the API, which wants a token."""
    values = arguments(posts)
    plain = [
        address for route in sorted(set(patterns())) if route.startswith("/api/v1") for address in filled(route, values)
    ]
    lists = (
        "/api/v1/posts",
        "/api/v1/map",
        "/api/v1/incidents",
        "/api/v1/exports/posts/geojson",
        "/api/v1/exports/posts/csv",
    )
    return [*plain, *(f"{page}?event=flood&{query}" for page in lists for query in QUERIES)]


def person(role: str) -> User:
    """Somebody of this role; `admin` for a superuser."""
    name = f"fuzz-{role}"
    user, _new = User.objects.get_or_create(
        username=name, defaults={"is_staff": role == "admin", "is_superuser": role == "admin", "toured": True}
    )
    if role in roles.ROLES:
        user.groups.add(Group.objects.get_or_create(name=role)[0])
    return user


def signed_in(role: str) -> Client:
    cache.clear()
    client = Client(raise_request_exception=False)
    client.force_login(person(role))
    return client


def with_token() -> Client:
    """A client of the API that may read posts and incidents."""
    cache.clear()
    partner = person("partner")
    scopes = list(tokens.SCOPES)
    _token, secret = tokens.issue(owner=partner, organisation="Relief", name="Desk", scopes=scopes, by=partner)
    return Client(raise_request_exception=False, headers={"Authorization": f"Token {secret}"})


def visit(client: Client, addresses: Sequence[str]) -> tuple[list[str], int]:
    """(addresses that fail, how many were answered with 200); streams are read to their end."""
    failed, good = [], 0
    for address in addresses:
        response = client.get(address)
        if response.status_code >= 500:
            failed.append(f"{address}: {response.status_code} {getattr(response, 'exc_info', None)!r:.300}")
        elif response.status_code == 200:
            good += 1
            if response.streaming and not response.is_async:  # type: ignore[attr-defined]
                b"".join(response.streaming_content)  # type: ignore[arg-type]
    return failed, good
