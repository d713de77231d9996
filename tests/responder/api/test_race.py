"""Requests that race with one Idempotency-Key, against a database in a file."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests import migrated

ROOT = Path(__file__).parents[3]


def test_racing_requests_with_one_key_have_one_effect(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {
        "RESPONDER_DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "responder.settings.test",
        "PYTHONPATH": str(ROOT),
        "RESPONDER_LOG_LEVEL": "ERROR",
    }
    migrated.copy(tmp_path / "responder.sqlite3").close()
    script = Path(__file__).with_name("race.py")
    done = subprocess.run(
        [sys.executable, str(script)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["effects"] == 1
    assert {status for status, _body in result["answers"]} <= {200, 409}, result
    assert len({body for status, body in result["answers"] if status == 200}) == 1
    assert result["answers"][-1][0] == 200
