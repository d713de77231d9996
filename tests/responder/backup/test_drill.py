"""The drill: back up under a running stream, destroy everything, restore, compare; on SQLite and on PostgreSQL."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from responder.backup import archive
from tests import migrated
from tests.responder.backup import rewritten
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


def _destroy(installation: Installation) -> str:
    """Lose the machine: database and data directory. The key, which an operator keeps elsewhere."""
    key = (installation.data / "backup_key").read_text()
    if url := installation.environment["DATABASE_URL"]:
        subprocess.run(
            ["psql", "--quiet", url, "-c", "DROP SCHEMA public CASCADE; CREATE SCHEMA public"],
            check=True, capture_output=True,
        )  # fmt: skip
    shutil.rmtree(installation.data)
    return key


def _bring(installation: Installation, key: str) -> None:
    """Put the key where the new machine's Responder looks for it."""
    installation.data.mkdir(exist_ok=True)
    (installation.data / "backup_key").write_text(key)


EVENTS = 21  # twenty of the drill's, and the role that it grants

only_sqlite = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
only_postgresql = pytest.mark.parametrize("installation", ["postgresql"], indirect=True)


def test_what_was_destroyed_comes_back_with_the_same_counts_and_hashes(
    installation: Installation, tmp_path: Path
) -> None:
    before = _manifest(installation.backup)
    assert stat.S_IMODE(installation.backup.stat().st_mode) == 0o600
    assert before["tables"]["responder_post"]["rows"] > 500
    assert before["tables"]["monitoring_auditevent"]["rows"] == EVENTS
    assert {"registry/model.onnx", "media/note.txt"} <= set(before["files"]) and "backup_key" not in before["files"]

    key = _destroy(installation)
    ((code, said),) = installation.commands(["restore", str(installation.backup)])
    assert code == 2 and "not signed with the key of this installation" in said
    _bring(installation, key)
    again = tmp_path / "again.tar.gz"
    restored, verified, backed_up, over = installation.commands(
        ["restore", str(installation.backup)], ["verify_audit"], ["backup", str(again)],
        ["restore", str(again), "--replace"],
    )  # fmt: skip
    assert restored[0] == 0 and "counts and hashes match the backup" in restored[1], restored
    assert f"The audit log is intact: {EVENTS + 1} events" in verified[1]
    assert backed_up[0] == 0
    assert over[0] == 0 and "counts and hashes match the backup" in over[1], over

    # What the restored installation holds, seen by another backup: all the same but the event of the restore itself.
    after = _manifest(again)
    changed = {name for name in after["tables"] if before["tables"].get(name) != after["tables"][name]}
    assert {"monitoring_auditevent"} <= changed <= {"monitoring_auditevent", "monitoring_audithead", "sqlite_sequence"}
    assert after["tables"].keys() == before["tables"].keys()
    assert after["tables"]["monitoring_auditevent"]["rows"] == EVENTS + 1
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
def test_whoever_vouches_for_a_file_by_its_digest_restores_it_without_the_key(installation: Installation) -> None:
    key = installation.data / "backup_key"
    kept = key.read_text()
    key.write_text("x" * 40)
    backup, digest = str(installation.backup), archive.sha256_of(installation.backup)
    results = installation.commands(
        ["restore", backup, "--replace"],
        ["restore", backup, "--replace", "--sha256", "0" * 64],
        ["restore", backup, "--replace", "--sha256", digest],
    )
    key.write_text(kept)
    assert [code for code, _ in results] == [2, 2, 0], results
    assert "not signed with the key" in results[0][1] and "is not the one that --sha256 names" in results[1][1]


EVIL_SQL = {
    "trigger": "CREATE TRIGGER evil AFTER INSERT ON responder_user BEGIN UPDATE responder_user SET is_superuser = 1; END",
    "view": "CREATE VIEW evil AS SELECT * FROM responder_user",
    "table": "CREATE VIRTUAL TABLE evil USING fts5(words)",
}


@only_sqlite
def test_a_database_that_holds_more_than_ours_is_refused(installation: Installation, tmp_path: Path) -> None:
    lines = []
    for unknown, sql in EVIL_SQL.items():
        evil = tmp_path / f"{unknown}.tar"
        rewritten.database(installation.backup, evil, lambda path, sql=sql: _execute(path, sql))  # type: ignore[misc]
        lines.append(["restore", str(evil), "--replace", "--sha256", archive.sha256_of(evil)])
    for unknown, (code, said) in zip(EVIL_SQL, installation.commands(*lines), strict=True):
        assert code == 2 and f"holds an unknown {unknown}, 'evil'" in said, said


def _execute(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(sql)
        connection.commit()


# What pg_dump wrote, and what somebody put in its place. The table of contents goes on to say INDEX or TABLE DATA.
SWAPS = (
    (b"CREATE INDEX ", b"DROP  TABLE  "),
    (b"CREATE INDEX ", b"\\! touch /x ;"),
    (b"CREATE INDEX ", b"DO 'BEGIN';--"),
    (b") FROM stdin;", b") FROM '/x';"),
)


@only_postgresql
def test_a_dump_with_statements_of_somebody_elses_is_refused(installation: Installation, tmp_path: Path) -> None:
    lines = []
    for number, (old, new) in enumerate(SWAPS):
        evil = tmp_path / f"evil{number}.tar"

        def swap(path: Path, old: bytes = old, new: bytes = new) -> None:
            held = path.read_bytes()
            assert old in held
            path.write_bytes(held.replace(old, new.ljust(len(old))))

        rewritten.database(installation.backup, evil, swap)
        lines.append(["restore", str(evil), "--replace", "--sha256", archive.sha256_of(evil)])
    script = tmp_path / "script.tar"
    rewritten.database(installation.backup, script, lambda path: path.write_text(f"\\! touch {tmp_path}/ran\n"))
    lines.append(["restore", str(script), "--replace", "--sha256", archive.sha256_of(script)])
    *swapped, scripted, verified = installation.commands(*lines, ["verify_audit"])
    for code, said in swapped:
        assert code == 2 and "which is not restored. Nothing was changed." in said, said
    assert scripted[0] == 2 and "not of pg_dump's custom format" in scripted[1], scripted
    assert not (tmp_path / "ran").exists() and verified[0] == 0


@only_postgresql
def test_a_function_in_the_database_is_found_when_it_is_backed_up(installation: Installation, tmp_path: Path) -> None:
    with psycopg.connect(installation.environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE FUNCTION evil() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        ((code, said),) = installation.commands(["backup", str(tmp_path / "evil.tar")])
        connection.execute("DROP FUNCTION evil()")
    assert code == 2 and "FUNCTION public evil()" in said and not (tmp_path / "evil.tar").exists()
