"""How long a backup under a running stream and a restore take, on both databases: the time to recover (RTO).

    python benchmarks/restore.py [--posts 90000] [--output FILE]

For SQLite and PostgreSQL: an installation with that many posts and a model's file; a stream writes twenty posts a second;
a backup is made meanwhile; the database and the data directory are destroyed; the backup is restored; then it is restored
once more over what is there (`--replace`). Counts and hashes of every table and file are compared by the command itself
and again through another backup. Times include the start of each command's process.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))


def main() -> int:
    """Print the figures as JSON."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    arguments.add_argument("--posts", type=int, default=90_000)
    arguments.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    arguments.add_argument("--output", type=Path)
    chosen = arguments.parse_args()
    figures = {name: measure(name, chosen.posts) for name in chosen.database or ("sqlite", "postgresql")}
    text = json.dumps(figures, indent=1)
    print(text)
    if chosen.output:
        chosen.output.write_text(text + "\n")
    return 0


def measure(name: str, posts: int) -> dict[str, Any]:
    from tests.responder.backup import test_drill as drill
    from tests.services import running_postgres

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="restore-")))
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("RESPONDER_", "DJANGO_"))}
        environment = kept | {
            "RESPONDER_DATA_DIR": str(folder / "data"), "DJANGO_SETTINGS_MODULE": "responder.settings",
            "DATABASE_URL": stack.enter_context(running_postgres()) if name == "postgresql" else "", "REDIS_URL": "",
            "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        made = drill.Installation(environment, folder / "backup.tar.gz")
        seconds = {"fill": _seconds(lambda: made.finish("fill", str(posts)))}
        (made.data / "registry").mkdir(parents=True)
        (made.data / "registry" / "model.onnx").write_bytes(os.urandom(24 << 20))
        with drill.streaming(made):
            seconds["backup_under_the_stream"] = _seconds(lambda: _do(made, "backup", str(made.backup)))
        before = drill._manifest(made.backup)
        drill._bring(made, drill._destroy(made))
        seconds["restore_after_destruction"] = _seconds(lambda: _do(made, "restore", str(made.backup)))
        seconds["restore_over_what_is_there"] = _seconds(lambda: _do(made, "restore", str(made.backup), "--replace"))
        _do(made, "backup", str(folder / "again.tar.gz"))
        after = drill._manifest(folder / "again.tar.gz")
    changed = {one for one in before["tables"] if before["tables"][one] != after["tables"][one]}
    assert changed <= {"monitoring_auditevent", "sqlite_sequence"}, changed  # the restore's own event
    assert before["files"].items() <= after["files"].items()
    return {
        "rows": sum(table["rows"] for table in before["tables"].values()),
        "posts": before["tables"]["responder_post"]["rows"],
        "tables_alike": len(before["tables"]) - len(changed),
        "files": len(before["files"]),
        "seconds": {key: round(value, 1) for key, value in seconds.items()},
    }


def _do(made: Any, *command: str) -> None:
    ((code, said),) = made.commands(list(command))
    assert code == 0, said


def _seconds(work: Any) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


if __name__ == "__main__":
    sys.exit(main())
