"""Rows whose columns hold what no code of ours writes: pages, exports, grouping and figures go on beside them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from classifier import clock
from responder import tasks
from responder.dashboards import endpoints  # noqa: F401
from responder.incidents import membership, sizing
from responder.models import Event, Incident, Post, PostEmbedding, User

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
    {"author_handle": "@" * 255}, {"text_key": ""}, {"version": 2**31 - 1}, {"model_category": "nonsense"},
]  # fmt: skip


def poisoned(post: Post, columns: dict[str, Any]) -> Post:
    """Write the columns past Django, as a broken restore or a hand in the database would."""
    names = ", ".join(f'"{name}" = %s' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE responder_post SET {names} WHERE id = %s", [*columns.values(), post.pk])  # noqa: S608
    return post


def addresses(post: Post, incident: Incident) -> list[str]:
    query = "?event=flood"
    return [
        *(reverse(name) + query for name in ("map", "map-data", "triage", "feed", "incidents", "sources", "analytics")),
        *(reverse("export-posts", args=[kind]) + query for kind in ("csv", "geojson", "kml", "ndjson")),
        reverse("export-incidents", args=["csv"]) + query,
        reverse("map-item", args=[post.pk]), reverse("triage-item", args=[post.pk]),
        reverse("triage-beside", args=[post.pk]), reverse("incident", args=[incident.ref]),
    ]  # fmt: skip


@pytest.mark.parametrize("columns", POISONS, ids=lambda columns: repr(columns)[:40])
def test_pages_and_exports_answer_beside_a_poisoned_row(
    client: Client, people: dict[str, User], make_post: MakePost, columns: dict[str, Any]
) -> None:
    good, bad = make_post(), make_post()
    incident = membership.create(post_ids=[good.pk, bad.pk], by=people["lead"], title="Water")
    poisoned(bad, columns)
    client.force_login(people["lead"])
    failed = []
    for path in addresses(bad, incident):
        try:
            response = client.get(path)
            content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[arg-type]
            if response.status_code != 200 or not content:
                failed.append((path, response.status_code))
        except Exception as error:
            failed.append((path, repr(error)[:200]))
    assert not failed
    sizing.recount([incident.pk])
    incident.refresh_from_db()
    assert incident.size == 2


@pytest.mark.parametrize(
    ("vector", "signature"),
    [(b"", b""), (b"short", b"odd"), (b"\xff" * 10_000, b"\xff" * 10_000), (b"\x80" * 384, b"\x00" * 7), (b"\x00", b"x" * 48)],
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
