"""The oracle itself: events that are the same each time, and a comparison that finds every kind of harm."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from responder.drill import chaos, events, states
from responder.feeds.connectors.replayed import Replayed
from responder.feeds.listener import Listener
from responder.models import Event, Feed, Post

ROOT = Path(__file__).parents[3]
CALM = states.State({"1": ("a", "classified"), "2": ("b", "quarantined")}, {"1": ("not_humanitarian", "Beira")})


def written(path: Path, posts: int, seed: int = 1) -> list[dict[str, Any]]:
    events.write(path, posts, texts=["Water needed in Beira", "The bridge is gone"], seed=seed)
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_events_are_the_same_each_time_and_hold_every_difficulty(tmp_path: Path) -> None:
    rows = written(tmp_path / "a", 4_000)
    assert rows == written(tmp_path / "b", 4_000) != written(tmp_path / "c", 4_000, seed=2)
    posts = [row for row in rows if row.get("revision") == ""]
    first = list(dict.fromkeys(row["id"] for row in posts))
    assert len(first) == 4_000 and first != sorted(first, key=int)  # out of order
    assert 120 < len(posts) - len(first) < 280  # twice
    assert 40 < len({row["delete"] for row in rows if "delete" in row}) < 120
    assert 40 < len({row["id"] for row in rows if row.get("revision")}) < 120
    assert 8 < len({row["id"] for row in posts if events.POISON in row["text"]}) < 40
    places = {
        ("delete", row["delete"]) if "delete" in row else (row["revision"], row["id"]): n for n, row in enumerate(rows)
    }
    assert any(places["delete", key] < places["", key] for kind, key in places if kind == "delete")


@pytest.mark.parametrize(
    ("storm", "harm"),
    [
        (replace(CALM, posts={"1": CALM.posts["1"]}), {"lost": ["2"]}),
        (replace(CALM, posts=CALM.posts | {"3": ("c", "classified")}), {"extra": ["3"]}),
        (replace(CALM, posts=CALM.posts | {"2": ("b", "classified")}), {"differing": ["2"]}),
        (replace(CALM, posts=CALM.posts | {"1": ("old text", "classified")}), {"differing": ["1"]}),
        (replace(CALM, never={"predictions made twice": 3}), {"never": {"predictions made twice": 3}}),
    ],
)
def test_every_harm_is_found(storm: states.State, harm: dict[str, Any]) -> None:
    verdict = states.compare(CALM, storm)
    assert not verdict.passed
    assert {
        name: value for name in ("lost", "extra", "differing", "never") if (value := getattr(verdict, name))
    } == harm


def test_an_equal_end_passes_and_answers_that_differ_by_the_batch_are_told() -> None:
    storm = replace(CALM, answers={"1": ("other_relevant_information", "Beira")})
    verdict = states.compare(CALM, storm)
    assert verdict.passed and verdict.answered_otherwise == 1


@pytest.mark.django_db
def test_a_file_is_read_on_from_its_cursor_and_some_of_it_again(event: Event, tmp_path: Path) -> None:
    rows = written(tmp_path / "events", 300)
    feed = Feed.objects.create(name="File", kind="file", address=str(tmp_path / "events"), event=event, wanted=True)
    gone = {row["delete"] for row in rows if "delete" in row}
    texts: dict[str, str] = {}
    for row in rows:
        if "id" in row and row["id"] not in gone and (row["revision"] or row["id"] not in texts):
            texts[row["id"]] = row["text"]

    class Interrupted(Replayed):
        left = 60

        def read(self, *arguments: Any, **options: Any) -> Any:
            for item in super().read(*arguments, **options):
                Interrupted.left -= 1
                if Interrupted.left % 97 == 0:
                    return  # the connection ends, and its last items are read again
                yield item

    class Read:
        def is_set(self) -> bool:
            return int(Feed.objects.values_list("cursor", flat=True).get(pk=feed.pk) or 0) == len(rows)

    connector = Interrupted(address=feed.address, rewind=20)
    Listener(feed.pk, connector=connector, stop=Read(), sleep=lambda _: None).run()  # type: ignore[arg-type]
    feed.refresh_from_db()
    assert feed.reconnects > 3
    assert dict(Post.objects.values_list("source_id", "text")) == texts


def drill(*arguments: str, tmp_path: Path, within_s: int) -> str:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "responder.settings", "RESPONDER_DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)
    }  # fmt: skip
    for name in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(name, None)
    ran = subprocess.run(
        [sys.executable, "-m", "responder.cli", "drill", "chaos", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=within_s, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-3_000:] + ran.stderr[-3_000:]
    return ran.stdout


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("500", "20", "2-4"), id="500"),
        pytest.param(("5000", "150", "5-8"), id="5000", marks=pytest.mark.slow),
        pytest.param(("20000", "100", "5-20"), id="20000", marks=pytest.mark.slow),
    ],
)
def test_nothing_is_lost_or_doubled_whatever_is_killed(tmp_path: Path, options: tuple[str, str, str]) -> None:
    posts, rate, every = options
    faults = ("--faults", "8") if posts == "500" else ()
    said = drill("--events", posts, "--rate", rate, "--every", every, *faults, tmp_path=tmp_path, within_s=5_400)
    assert "0 lost, 0 too many, 0 different" in said and "twice or left over: nothing" in said and "wrong: none" in said
    struck = re.search(r"\((.+?)\)", said.split("posts left", 1)[1])
    assert struck and {one.split()[0] for one in struck[1].split(", ")} == set(chaos.FAULTS)


@pytest.mark.parametrize("wrong", [("--events", "5"), ("--every", "9-3"), ("--every", "soon"), ("--rate", "0")])
def test_nonsense_is_refused_before_anything_starts(wrong: tuple[str, str]) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("drill", "chaos", *wrong)
    assert refused.value.returncode == 2
