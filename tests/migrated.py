"""A migrated SQLite database to copy: to migrate one takes four seconds of processor time, and hundreds of tests need one."""

import fcntl
import hashlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".pytest_cache" / "migrated"


def database() -> Path:
    """What `responder migrate` makes of nothing, for the sources as they are now."""
    KEPT.mkdir(parents=True, exist_ok=True)
    made = KEPT / f"{_key()}.sqlite3"
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the first process makes it, the others wait
        if not made.exists():
            for older in KEPT.glob("*.sqlite3"):
                older.unlink()
            _make(made)
    return made


def copy(target: Path | str) -> sqlite3.Connection:
    """Copy it into a file, or into a database in memory, which lives as long as the connection that is returned."""
    into = sqlite3.connect(target, uri=str(target).startswith("file:"))
    with closing(sqlite3.connect(database())) as template:
        template.backup(into)
    return into


def _key() -> str:
    """Changes with what decides the rows and tables of an empty database: migrations, and the roles made after them.

    Migrations of other packages are applied on top.
    """
    digest = hashlib.sha256()
    for path in (
        *sorted(ROOT.glob("*/migrations/*.py")),
        ROOT / "responder" / "apps.py",
        ROOT / "responder" / "roles.py",
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def _make(made: Path) -> None:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("RESPONDER_", "DJANGO_"))}
    with tempfile.TemporaryDirectory(dir=KEPT) as folder:
        environment = kept | {
            "RESPONDER_DATA_DIR": folder, "DATABASE_URL": "", "REDIS_URL": "", "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        ran = subprocess.run(
            [sys.executable, "-m", "responder.cli", "migrate", "--verbosity", "0"],
            cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        with closing(sqlite3.connect(Path(folder) / "responder.sqlite3")) as connection:
            connection.execute("VACUUM INTO ?", [f"{folder}/whole"])
        os.replace(f"{folder}/whole", made)
