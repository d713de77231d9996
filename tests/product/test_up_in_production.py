"""`responder up` with production's settings: it says that it runs, and where, without a traceback; it ends in time."""

import json
import re
import secrets
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.product.test_stopping import ENDS_WITHIN_S
from tests.product.test_up import Up
from tests.services import free_port, running_postgres, running_redis

pytestmark = [pytest.mark.postgres, pytest.mark.fresh]


def test_it_says_that_it_runs_and_prints_no_traceback(environment: dict[str, str], tmp_path: Path) -> None:
    with running_postgres() as database, running_redis(tmp_path) as broker:
        production = environment | {
            "RESPONDER_ENVIRONMENT": "production", "RESPONDER_HTTPS": "true", "DATABASE_URL": database, "REDIS_URL": broker,
            "RESPONDER_SECRET_KEY": secrets.token_urlsafe(50), "RESPONDER_ALLOWED_HOSTS": "responder.example.org",
            "OMP_NUM_THREADS": "1",
        }  # fmt: skip
        up = Up(production, tmp_path, free_port(), demo=False)
        try:
            up.until(re.escape("Responder is running at https://responder.example.org/"))
            up.until(re.escape(f"Your proxy reaches it at {up.url}/"))
            link = up.until(r"https://responder\.example\.org(/first-run/link/\S+/)").group(1)
            assert _status(up, link) == 200
            assert _status(up, "/login/", host="somebody.example") == 400  # a line in the log, without a traceback
            began = time.monotonic()
            up.process.send_signal(signal.SIGTERM)
            up.process.wait(60)
            took = time.monotonic() - began
        finally:
            up.stop()
    log = up.log.read_text()
    assert took <= ENDS_WITHIN_S and up.process.returncode == 143 and up.children() == [], f"{took:.1f} s\n{log}"
    assert "Traceback" not in log and "; killed" not in log and "Create your first account" not in log, log
    assert not list(
        (tmp_path / "config").rglob("*")
    )  # its database is in the environment: no other folder would find it
    assert json.dumps(production["RESPONDER_SECRET_KEY"])[1:-1] not in log


def _status(up: Up, path: str, host: str = "responder.example.org") -> int:
    headers = {"Host": host, "X-Forwarded-Proto": "https"}
    try:
        with urllib.request.urlopen(urllib.request.Request(up.url + path, headers=headers), timeout=60) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
