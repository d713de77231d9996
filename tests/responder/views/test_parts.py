"""Lists of any length come in parts: every row once, in as many queries for many rows as for few."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from classifier import clock, serving
from classifier.models import ApprovalRequest, Deployment, TrainingRun
from monitoring.models import AccuracyWindow, DriftReport
from responder.models import Post, User
from responder.partners import tokens
from responder.queries.parts import PART_SIZE
from tests.classifier.versions import make_evaluation, make_version

pytestmark = pytest.mark.django_db
MANY = 2 * PART_SIZE + 5
NEXT = re.compile(r'href="([^"]+)" rel="next"')


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    yield
    serving.forget()


@pytest.fixture
def approver(people: dict[str, User]) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(people["approver"])
    return client


def runs(count: int, start: int = 0) -> None:
    TrainingRun.objects.bulk_create(
        TrainingRun(run_key=f"run-{start + n}", trigger="weekly", label_cutoff=clock.now(), state="refused")
        for n in range(count)
    )


def closed(count: int, start: int = 0) -> None:
    version = make_version() if not start else ApprovalRequest.objects.latest("id").version
    evaluation = make_evaluation(version) if not start else version.requests.latest("id").evaluation
    ApprovalRequest.objects.bulk_create(
        ApprovalRequest(
            version=version, evaluation=evaluation, state="expired", expires_at=clock.now(), evidence_hash="x"
        )
        for _n in range(count)
    )


def deployments(count: int, start: int = 0) -> None:
    version = serving.register_shipped()
    Deployment.objects.bulk_create(
        Deployment(version=version, role="production", kind="promotion", started_at=clock.now(), ended_at=clock.now())
        for _n in range(count)
    )


def reports(count: int, start: int = 0) -> None:
    at = clock.now()
    DriftReport.objects.bulk_create(
        DriftReport(
            kind="daily", at=at, window_from=at, window_to=at + timedelta(hours=start + n), reference_from=at, n_window=1,
            n_reference=1, model="m", verdict="stable", summary="", action="",
        )
        for n in range(count)
    )  # fmt: skip


def windows(count: int, start: int = 0) -> None:
    at = clock.now()
    AccuracyWindow.objects.bulk_create(
        AccuracyWindow(
            kind="estimated", metric="accuracy", label=f"class {n % 7}", window_from=at, n=1, method="", model="m",
            window_to=at + timedelta(days=(start + n) // 7),
        )
        for n in range(count)
    )  # fmt: skip


LISTS: list[tuple[str, str, str, Callable[..., None]]] = [
    ("runs", "runs", "runs", runs),
    ("approvals", "closed", "closed", closed),
    ("model", "history", "deployments", deployments),
    ("monitoring", "reports", "drift", reports),
    ("monitoring", "weeks", "weeks", windows),
]
each_list = pytest.mark.parametrize(("page", "context", "name", "make"), LISTS, ids=[one[2] for one in LISTS])


@each_list
def test_every_row_is_shown_once_and_in_order(approver: Client, page: str, context: str, name: str, make: Any) -> None:
    make(MANY)
    url, seen, sizes = f"{reverse(page)}?event=flood", [], []
    while url:
        response = approver.get(url)
        shown = response.context[context].rows
        sizes.append(len(shown))
        seen += [row.pk for row in shown]
        url = response.context[context].next_url
        links = [unescape(link).split("#")[0] for link in NEXT.findall(response.content.decode())]
        assert links == ([url] if url else [])
    expected = type(shown[0]).objects.order_by("-id")
    if name == "weeks":
        expected = AccuracyWindow.objects.order_by("-window_to", "kind", "metric", "label")
    assert seen == [row.pk for row in expected]
    assert sizes[:2] == [PART_SIZE, PART_SIZE]
    assert len(sizes) == 3


@each_list
def test_more_rows_need_no_more_queries(approver: Client, page: str, context: str, name: str, make: Any) -> None:
    make(3)
    few = _queries(approver, reverse(page))
    make(MANY, start=3)
    assert _queries(approver, reverse(page)) == few


@each_list
@pytest.mark.parametrize("cursor", ["nonsense", "x" * 5_000, ""])
def test_a_broken_link_gives_the_first_part_and_says_so(
    approver: Client, page: str, context: str, name: str, make: Any, cursor: str
) -> None:
    make(2)
    response = approver.get(reverse(page), {name: cursor})
    assert response.status_code == 200
    assert len(response.context[context].rows) >= 2
    assert ("no longer valid" in response.content.decode()) == bool(cursor)


def test_the_cursor_of_one_list_is_none_of_another(approver: Client) -> None:
    reports(MANY)
    windows(MANY)
    first = approver.get(reverse("monitoring")).context
    cursor = first["reports"].next_url.split("drift=")[1]
    other = approver.get(f"{reverse('monitoring')}?weeks={cursor}").context
    assert [row.pk for row in other["weeks"].rows] == [row.pk for row in first["weeks"].rows]
    assert other["weeks"].notice


def test_set_aside_posts_come_in_parts(client: Client, people: dict[str, User], make_post: Any) -> None:
    for _n in range(PART_SIZE + 2):
        make_post(state=Post.State.QUARANTINED, attempts=5, error="ValueError")
    client.force_login(people["reviewer"])
    first = client.get(reverse("sources-set-aside")).context["part"]
    rest = client.get(first.next_url).context["part"]
    assert len({post.pk for post in [*first.rows, *rest.rows]}) == PART_SIZE + 2
    assert not rest.next_url


def test_pages_of_sources_tokens_and_reveals_need_no_more_queries(
    client: Client, people: dict[str, User], make_post: Any
) -> None:
    post = make_post()
    for person, urls, more in (
        (
            "reviewer",
            [reverse("sources-set-aside"), reverse("sources")],
            lambda: make_post(state="quarantined", error="x"),
        ),
        ("partner", [reverse("developers")], lambda: _token(people["partner"])),
        ("lead", [reverse("reveal", args=[post.pk])], make_post),
    ):
        client.force_login(people[person])
        more()
        few = [_queries(client, url) for url in urls]
        for _n in range(8):
            more()
        assert [_queries(client, url) for url in urls] == few, person


def _token(owner: User) -> None:
    tokens.issue(owner=owner, organisation="Relief", name="ours", scopes=["predict"], by=owner)


def _queries(client: Client, url: str) -> int:
    client.get(url)  # what is remembered between requests is remembered now
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200
    return len(caught)
