"""Processor time of one post through the product, by stage, beside that of the model alone; in one process and thread.

    python benchmarks/ingest_cost.py [--posts 4000] [--output FILE] [--profile FILE]

Starts a PostgreSQL of its own. Posts of the exercise, each with words of its own, come in by hundreds into one event, are
stored, classified with places, and grouped into incidents, batch by batch as the worker does. PostgreSQL's own time is
not in these figures. `--profile` writes where the time of each stage goes, as cProfile sees it.
"""

import argparse
import cProfile
import json
import os
import platform
import pstats
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
AT_ONCE = 256


def main() -> None:
    """Print the figures as JSON."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    arguments.add_argument("--posts", type=int, default=4_000)
    arguments.add_argument("--output", type=Path)
    arguments.add_argument("--profile", type=Path)
    chosen = arguments.parse_args()
    with ExitStack() as started:
        prepare(started)
        figures = measure(chosen.posts, chosen.profile)
    text = json.dumps(figures, indent=1)
    print(text)
    if chosen.output:
        chosen.output.write_text(text + "\n")


def prepare(started: ExitStack) -> None:
    """Start the database, and migrate."""
    from tests.services import running_postgres

    os.environ.update(
        DJANGO_SETTINGS_MODULE="responder.settings", OMP_NUM_THREADS="1", RESPONDER_LOG_LEVEL="WARNING",
        RESPONDER_DATA_DIR=started.enter_context(tempfile.TemporaryDirectory()),
        DATABASE_URL=started.enter_context(running_postgres()),
    )  # fmt: skip
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


class Stage:
    """What one step of the work costs."""

    def __init__(self, work: Callable[..., Any], *, profiled: bool) -> None:
        self.work, self.spent_s = work, 0.0
        self.profiler = cProfile.Profile(time.process_time) if profiled else None

    def run(self, *arguments: Any) -> None:
        """Do it, and add its processor time."""
        began = time.process_time()
        if self.profiler:
            self.profiler.runcall(self.work, *arguments)
        else:
            self.work(*arguments)
        self.spent_s += time.process_time() - began


def measure(number: int, profile: Path | None) -> dict[str, Any]:
    """Milliseconds of processor time a post, by stage."""
    from benchmarks.ingest_load import texts
    from classifier import serving
    from responder.classification import pipeline
    from responder.feeds import ingest
    from responder.feeds.raw_post import RawPost
    from responder.incidents import grouping
    from responder.models import Event, Incident

    event = Event.objects.create(ref="load", name="Load")
    runtime, rows = serving.current().runtime, texts(number)
    bare = texts(number, seed=9)

    def store(first: int) -> None:
        posts = [
            RawPost(str(n), rows[n], created_at=datetime.now(UTC), lang="en", author_handle=f"a{n % 997}")
            for n in range(first, min(number, first + AT_ONCE))
        ]
        ingest.accept(posts=posts, source="load", event=event)

    def classify() -> None:
        posts = pipeline.claim(limit=pipeline.BATCH)
        pipeline._process(posts)

    stages = {
        name: Stage(work, profiled=profile is not None)
        for name, work in {"store": store, "classify": classify, "group": grouping.drain}.items()
    }
    model = Stage(lambda first: runtime.predict(bare[first : first + AT_ONCE]), profiled=False)
    for first in range(0, number, AT_ONCE):
        stages["store"].run(first)
        stages["classify"].run()
        stages["group"].run()
        model.run(first)
    if profile:
        write_profiles(stages, profile)
    spent = {name: round(stage.spent_s * 1e3 / number, 3) for name, stage in stages.items()}
    return {
        "posts": number, "incidents": Incident.objects.count(), "processor_ms_a_post": spent,
        "model_ms_a_post": round(model.spent_s * 1e3 / number, 3),
        "python": platform.python_version(), "machine": f"{os.cpu_count()} cores, {platform.machine()}",
    }  # fmt: skip


def write_profiles(stages: dict[str, Stage], path: Path) -> None:
    """The functions that take most time in each stage, with those that they call."""
    with path.open("w") as file:
        for name, stage in stages.items():
            file.write(f"== {name}\n")
            if stage.profiler:
                pstats.Stats(stage.profiler, stream=file).strip_dirs().sort_stats("cumulative").print_stats(70)


if __name__ == "__main__":
    main()
