"""The door under fuzz: whatever is sent becomes a post, a deletion or a counted problem, and every page answers afterwards.

All examples go into one database, which lives as long as this module.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.db.models.functions import Length
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from classifier import clock
from classifier.tables import BadRow, UnusableInput
from responder.classification import pipeline
from responder.feeds import ingest, intake
from responder.feeds.connectors import base
from responder.feeds.connectors.base import FeedError
from responder.feeds.raw_post import RawPost
from responder.imports.reading import Item, PostFile, ReadingOptions
from responder.imports.report import Report
from responder.incidents import grouping
from responder.models import Event, Feed, Post
from responder.queries import words
from tests.fuzz import checks, messages, pages, tables
from tests.fuzz.messages import WIRES, Wire

pytestmark = pytest.mark.django_db
SIZES = [int(os.environ.get("FUZZ_EXAMPLES", "2000")), pytest.param(50_000, marks=pytest.mark.slow)]
OF_FILES = 0.45  # of the examples
CLASSIFIED = 256  # by the model itself, which takes longer than all else


@dataclass
class Door:
    """The database that the fuzz fills: an event, a feed for each kind of wire, and what was offered."""

    event: Event
    feeds: dict[str, Feed]
    folder: Path


@pytest.fixture
def _django_db_helper(door: "Door") -> None:
    """In place of the plugin's, which takes back what each test stores."""


