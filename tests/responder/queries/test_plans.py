"""PostgreSQL never reads all posts to draw the map, to list posts or to count them: the planner's own words."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
POSTS = 120_000
ALL_POSTS = re.compile(r"Seq Scan on responder_post\b")
SCRIPT = f"""
import sys
sys.path.insert(0, {str(ROOT / "benchmarks")!r})
import million_posts
with million_posts.database():
    million_posts.fill({POSTS})
    for part, name, plan in million_posts.plans():
        print(part, "|", name, "|", plan)
    from responder import database
    with database.room_to_count():
        print(*[" | ".join(row) for row in million_posts.plans() if row[:2] == ("map", "whole event")][:1])
"""


@pytest.mark.slow
def test_no_plan_reads_all_posts(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=600,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2_000:]
    *plans, map_drawn = [line.split(" | ") for line in ran.stdout.splitlines()]
    assert len({(part, name) for part, name, _ in plans}) == 4 * 5
    assert not [plan for plan in plans if ALL_POSTS.search(plan[2])]
    assert (
        "HashAggregate" in map_drawn[2] and "Sort" not in map_drawn[2]
    )  # groups in memory, not all rows sorted on disk


def test_the_filters_are_understood() -> None:
    spec = importlib.util.spec_from_file_location("million_posts", ROOT / "benchmarks" / "million_posts.py")
    assert spec and spec.loader
    million = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(million)
    found = million.chosen_filters()
    assert len(set(found.values())) == len(million.FILTERS) == 5
