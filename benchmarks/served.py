"""The product on this machine with posts of its own, for benchmarks: a folder that goes away, every process of `responder up`."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

PASSWORD = "correct horse battery"
STARTS_WITHIN_S = 180
POSTS = 5_000
ROOT = Path(__file__).parents[1]


@contextmanager
def running(posts: int = POSTS) -> Iterator[str]:
    """The address of a server with `posts` posts and the people lead-ana and reviewer-ana; Django is set up here too."""
    with tempfile.TemporaryDirectory(prefix="responder-benchmark-") as folder:
        os.environ |= {"RESPONDER_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "responder.settings"}
        sys.path.insert(0, str(ROOT))
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        seed(posts)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        address = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "responder.cli", "up", "--port", str(port)]
        with (Path(folder) / "log").open("w") as log:
            server = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
            )
            try:
                _wait(address, Path(folder) / "log")
                yield address
            finally:
                server.terminate()
                server.wait(30)


def seed(number: int) -> None:
    """An event with posts over a country: five groups, four severities, one in seven without a place."""
    import random

    from classifier import clock
    from responder import roles
    from responder.models import Event, Post, User
    from responder.queries import words

    draw = random.Random(11)
    for role in ("lead", "reviewer"):
        user = User.objects.create_user(f"{role}-ana", password=PASSWORD, first_name="Ana", toured=True)
        roles.grant(user=user, role=role)
    event = Event.objects.create(
        ref="flood", name="River flood", country_codes=["MZ"], west=32.0, south=-22.0, east=37.0, north=-16.0,
        time_zone="Africa/Maputo", started_at=clock.now() - timedelta(days=1),
    )  # fmt: skip
    towns = [(draw.uniform(-21.5, -16.5), draw.uniform(32.5, 36.5), f"Town {n}") for n in range(60)]
    rows = [_row(number, draw, event, towns) for number in range(number)]
    made = Post.objects.bulk_create(rows, batch_size=500)
    words.index(made)


def _row(number: int, draw: Any, event: Any, towns: list[tuple[float, float, str]]) -> Any:
    from classifier import categories, clock
    from responder.models import Post
    from responder.queries.mercator import project

    category = draw.choice(list(categories.BY_ID)[:9])
    latitude, longitude, name = draw.choice(towns)
    placed = draw.random() < 6 / 7
    probability = draw.uniform(0.3, 0.99)
    x, y = project(latitude, longitude) if placed else (None, None)
    return Post(
        source="benchmark", source_id=f"b{number}", event=event, lang="en", author_handle="someone",
        text=f"Report {number}: water and boats are needed at {name}, the road {draw.randrange(99)} is cut",
        created_at=clock.now() - timedelta(minutes=draw.uniform(1, 1200)), time_source=Post.TimeSource.SOURCE,
        text_key=f"key{number}", state=Post.State.CLASSIFIED, classified_at=clock.now(), category=category,
        model_category=category, group=categories.group_of(category), probability=probability,
        band=1 + sum(probability >= edge for edge in (0.3, 0.5, 0.7, 0.85)), probabilities={category: probability},
        emergency=True, emergency_probability=0.9, severity=draw.choice([1, 2, 2, 3, 3, 3, 4, 4]),
        severity_reason="model: Medium", priority_score=0.4, latitude=latitude if placed else None,
        longitude=longitude if placed else None, radius_km=9.0 if placed else None, place_name=name if placed else "",
        place_type="city" if placed else "", country_code="MZ" if placed else "", grid_x=x, grid_y=y,
    )  # fmt: skip


def arrive(number: int) -> int:
    """A new post comes in and is told to all who watch; its id."""
    import random

    from classifier import clock
    from responder.models import Change, Event, Post

    event = Event.objects.get()
    post = _row(10_000_000 + number, random.Random(number), event, [(-19.8, 34.8, "Beira")])
    post.severity, post.created_at = 1, clock.now()
    post = Post.objects.create(
        **{field.attname: getattr(post, field.attname) for field in Post._meta.concrete_fields if field.attname != "id"}
    )
    Change.objects.create(post=post, kind=Change.Kind.NEW)
    return int(post.pk)


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _wait(address: str, log: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise SystemExit(f"the server did not start:\n{log.read_text()[-2000:]}")
