"""A web process of its own, over a database of its own, for tests that attack it over loopback."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests import migrated
from tests.services import free_port

ROOT = Path(__file__).parents[3]
STARTS_WITHIN_S = 120
MAKE_TOKEN = """
import django; django.setup()
from responder import roles; from responder.partners import tokens
from responder.models import User
user = User.objects.create_user("partner-ana", password="three boats for Beira harbour")
roles.grant(user=user, role="partner")
print(tokens.issue(owner=user, organisation="Relief", name="Attack", scopes=["predict"], by=user)[1])
"""


@dataclass(frozen=True)
class Web:
    """The process, where it listens, and a token that it accepts."""

    process: subprocess.Popen[bytes]
    port: int
    secret: str

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def authorized(self) -> dict[str, str]:
        return {"Authorization": f"Token {self.secret}"}

    def peak_megabytes(self) -> float:
        """The most memory that the process held since `forget_peak`, or since it started."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found, status
        return int(found[1]) / 1_000

    def forget_peak(self) -> None:
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def predicts(self) -> bool:
        """Whether an ordinary request is answered."""
        body = {"messages": [{"text": "Trapped on a roof in Beira, please send boats"}]}
        answer = httpx.post(f"{self.address}/api/v1/predictions", json=body, headers=self.authorized, timeout=60)
        return answer.status_code == 200 and len(answer.json()["predictions"]) == 1

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60, source_address=(source, 0))


@pytest.fixture(scope="package")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("attacked")
    with closing(migrated.copy(folder / "responder.sqlite3")):
        pass
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {
        "RESPONDER_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "responder.settings.test", "PYTHONPATH": str(ROOT),
        "RESPONDER_CONNECTIONS_PER_ADDRESS": "20", "RESPONDER_PREDICT_RATE": "6000/min", "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    made = subprocess.run(
        [sys.executable, "-c", MAKE_TOKEN], env=environment, capture_output=True, text=True, check=True
    )
    port = free_port()
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "responder.processes.server", "--port", str(port)],
            env=environment,
            stdout=log,
            stderr=log,
            cwd=ROOT,
        )
    web = Web(process, port, made.stdout.split()[-1])
    try:
        _until_it_answers(web, folder / "log")
        yield web
    finally:
        process.terminate()
        process.wait(30)


def _until_it_answers(web: Web, log: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < end:
        try:
            httpx.get(f"{web.address}/healthz", timeout=10)
            return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"the server did not start: {log.read_text()[-2000:]}")
