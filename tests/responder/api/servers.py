"""Scripts that tests run in a process of their own, and for those two web processes over one database."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
import httpx

from tests import migrated

ROOT = Path(__file__).parents[3]
STARTS_WITHIN_S = 120


def ran(script: str, *, folder: Path, **variables: str) -> Any:
    """What a script tells, named as seen from this folder. Its data lie in `folder`; its database too, unless DATABASE_URL is given."""
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {
        "RESPONDER_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "responder.settings.test", "PYTHONPATH": str(ROOT),
        "RESPONDER_LOG_LEVEL": "ERROR",
    }  # fmt: skip
    if "DATABASE_URL" not in variables:
        migrated.copy(folder / "responder.sqlite3").close()
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parent / script)],
        env=environment | variables, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def two_servers() -> Iterator[tuple[list[str], Any, str]]:
    """The servers' addresses, the token and its secret; the database is the environment's."""
    django.setup()
    from django.core.management import call_command

    from responder import roles
    from responder.models import User
    from responder.partners import tokens
    from tests.services import free_port

    if os.environ.get("DATABASE_URL"):  # the tests' own SQLite file is migrated already
        call_command("migrate", verbosity=0)
    partner = User.objects.create_user("partner")
    roles.grant(user=partner, role="partner")
    token, secret = tokens.issue(owner=partner, organisation="Relief", name="Two", scopes=["predict"], by=partner)
    ports = [free_port(), free_port()]
    servers = [
        subprocess.Popen(
            [sys.executable, "-m", "responder.processes.server", "--port", str(port), "--log-level", "error"],
            env=os.environ, stdout=sys.stderr,
        )
        for port in ports
    ]  # fmt: skip
    addresses = [f"http://localhost:{port}" for port in ports]
    try:
        for address in addresses:
            _until_it_answers(address)
        yield addresses, token, secret
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait(20)


def _until_it_answers(address: str) -> None:
    end = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            httpx.get(f"{address}/healthz", timeout=30)
            return
        except httpx.TransportError:
            if time.monotonic() > end:
                raise
            time.sleep(0.3)
