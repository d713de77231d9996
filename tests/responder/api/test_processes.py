"""A token that is revoked, or whose organisation is not active, is refused by every process: two servers
over one database, and a third process that revokes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import migrated

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
def test_every_process_refuses_the_next_request_of_a_token_that_ended(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {
        "RESPONDER_DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "responder.settings.test",
        "PYTHONPATH": str(ROOT),
        "RESPONDER_LOG_LEVEL": "ERROR",
    }
    migrated.copy(tmp_path / "responder.sqlite3").close()
    script = Path(__file__).with_name("processes.py")
    done = subprocess.run(
        [sys.executable, str(script)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["processes"] == 2
    assert told["before"] == [200] * 4 and told["after"] == [401] * 4
    assert told["closed"] == [401] * 4 and told["opened"] == [200] * 4  # its organisation, not active for a while
