"""Rows whose columns hold what no code of ours writes: pages, exports, grouping and figures go on beside them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from classifier import clock
from responder import tasks
from responder.classification import monitored_posts, stages
from responder.incidents import failures, membership, sizing
from responder.models import Event, Place, Post, PostEmbedding, User

pytestmark = pytest.mark.django_db
MakePost = Callable[..., Post]
INFINITE = float("inf")
POISONS: list[dict[str, Any]] = [
    {"probability": INFINITE}, {"probability": -INFINITE}, {"emergency_probability": INFINITE}, {"priority_score": INFINITE},
    {"latitude": INFINITE}, {"longitude": -1e308}, {"latitude": 1e6, "longitude": 1e6}, {"radius_km": INFINITE},
    {"radius_km": -1.0}, {"grid_x": 2**31 - 1, "grid_y": -(2**31)}, {"latitude": None}, {"longitude": None},
    {"probabilities": "null"}, {"probabilities": '["x"]'}, {"probabilities": '{"x": "y"}'}, {"probabilities": '{"x": null}'},
    {"needs": "null"}, {"needs": '{"water": 1}'}, {"needs": '[1, null, {}, "nonsense"]'}, {"links": "null"},
    {"links": '[1, null, {"x": 1}]'}, {"source_position": '{"latitude": "x"}'}, {"source_position": "[]"},
    {"category": "nonsense"}, {"group": "nonsense"}, {"category": ""}, {"lang": "zz-nonsense"}, {"lang_stated": "??"},
    {"severity": 99}, {"severity": 0}, {"band": 77}, {"status": "odd"}, {"time_source": "odd"}, {"relation": "odd"},
    {"country_code": "?!"}, {"place_type": "odd"}, {"text": "x" * 300_000}, {"text": ""}, {"text": "\u202e\ud7ff\U000e0001"},
    {"latitude": float("nan")}, {"probability": float("nan"), "priority_score": float("nan")}, {"author_handle": "@" * 255}, {"text_key": ""}, {"version": 2**31 - 1}, {"model_category": "nonsense"},
]  # fmt: skip


def poisoned(post: Post, columns: dict[str, Any]) -> Post:
    """Write the columns past Django, as a broken restore or a hand in the database would."""
    names = ", ".join(f'"{name}" = %s' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE responder_post SET {names} WHERE id = %s", [*columns.values(), post.pk])
    return post


QUERY = "?event=flood"
LISTS = [
    *(reverse(name) + QUERY for name in ("map", "map-data", "map-items", "triage", "feed", "incidents", "sources", "analytics")),
    *(reverse("export-posts", args=[kind]) + QUERY for kind in ("csv", "geojson", "kml")),
    *(reverse("export-incidents", args=[kind]) + QUERY for kind in ("csv", "geojson")),
]  # fmt: skip


def answers(client: Client, path: str) -> str:
    """What went wrong; empty if the page answered in full."""
    try:
        response = client.get(path)
        content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[arg-type]
    except Exception as error:
        return f"{path}: {error!r}"[:300]
    return "" if response.status_code == 200 and content else f"{path}: {response.status_code}"


@pytest.fixture
def rows(make_post: MakePost) -> list[tuple[dict[str, Any], Post]]:
    return [(columns, poisoned(make_post(), columns)) for columns in POISONS]


def test_lists_and_exports_answer_beside_poisoned_rows(
    client: Client, people: dict[str, User], make_post: MakePost, rows: list[tuple[dict[str, Any], Post]]
) -> None:
    make_post()
    client.force_login(people["lead"])
    assert not list(filter(None, (answers(client, path) for path in LISTS)))


def test_analytics_count_beside_poisoned_rows(
    client: Client, people: dict[str, User], make_post: MakePost, rows: list[tuple[dict[str, Any], Post]]
) -> None:
    from responder.dashboards.panels import PANELS

    make_post()
    client.force_login(people["lead"])
    paths = [reverse("analytics-csv", args=[panel]) + QUERY for panel in PANELS]
    assert not list(filter(None, (answers(client, path) for path in paths)))


def test_each_poisoned_row_is_shown(
    client: Client, people: dict[str, User], rows: list[tuple[dict[str, Any], Post]]
) -> None:
    client.force_login(people["lead"])
    failed = [
        (columns, found)
        for columns, post in rows
        for name in ("map-item", "triage-item", "triage-beside")
        if (found := answers(client, reverse(name, args=[post.pk])))
    ]
    assert not [(str(columns)[:80], found) for columns, found in failed]


def test_an_incident_of_poisoned_rows_is_counted_and_shown(
    client: Client, people: dict[str, User], make_post: MakePost
) -> None:
    posts = [make_post() for _ in POISONS]
    incident = membership.create(post_ids=[post.pk for post in posts], by=people["lead"], title="Water")
    for columns, post in zip(POISONS, posts, strict=True):
        poisoned(post, columns)
    sizing.recount([incident.pk])
    incident.refresh_from_db()
    assert incident.size == len(POISONS)
    client.force_login(people["lead"])
    assert not answers(client, reverse("incident", args=[incident.ref]))


@pytest.mark.parametrize(
    ("vector", "signature"),
    [
        (b"", b""),
        (b"short", b"odd"),
        (b"\xff" * 10_000, b"\xff" * 10_000),
        (b"\x80" * 384, b"\x00" * 7),
        (b"\x00", b"x" * 48),
    ],
)
def test_a_broken_meaning_is_set_aside_and_the_rest_is_grouped(
    make_post: MakePost, event: Event, vector: bytes, signature: bytes
) -> None:
    post = make_post()
    PostEmbedding.objects.create(
        post=post, event=event, space="s", cell=-1, at=clock.now(), vector=vector, signature=signature
    )
    tasks.sweep_posts()
    row = PostEmbedding.objects.get()
    assert row.grouped_at is not None or row.failure.attempts == 1


def test_a_stage_that_fails_stops_neither_the_others_nor_classification(
    monkeypatch: pytest.MonkeyPatch, make_post: MakePost
) -> None:
    ran: list[str] = []

    def broken() -> int:
        ran.append("times")
        raise ValueError("a row that nobody expected")

    monkeypatch.setattr(tasks.repairs, "times", broken)
    monkeypatch.setattr(tasks.pipeline, "group", lambda: ran.append("grouping"))
    monkeypatch.setattr(tasks, "classify_posts", lambda: ran.append("classification"))
    make_post(state=Post.State.ACCEPTED)
    tasks.sweep_posts()
    assert ran == ["times", "grouping", "classification"]


def test_a_poisoned_row_holds_no_stage_up_for_ever(
    make_post: MakePost, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is set aside by name after five tries; a stage that nobody works on stays behind."""
    long_ago = clock.now() - 2 * stages.BEHIND_AFTER
    post = make_post(classified_at=long_ago)
    PostEmbedding.objects.create(
        post=post, event=event, space="s", cell=-1, at=post.created_at, vector=b"short", signature=b"odd"
    )
    with monkeypatch.context() as patch:
        patch.setattr(tasks.pipeline, "group", lambda: 0)
        tasks.sweep_posts()
    assert stages.behind(stages.waits()["grouping"])
    for tries in range(failures.TRIES):
        later = clock.now() + timedelta(minutes=tries)
        with monkeypatch.context() as patch:
            patch.setattr(clock, "now", lambda later=later: later)
            tasks.sweep_posts()
    assert not stages.waits()["grouping"]
    assert [one.embedding_id for one in failures.set_aside()] == [post.pk]


