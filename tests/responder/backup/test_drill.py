"""The drill: back up under a running stream, destroy everything, restore, compare; on SQLite and on PostgreSQL."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import migrated
from tests.services import running_postgres

ROOT = Path(__file__).parents[3]
DRILL = "tests/responder/backup/drill.py"


@dataclass
class Installation:
    """An installation of its own, and a backup that was made while posts streamed into it."""

    environment: dict[str, str]
    backup: Path

    @property
    def data(self) -> Path:
        return Path(self.environment["RESPONDER_DATA_DIR"])

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, DRILL, *arguments], cwd=ROOT, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def finish(self, *arguments: str) -> str:
        process = self.start(*arguments)
        out, errors = process.communicate(timeout=240)
        assert process.returncode == 0, out + errors
        return out

    def commands(self, *lines: list[str]) -> list[tuple[int, str]]:
        """Exit code and words of each command."""
        return [tuple(one) for one in json.loads(self.finish("commands", json.dumps(lines)))]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """People, posts, a model's file and a chain of audit events; backed up under a running stream."""
    folder = tmp_path_factory.mktemp(request.param)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RESPONDER_", "DJANGO_"))}
    environment = kept | {
        "RESPONDER_DATA_DIR": str(folder / "data"), "DJANGO_SETTINGS_MODULE": "responder.settings",
        "DATABASE_URL": "", "REDIS_URL": "", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    made = Installation(environment, folder / "backup.tar")
    if request.param == "sqlite":
        made.data.mkdir()
        migrated.copy(made.data / "responder.sqlite3").close()
        _fill(made)
        yield made
    else:
        with running_postgres() as url:
            environment["DATABASE_URL"] = url
            _fill(made)
            yield made


def _fill(made: Installation) -> None:
    made.finish("fill")
    (made.data / "registry").mkdir(parents=True)
    (made.data / "registry" / "model.onnx").write_bytes(os.urandom(3 << 20))
    (made.data / "media").mkdir(exist_ok=True)
    (made.data / "media" / "note.txt").write_text("a note to be kept")
    with streaming(made):
        ((code, said),) = made.commands(["backup", str(made.backup)])
        assert code == 0, said


@contextmanager
def streaming(made: Installation) -> Iterator[None]:
    """Posts are written from before until after."""
    stream = made.start("stream")
    try:
        assert stream.stdout and stream.stdout.readline()  # it writes
        yield
        assert stream.poll() is None  # and went on writing
    finally:
        stream.kill()
        stream.communicate()


def _manifest(backup: Path) -> dict[str, Any]:
    with tarfile.open(backup) as tar, tar.extractfile("manifest.json") as member:  # type: ignore[union-attr]
        return json.loads(member.read())  # type: ignore[no-any-return]


def _destroy(installation: Installation) -> None:
    if url := installation.environment["DATABASE_URL"]:
        subprocess.run(
            ["psql", "--quiet", url, "-c", "DROP SCHEMA public CASCADE; CREATE SCHEMA public"],
            check=True, capture_output=True,
        )  # fmt: skip
    shutil.rmtree(installation.data)


only_sqlite = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


def test_what_was_destroyed_comes_back_with_the_same_counts_and_hashes(
    installation: Installation, tmp_path: Path
) -> None:
    before = _manifest(installation.backup)
    assert stat.S_IMODE(installation.backup.stat().st_mode) == 0o600
    assert before["tables"]["responder_post"]["rows"] > 500 and before["tables"]["monitoring_auditevent"]["rows"] == 20
    assert {"registry/model.onnx", "media/note.txt"} <= set(before["files"])

    _destroy(installation)
    again = tmp_path / "again.tar.gz"
    restored, verified, backed_up, over = installation.commands(
        ["restore", str(installation.backup)], ["verify_audit"], ["backup", str(again)],
        ["restore", str(again), "--replace"],
    )  # fmt: skip
    assert restored[0] == 0 and "counts and hashes are those of the backup" in restored[1], restored
    assert "The audit log is intact: 21 events" in verified[1]
    assert backed_up[0] == 0
    assert over[0] == 0 and "counts and hashes are those of the backup" in over[1], over

    # What the restored installation holds, seen by another backup: all the same but the event of the restore itself.
    after = _manifest(again)
    changed = {name for name in after["tables"] if before["tables"].get(name) != after["tables"][name]}
    assert {"monitoring_auditevent"} <= changed <= {"monitoring_auditevent", "monitoring_audithead", "sqlite_sequence"}
    assert after["tables"].keys() == before["tables"].keys()
    assert after["tables"]["monitoring_auditevent"]["rows"] == 21
    assert {name: after["files"][name] for name in before["files"]} == before["files"]


def test_nothing_is_written_over_unasked(installation: Installation) -> None:
    backup = str(installation.backup)
    again, refused, done = installation.commands(
        ["backup", backup], ["restore", backup], ["restore", backup, "--replace"]
    )
    assert again[0] == 2 and "exists already" in again[1]
    assert refused[0] == 2 and "not empty" in refused[1]
    assert done[0] == 0 and "Restored" in done[1]


@only_sqlite
def test_a_damaged_backup_is_refused_before_anything_changes(installation: Installation, tmp_path: Path) -> None:
    held = installation.backup.read_bytes()
    flipped, cut = tmp_path / "flipped.tar", tmp_path / "cut.tar"
    flipped.write_bytes(held.replace(b"a note to be kept", b"a note to be KEPT"))
    cut.write_bytes(held[: len(held) // 2])
    results = installation.commands(["restore", str(flipped), "--replace"], ["restore", str(cut), "--replace"])
    assert [code for code, _ in results] == [2, 2]
    assert "media/note.txt is not what was backed up" in results[0][1] and "not a whole backup" in results[1][1]
    assert (installation.data / "media/note.txt").read_text() == "a note to be kept"


@only_sqlite
def test_names_that_lead_outside_are_refused(installation: Installation, tmp_path: Path) -> None:
    evil = tmp_path / "evil.tar"
    with tarfile.open(evil, "w") as tar:
        tar.add(installation.backup, "../outside")
    ((code, said),) = installation.commands(["restore", str(evil), "--replace"])
    assert code == 2 and "not a whole backup" in said
    assert not (installation.data / "outside").exists() and not (installation.data.parent / "outside").exists()
