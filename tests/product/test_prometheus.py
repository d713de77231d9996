"""Prometheus with the shipped configuration and rules scrapes a site with production's settings."""

import json
import secrets
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.product.test_up import Up
from tests.services import free_port, running_postgres, running_redis

MONITORING = Path(__file__).parents[2] / "deploy" / "monitoring"
pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.fresh]


@contextmanager
def running_prometheus(folder: Path, *, target: str, token: str) -> Iterator[str]:
    """Prometheus with the shipped files, of which only the target, the token's file and the interval are replaced."""
    binary = shutil.which("prometheus")
    assert binary, "prometheus is missing: run scripts/system_packages.sh slow"
    shutil.copy(MONITORING / "alerts.yml", folder)
    (folder / "token").write_text(token)
    shipped = (MONITORING / "prometheus.yml").read_text()
    for was, here in {
        "/run/secrets/metrics_token": str(folder / "token"), '"web:8000"': f'"{target}"', "15s": "1s",
    }.items():  # fmt: skip
        assert was in shipped
        shipped = shipped.replace(was, here)
    (folder / "prometheus.yml").write_text(shipped)
    address = f"127.0.0.1:{free_port()}"
    server = subprocess.Popen(
        [
            binary, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/series",
            f"--web.listen-address={address}",
        ],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait(20)


def ask(address: str, path: str, **query: str) -> Any:
    """The data of an answer of Prometheus's API; None while it starts."""
    try:
        with urllib.request.urlopen(f"{address}/api/v1/{path}?{urllib.parse.urlencode(query)}", timeout=10) as answer:
            return json.load(answer)["data"]
    except OSError:
        return None


def scraped(address: str) -> dict[str, Any]:
    """The one target, once it was scraped."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        targets = (ask(address, "targets") or {}).get("activeTargets", [])
        if targets and targets[0]["health"] != "unknown":
            return dict(targets[0])
        time.sleep(0.5)
    raise AssertionError("Prometheus did not scrape the site.")


@pytest.mark.parametrize("known", [True, False], ids=["with the token", "with another token"])
def test_it_is_scraped_with_the_token_and_the_rules_are_evaluated(
    environment: dict[str, str], tmp_path: Path, known: bool
) -> None:
    token = secrets.token_urlsafe(32)
    with running_postgres() as database, running_redis(tmp_path) as broker:
        production = environment | {
            "RESPONDER_ENVIRONMENT": "production", "RESPONDER_HTTPS": "true", "DATABASE_URL": database, "REDIS_URL": broker,
            "RESPONDER_SECRET_KEY": secrets.token_urlsafe(50), "RESPONDER_ALLOWED_HOSTS": "responder.example.org",
            "RESPONDER_METRICS_TOKEN": token, "OMP_NUM_THREADS": "1",
        }  # fmt: skip
        up = Up(production, tmp_path, free_port(), demo=False)
        try:
            up.until("Responder is running at")
            target, sent = up.url.removeprefix("http://"), token if known else secrets.token_urlsafe(32)
            with running_prometheus(tmp_path, target=target, token=sent) as prometheus:
                found = scraped(prometheus)
                if not known:
                    assert found["health"] == "down" and "403" in found["lastError"], found
                    return
                assert (found["health"], found["lastError"]) == ("up", "")
                assert ask(prometheus, "query", query="responder_predictions_total")["result"]
                rules = ask(prometheus, "rules")["groups"][0]["rules"]
                assert len(rules) > 5 and {rule["health"] for rule in rules} <= {"ok", "unknown"}, rules
        finally:
            up.stop()