def test_figures_of_drift_leave_out_what_is_no_probability(make_post: MakePost) -> None:
    good = make_post()
    for value in (INFINITE, -INFINITE, 1.5, None):
        poisoned(make_post(), {"probability": value})
    found = monitored_posts.posts_between(clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=1))
    assert list(found.texts) == [good.text] and list(found.confidences) == [0.8]


AROUND: list[tuple[str, dict[str, Any]]] = [
    ("event", {"country_codes": "null"}), ("event", {"country_codes": '[1, null, "??"]'}), ("event", {"time_zone": "Nowhere/None"}),
    ("event", {"west": INFINITE, "south": -1e308, "east": -INFINITE, "north": 1e308}), ("event", {"hazard": "odd"}),
    ("event", {"area": '{"type": "Polygon", "coordinates": [[["x"], [1, 2], [3, 4], [5, 6]]]}'}), ("event", {"state": "odd"}),
    ("event", {"area": "[1]", "languages": "1", "keywords": '{"a": 1}'}),
    ("incident", {"needs": "null"}), ("incident", {"needs": '["x"]'}), ("incident", {"latitude": INFINITE, "longitude": 1e308}),
    ("incident", {"radius_km": -INFINITE}), ("incident", {"severity": 99}), ("incident", {"category": "nonsense"}),
    ("place", {"latitude": 1e308, "score": INFINITE}), ("place", {"radius_km": INFINITE, "longitude": -INFINITE}),
]  # fmt: skip


@pytest.mark.parametrize(("table", "columns"), AROUND, ids=lambda given: str(given)[:30])
def test_pages_answer_beside_a_poisoned_event_incident_or_place(
    client: Client, people: dict[str, User], make_post: MakePost, table: str, columns: dict[str, Any]
) -> None:
    post = make_post()
    Place.objects.create(post=post, text="Beira", start=0, end=5, name="Beira", latitude=-19.8, longitude=34.8)
    incident = membership.create(post_ids=[post.pk], by=people["lead"], title="Water")
    names = ", ".join(f'"{name}" = %s' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE responder_{table} SET {names}", [*columns.values()])
    client.force_login(people["lead"])
    paths = [*LISTS, reverse("map-item", args=[post.pk]), reverse("incident", args=[incident.ref])]
    paths += [reverse("events"), *(reverse(name, args=[post.event_id]) for name in ("event", "event-edit"))]
    assert not list(filter(None, (answers(client, path) for path in paths)))
