"""The queue goes on after any of its processes was killed while it waited for work, with the locks it held."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from responder.queueing import cluster
from tests import migrated

ROOT = Path(__file__).parents[3]


def test_a_queue_goes_on_whichever_of_its_processes_is_killed(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {
        "RESPONDER_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "responder.settings", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    migrated.copy(tmp_path / "responder.sqlite3").close()
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("killed_cluster.py"))],
        env=environment, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout) == ["responder.jobs.deliver_webhooks"] * 3


def test_a_lock_whose_holder_was_killed_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "HELD_AT_MOST_S", 0.2)
    lock = cluster.PassableLock()

    def die() -> None:
        lock.acquire()
        os.kill(os.getpid(), signal.SIGKILL)

    holder = multiprocessing.get_context("fork").Process(target=die)
    holder.start()
    holder.join(60)
    assert holder.exitcode == -signal.SIGKILL
    with lock as held:
        assert not held
