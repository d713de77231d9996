"""The product as its users run it: real processes, a data directory of the test's own."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from responder import cli
from tests import migrated

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    """The environment of an installation on its embedded default: migrated, or marked `fresh` and without any data."""
    if not request.node.get_closest_marker("fresh"):
        (tmp_path / "data").mkdir()
        migrated.copy(tmp_path / "data" / "responder.sqlite3").close()
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("RESPONDER_", "DJANGO_"))}
    for name in ("DATABASE_URL", "REDIS_URL"):
        kept.pop(name, None)
    return kept | {
        "RESPONDER_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }  # fmt: skip


def open_to_others(*paths: Path) -> list[str]:
    """What others of this machine have rights on, of these and all under them."""
    everything = [one for path in paths for one in (path, *path.rglob("*"))]
    return [
        f"{one} {one.lstat().st_mode:o}" for one in everything if one.lstat().st_mode & 0o077 and not one.is_symlink()
    ]


@pytest.fixture
def responder(environment: dict[str, str], tmp_path: Path) -> Run:
    """Runs a `responder` command in an empty folder and returns what it printed."""

    def run(*arguments: str, stdin: str | None = None, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "responder.cli", *arguments],
            env=environment | extra, cwd=tmp_path, input=stdin, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    return run


@pytest.fixture
def here(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """As `responder`, in this process and on its database: for what a command says and stores, not how it starts."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        status = 0
        try:
            cli.main(list(arguments))
        except SystemExit as ended:
            status = int(ended.code or 0)
        printed = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, status, printed.out, printed.err)

    return run
