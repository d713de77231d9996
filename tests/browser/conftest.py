"""A real browser on the real pages: Debian's Chromium, without a way to any other host."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Page

from responder.models import Event, Post, User
from tests.browser.places import enter, places
from tests.services import free_port

__all__ = ["places"]

PASSWORD = "correct horse battery"
STARTS_WITHIN_S = 300


@pytest.fixture
def posts(event: Event, make_post: Callable[..., Post]) -> list[Post]:
    """Needs at Beira, one of them critical; a missing person at Chimoio; damage without a place."""
    beira = [make_post(text=f"Beira: water is needed at school {number}", severity=3) for number in range(3)]
    critical = make_post(text="Trapped on a roof in Beira, please send boats", severity=1)
    missing = make_post(
        text="Looking for my sister in Chimoio",
        category="missing_or_found_people", severity=2, latitude=-19.12, longitude=33.48, place_name="Chimoio",
    )  # fmt: skip
    damage = make_post(
        text="The bridge is gone", category="infrastructure_and_utility_damage", severity=2,
        latitude=None, longitude=None, radius_km=None, place_name="", place_type="", country_code="",
    )  # fmt: skip
    return [critical, missing, damage, *beira]


@pytest.fixture
def sign_in(live_server: Any, people: dict[str, User]) -> Callable[..., None]:
    """Signs a page in as somebody with a role, by the form; `at` names another server than the test's own."""

    def enter(page: Page, role: str, at: str = "") -> None:
        page.goto(f"{at or live_server.url}/login/")
        page.get_by_label("User name").fill(people[role].username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()

    return enter


@pytest.fixture
def complaints(page: Page) -> Iterator[list[str]]:
    """What the browser complains about: script errors, refused content, failed requests."""
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    yield heard


@pytest.fixture
def watched(page: Page, live_server: Any, people: dict[str, User]) -> tuple[Page, list[str]]:
    """A page, and what was wrong on it: other hosts that were asked, content that the policy had to refuse."""
    wrong: list[str] = []
    ours = (live_server.url, "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(ours) else wrong.append(f"asked {request.url}"))
    page.on(
        "console", lambda message: wrong.append(message.text) if "Content Security Policy" in message.text else None
    )
    page.on("dialog", lambda dialog: wrong.append(f"dialog {dialog.message}"))
    page.on("pageerror", lambda error: wrong.append(f"script error {error}"))
    enter(page.context, live_server.url, people["superuser"])
    return page, wrong


@pytest.fixture(scope="session")
def streaming_process(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The product under uvicorn, over the tests' database: the test's own server cannot hold an event stream open."""
    database = Path(str(connection.settings_dict["NAME"]))
    port = free_port()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "responder.settings.test", "RESPONDER_DATA_DIR": str(database.parent),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }  # fmt: skip
    command = [sys.executable, "-m", "responder.processes.server", "--port", str(port)]
    said = tmp_path_factory.mktemp("streaming") / "log"
    with said.open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _until_it_answers(f"http://localhost:{port}/healthz", said)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(120)


@pytest.fixture
def streaming(db: None, streaming_process: str) -> str:
    """The address of a server with event streams, over this test's rows."""
    return streaming_process


def _until_it_answers(address: str, said: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"the server did not start: {said.read_text()[-2000:]}")