@pytest.fixture(scope="module")
def door(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with django_db_blocker.unblock(), transaction.atomic():
        event = Event.objects.create(
            ref="flood", name="River flood", country_codes=["MZ"], west=32.0, south=-22.0, east=37.0, north=-16.0,
            time_zone="Africa/Maputo", started_at=clock.now() - timedelta(days=1),
        )  # fmt: skip
        feeds = {
            name: Feed.objects.create(name=name, kind="file", event=event, wanted=True, lease_owner="me")
            for name in WIRES
        }
        yield Door(event, feeds, tmp_path_factory.mktemp("files"))
        transaction.set_rollback(True)


def fuzz(examples: int, strategy: st.SearchStrategy[Any], check: Callable[[Any], None]) -> None:
    """Run `check` on so many examples, the same ones each time."""
    settings(
        max_examples=max(1, examples), derandomize=True, database=None, deadline=None, phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )(given(strategy)(check))()  # fmt: skip


def share(examples: int, name: str) -> int:
    """How many of the examples a kind gets; a workbook is read in a process of its own, which takes 100 times as long."""
    if name == "xlsx":
        return examples // 200
    kinds, part = (tables.TEXTS, OF_FILES) if name in tables.TEXTS else (WIRES, 1 - OF_FILES)
    return round(examples * part / len(kinds))


def items_of(wire: Wire, held: list[bytes]) -> tuple[list[base.Item], bool]:
    """What a connection tells, and whether it ended in one of the errors that connectors declare."""
    items: list[base.Item] = []
    try:
        items.extend(wire.read(held))
    except FeedError:
        return items, True
    return items, False


@pytest.mark.parametrize("name", WIRES)
def test_a_valid_message_is_a_post(door: Door, name: str) -> None:
    items, ended = items_of(WIRES[name], [messages.placed_whole(WIRES[name], number) for number in (1, 2, 3)])
    found = [item for item in items if item.post or item.deleted]
    assert not ended and len(found) == 3 and not any(item.garbage for item in items)


@pytest.mark.parametrize("examples", SIZES)
@pytest.mark.parametrize("name", WIRES)
def test_every_message_becomes_a_post_a_deletion_or_garbage(door: Door, name: str, examples: int) -> None:
    wire, feed, numbers = WIRES[name], door.feeds[name], count(10)

    def check(held: list[bytes]) -> None:
        items, ended = items_of(wire, held)
        told = checks.understood(items)
        assert all(map(checks.told, told))
        if wire.alone and not ended:
            assert len(told) >= len(held), "a message left no trace"
        stored = intake.store(feed=feed, owner="me", items=items, source=wire.source)
        posts = [item.post for item in items if item.post]
        gone = {item.deleted for item in items if item.deleted}
        checks.counts(posts, gone, stored)
        checks.cursor_of(feed, items)
        for post in Post.objects.filter(source=wire.source).order_by("-pk")[: len(posts)]:
            checks.storable(post)

    number = next(numbers)
    fuzz(share(examples, name), st.lists(messages.messages(wire.message, number), min_size=1, max_size=2), check)


def read_file(path: Path) -> tuple[list[Item], str]:
    """(posts and bad rows, why the rest cannot be read) of a file."""
    items: list[Item] = []
    try:
        with PostFile(str(path), ReadingOptions(zone="Africa/Maputo")) as file:
            for batch in file.batches(100):
                items += batch.items
    except UnusableInput as error:
        return items, str(error)
    return items, ""


@pytest.mark.parametrize("name", tables.KINDS)
def test_a_valid_file_is_read_whole(door: Door, name: str) -> None:
    suffix, content = tables.made(name, [tables.row(number) for number in range(1, 4)])
    path = door.folder / f"valid{suffix}"
    path.write_bytes(content)
    items, why = read_file(path)
    assert why == "" and not any(isinstance(one, BadRow) for one in items)
    assert [tables.MARK.findall(one.text) for one in items if isinstance(one, RawPost)] == [
        ["<m1>"],
        ["<m2>"],
        ["<m3>"],
    ]


@pytest.mark.parametrize("examples", SIZES)
@pytest.mark.parametrize("name", tables.KINDS)
def test_every_row_of_a_file_is_accounted_for(door: Door, name: str, examples: int) -> None:
    def check(file: tables.File) -> None:
        path = door.folder / f"odd{file.suffix}"
        path.write_bytes(file.content)
        items, why = read_file(path)
        posts = [one for one in items if isinstance(one, RawPost)]
        accepted = ingest.accept(posts=posts, source="files", event=door.event)
        report = Report()
        report.add(items, accepted)
        checks.accounted(posts, accepted)
        if file.rows is not None and not why:
            assert report.read == file.rows, report
        if report.is_clean and not why:
            kept = [tables.MARK.findall(post.text) for post in posts]
            assert file.marks <= {mark for marks in kept for mark in marks}, "a row is gone, and nobody was told"
            assert all(len(marks) <= 1 for marks in kept), f"a row swallowed another: {file.content!r}"
        for post in Post.objects.filter(source="files").order_by("-pk")[: len(posts)]:
            checks.storable(post)

    fuzz(share(examples, name), tables.files(name, 100), check)


@pytest.fixture(scope="module")
def understood(door: Door) -> list[Post]:
    """What was stored, classified and placed: some by the model, all others as if."""
    pipeline.drain(limit=CLASSIFIED)
    assert not Post.objects.filter(state=Post.State.QUARANTINED).exists(), Post.objects.exclude(error="").values(
        "error"
    )[:3]
    assert not grouping.waiting()
    rest = list(Post.objects.filter(state=Post.State.ACCEPTED))
    words.index(rest)
    Post.objects.filter(state=Post.State.ACCEPTED).update(
        state=Post.State.CLASSIFIED, category="requests_or_urgent_needs", group="requests", severity=2, band=4,
        probability=0.8, latitude=-19.84, longitude=34.84, radius_km=9.0, place_name="Beira", grid_x=10_000_000, grid_y=9_300_000,
    )  # fmt: skip
    longest = Post.objects.annotate(length=Length("text")).order_by("-length")[:6]
    return [*longest, *Post.objects.order_by("pk")[:2], *Post.objects.order_by("-pk")[:2]]


@pytest.mark.parametrize("role", ["lead", "auditor", "admin"])
def test_every_page_answers_afterwards(understood: list[Post], role: str, one_thread: None) -> None:
    is_admin = role != "lead"  # whose pages are those of the admin
    addresses = [one for one in pages.addresses(understood) if one.startswith("/admin/") == is_admin or "?" in one]
    failed, good = pages.visit(pages.signed_in(role), addresses)
    assert failed == [] and good > 50, good


def test_every_answer_of_the_api_is_one_afterwards(understood: list[Post], one_thread: None) -> None:
    failed, good = pages.visit(pages.with_token(), pages.api_addresses(understood))
    assert failed == [] and good > 40, good
