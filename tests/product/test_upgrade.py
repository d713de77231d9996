"""An older version's database, full of rows, becomes this version's: all is kept, and the product serves."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.product import old_rows
from tests.product.conftest import ROOT, Run
from tests.product.test_up import Up, call
from tests.services import free_port, running_postgres

pytestmark = [pytest.mark.slow, pytest.mark.fresh]


@pytest.fixture(params=["sqlite", "postgresql"])
def environment(request: pytest.FixtureRequest, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        if request.param == "postgresql":
            environment["DATABASE_URL"] = stack.enter_context(running_postgres())
        yield environment | {"DJANGO_SETTINGS_MODULE": "responder.settings"}


def _rows(environment: dict[str, str], *arguments: str, stdin: str = "") -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.product.old_rows", *arguments], cwd=ROOT, env=environment, input=stdin,
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    return json.loads(ran.stdout.splitlines()[-1])  # type: ignore[no-any-return]


@pytest.mark.parametrize("since", ["first", "previous"])
def test_every_row_is_kept_and_the_product_serves(
    environment: dict[str, str], responder: Run, tmp_path: Path, since: str
) -> None:
    before = _rows(environment, "fill", since)
    expected = {"responder_post", "responder_user", "responder_triageaction", "classifier_prediction"}
    assert expected <= before.keys() and before["monitoring_auditevent"]["rows"] == old_rows.ROWS
    empty = [one["columns"] for one in before.values() if not one["rows"]]
    assert all(len(columns) == 3 and sum(name.endswith("_id") for name in columns) == 2 for columns in empty)  # links

    migrated = responder("migrate")
    assert migrated.returncode == 0, migrated.stderr
    assert _rows(environment, "read", stdin=json.dumps(before)) == before
    assert responder("migrate", "--check").returncode == 0
    verified = responder("verify-audit")
    assert verified.returncode == 0 and f"intact: {old_rows.ROWS} events" in verified.stdout

    running = Up(environment, tmp_path, free_port(), demo=False)
    try:
        running.until(r"Responder is running at")
        _until_all_are_classified(running)
        message = {"messages": [{"text": "Water needed in Beira"}]}
        status, answer = call(f"{running.url}/api/v1/predictions", message, old_rows.SECRET)
        assert status == 200 and answer["predictions"][0]["places"][0]["name"] == "Beira"  # type: ignore[index]
        status, posts = call(f"{running.url}/api/v1/posts", token=old_rows.SECRET)
        assert status == 200 and posts["posts"][0]["text"].startswith("We need water in Beira")  # type: ignore[index]
    finally:
        running.stop()


def _until_all_are_classified(running: Up) -> None:
    """What waited in the old database is read by the new version."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"{running.url}/metrics", timeout=30) as response:
            if f'responder_posts{{state="classified"}} {old_rows.ROWS}' in response.read().decode():
                return
        time.sleep(0.5)
    raise AssertionError(running.log.read_text()[-3000:])
