"""No page and no address of the API shows what is masked, whoever asks. One post holds it all; every route is visited."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from responder.models import Change, Place
from responder.partners import tokens

SECRETS = ("123 4567", "Sitoe", "ana_matos", "matos@", "Flores 112", "34.83891", "19.84362")
TEXT = "my sister Maria Sitoe, +258 84 123 4567, ana.matos@example.org, @ana_matos, Rua das Flores 112, -19.84362, 34.83891"
ASKED_BY_OTHERS = (
    "logout",
    "live-stream",
    "metrics",
    "readyz",
    "healthz",
    "schema",
)  # signs out, stays open, counts only


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        elif pattern.name not in ASKED_BY_OTHERS:
            yield path


def concrete(path: str, pk: int) -> str | None:
    """A path with the post's id in place of each number; None for what needs something else."""
    for name in ("post_id", "task_id", "version_id", "request_id", "run_id", "report_id", "deployment_id", "feed_id"):
        path = path.replace(f"<int:{name}>", str(pk))
    path = path.replace("<path:object_id>", str(pk))
    return None if any(sign in path for sign in "<(^$\\") else f"/{path}"


@pytest.fixture
def secret_post(make_post):
    post = make_post(
        text=TEXT, author_handle="ana_matos", latitude=-19.84362, longitude=34.83891, radius_km=0.05,
        links=["https://example.org/@ana_matos?tel=%2B258841234567"], category="missing_or_found_people", severity=1,
    )  # fmt: skip
    Place.objects.create(post=post, text="Rua das Flores 112", start=0, end=5)
    Change.objects.create(post=post, kind=Change.Kind.NEW)
    return post


def shown(answer) -> list[str]:
    body = answer.getvalue() if answer.streaming else answer.content
    text = body.decode(errors="replace")
    return [secret for secret in SECRETS if secret in text]


def test_no_page_shows_what_is_masked(client, people, secret_post):
    client.force_login(people["superuser"])
    visited, unmasked = 0, {}
    for path in routes(get_resolver().url_patterns):
        address = concrete(path, secret_post.pk)
        if address is None or address.startswith("/api/"):
            continue
        answer = client.get(address, headers={"Accept": "text/html"})
        visited += answer.status_code == 200
        if found := shown(answer):
            unmasked[address] = found
    assert visited > 15
    assert not unmasked


@pytest.mark.parametrize("query", ["", "?q=sister", "?q=4567", "?q=sitoe", "?q=Flores&cat=people"])
@pytest.mark.parametrize(
    "address", ["/map/", "/map/data", "/map/items", "/feed/", "/feed/items", "/live/changes?after=0"]
)
def test_no_search_shows_or_finds_what_is_masked(client, people, secret_post, address, query):
    client.force_login(people["lead"])
    answer = client.get(f"{address}{query.replace('?', '&') if '?' in address else query}")
    body = answer.content.decode()
    asked = query.partition("q=")[2].partition("&")[0]
    assert [secret for secret in SECRETS if secret in body and secret != asked] == []
    if asked in ("4567", "sitoe") and "items" in address:
        assert f'"{secret_post.pk}"' not in body


def test_the_api_shows_nothing_of_it(people, secret_post):
    _, secret = tokens.issue(
        owner=people["partner"],
        organisation="Partner",
        name="t",
        scopes=["read:posts", "predict"],
        by=people["partner"],
    )
    reader = Client(headers={"Authorization": f"Token {secret}"})
    for address in ("/api/v1/posts", "/api/v1/posts?q=sister", "/api/v1/map?bbox=30,-25,40,-10&z=14"):
        answer = reader.get(address)
        assert answer.status_code == 200
        assert not shown(answer), address


def test_a_decision_answers_masked(client, people, secret_post):
    client.force_login(people["reviewer"])
    answer = client.post(f"/triage/{secret_post.pk}/confirm", {"version": 1}, headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 200
    assert not shown(answer)
