"""A SQLite file that DATABASE_URL names is used as the default one is: same settings, same connections, many writers."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from responder import file_permissions
from responder.backup import archive, databases
from responder.settings.databases import from_url, sqlite

ROOT = Path(__file__).parents[3]
TELL = """
import json, sys, threading
from django.conf import settings
from django.db import connection, connections, transaction

with connection.cursor() as cursor:
    pragmas = {}
    for name in ("journal_mode", "busy_timeout", "foreign_keys", "synchronous", "locking_mode"):
        pragmas[name] = cursor.execute(f"PRAGMA {name}").fetchone()[0]
    cursor.execute("CREATE TABLE counted (n INTEGER)")
    cursor.execute("INSERT INTO counted VALUES (0)")

problems = []

def write():
    try:
        for _ in range(25):
            with transaction.atomic(), connection.cursor() as cursor:
                found = cursor.execute("SELECT n FROM counted").fetchone()[0]
                cursor.execute("UPDATE counted SET n = %s", [found + 1])
    except Exception as error:
        problems.append(str(error))
    finally:
        connections.close_all()

threads = [threading.Thread(target=write) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
with connection.cursor() as cursor:
    total = cursor.execute("SELECT n FROM counted").fetchone()[0]
chosen = dict(settings.DATABASES["default"])
print(json.dumps({"name": str(chosen.pop("NAME")), "settings": chosen, "pragmas": pragmas, "total": total, "problems": problems}))
"""


def told(folder: Path, url: str) -> dict[str, Any]:
    """What a process of its own says of its database, after eight threads have written to it."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("RESPONDER_", "DJANGO_"))}
    environment = kept | {
        "RESPONDER_DATA_DIR": str(folder / "data"), "DATABASE_URL": url, "REDIS_URL": "", "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "responder.settings",
    }  # fmt: skip
    ran = subprocess.run(
        [sys.executable, "-c", TELL],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_a_file_by_url_is_used_as_the_default_one_and_eight_writers_wait_for_each_other(tmp_path: Path) -> None:
    by_default, by_url = told(tmp_path, ""), told(tmp_path, "sqlite:///elsewhere/posts.db")
    assert by_default.pop("name") == str(tmp_path / "data" / "responder.sqlite3")
    assert by_url.pop("name") == str(tmp_path / "elsewhere" / "posts.db")
    assert by_url == by_default
    assert by_url["problems"] == [] and by_url["total"] == 200
    assert by_url["pragmas"] == {
        "journal_mode": "wal", "busy_timeout": 20_000, "foreign_keys": 1, "synchronous": 2, "locking_mode": "normal"
    }  # fmt: skip
    modes = [
        stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "elsewhere", tmp_path / "elsewhere" / "posts.db")
    ]
    assert modes == [0o700, 0o600]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////{folder}/a.db", "a.db"),
        ("sqlite:////{folder}/deep/er/a%20b%3F.db", "deep/er/a b?.db"),
        ("SQLite:////{folder}/a.db?timeout=20", "a.db"),
        ("sqlite:///a.db", "a.db"),
        ("sqlite:///./x/../a.db", "a.db"),
    ],
)
def test_addresses_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, path: str) -> None:
    monkeypatch.chdir(tmp_path)
    found = from_url(url.replace("{folder}", str(tmp_path).lstrip("/")))
    assert found == sqlite(tmp_path / path) and (tmp_path / path).parent.is_dir()


def test_the_time_that_a_writer_waits_can_be_chosen(tmp_path: Path) -> None:
    found = from_url(f"sqlite:///{tmp_path}/a.db?timeout=45")
    assert found["OPTIONS"] == sqlite(tmp_path / "a.db")["OPTIONS"] | {"timeout": 45.0}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite://", "must name a SQLite file"),
        ("sqlite:///", "must name a SQLite file"),
        ("sqlite://:memory:", "must name a SQLite file"),
        ("sqlite:///:memory:", "must name a SQLite file"),
        ("sqlite://srv/posts.db", "must name a SQLite file"),
        ("sqlite:////srv/", "must name a SQLite file"),
        ("sqlite:////srv/a.db?mode=ro", "takes the parameter timeout"),
        ("sqlite:////srv/a.db?init_command=PRAGMA+x&timeout=5", "takes the parameter timeout"),
        ("sqlite:////srv/a.db?timeout=", "must be a number"),
        ("sqlite:////srv/a.db?timeout=0", "must be a number"),
        ("sqlite:////srv/a.db?timeout=1e9", "must be a number"),
        ("sqlite:////srv/a.db?timeout=nan", "must be a number"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(url: str, said: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=said):
        from_url(url)


def test_postgresql_is_read_as_before() -> None:
    found = from_url("postgres://u:p@h:5433/name?sslmode=require")
    assert (found["ENGINE"], found["NAME"], found["PORT"]) == ("django.db.backends.postgresql", "name", 5433)
    assert found["OPTIONS"] == {"sslmode": "require"}


def test_a_database_in_the_data_directory_is_backed_up_once_whatever_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = tmp_path / "db" / "posts.db"
    for path in (ours, ours.with_name("posts.db-wal"), tmp_path / "db" / "other.db", tmp_path / "media" / "posts.db"):
        path.parent.mkdir(exist_ok=True)
        path.write_text("held")
    monkeypatch.setattr(archive, "sqlite_files", lambda: (ours, ours.with_name("posts.db-wal")))
    found = [str(path.relative_to(tmp_path)) for path in archive.files_of(tmp_path)]
    assert found == ["db/other.db", "media/posts.db"]


def test_files_that_others_could_read_are_closed(tmp_path: Path) -> None:
    paths = [tmp_path / "posts.db", tmp_path / "posts.db-wal"]
    paths[0].write_text("held")
    paths[0].chmod(0o644)
    assert file_permissions.close_files(paths) == 1
    assert stat.S_IMODE(paths[0].stat().st_mode) == 0o600


def test_a_restore_reaches_a_database_on_another_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = tmp_path / "restored", tmp_path / "elsewhere" / "posts.db"
    target.parent.mkdir()
    source.write_text("new")
    target.write_text("old")
    databases._replace_from_afar(source, target)
    assert target.read_text() == "new" and not source.exists() and list(target.parent.iterdir()) == [target]
