"""The product as its users run it: real processes, a data directory of the test's own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a fresh installation on its embedded default."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("RESPONDER_", "DJANGO_"))}
    for name in ("DATABASE_URL", "REDIS_URL"):
        kept.pop(name, None)
    return kept | {"RESPONDER_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)}


@pytest.fixture
def responder(environment: dict[str, str], tmp_path: Path) -> Run:
    """Runs a `responder` command in an empty folder and returns what it printed."""

    def run(*arguments: str, stdin: str | None = None, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "responder.cli", *arguments],
            env=environment | extra, cwd=tmp_path, input=stdin, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    return run
