"""`responder explain` in a real browser: a file goes in, words are explained, predictions are downloaded; nothing leaves."""

import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from responder.models import User
from responder.partners import tokens
from tests.browser.checks import RULES, violations
from tests.services import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
TEXTS = (
    "Families trapped on a roof in Beira, please send boats", "We need water and food in Maputo",
    "The bridge over the Pungwe collapsed", "Thoughts and prayers for everybody", "What a nice sunny day",
)  # fmt: skip
ROWS = 500


@pytest.fixture
def app(live_server: Any, people: dict[str, User]) -> Any:
    """The app beside the server, with a token of the partner's; yields its address."""
    partner = people["partner"]
    _, secret = tokens.issue(owner=partner, organisation="R", name="app", scopes=["predict"], by=partner)
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "responder.cli", "explain", "--url", live_server.url, "--port", str(port)],
        env=os.environ | {"RESPONDER_TOKEN": secret}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        end = time.monotonic() + 120
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/_stcore/health", timeout=10).raise_for_status()
                break
            except httpx.HTTPError:
                assert process.poll() is None and time.monotonic() < end, process.stdout and process.stdout.read()
                time.sleep(0.3)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_a_file_is_read_explained_and_taken_home_and_nothing_leaves(browser: Any, app: str, tmp_path: Path) -> None:
    rows = ["id,text,source", *(f'{n},"{TEXTS[n % len(TEXTS)]}, {n}",{"ab"[n % 2]}' for n in range(ROWS)), "broken"]
    file = tmp_path / "posts.csv"
    file.write_text("\n".join(rows) + "\n")
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
    page, asked = context.new_page(), list[str]()
    context.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    expect.set_options(timeout=120_000)
    page.goto(app)
    page.locator("input[type=file]").set_input_files(str(file))
    expect(page.get_by_text("All texts")).to_be_visible()
    expect(page.get_by_text("1 rows could not be read")).to_be_visible()
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(str(ROWS))
    shoot(page, "overview")
    found = {"overview": violations(page, RULES)}
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    table = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    assert len(table) == ROWS and table[0]["place"] == "Beira" and {row["file: source"] for row in table} == {"a", "b"}
    with page.expect_download() as download:
        page.get_by_role("button", name="Download NDJSON").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert len(lines) == ROWS and json.loads(lines[7])["id"] == "7"
    page.get_by_role("tab", name="Why?").click()
    expect(page.get_by_text("What each word adds to the category")).to_be_visible()
    expect(page.get_by_text("Most alike among texts that people labelled")).to_be_visible()
    expect(page.get_by_text("Model output is a suggestion: people decide.").last).to_be_visible()
    shoot(page, "why")
    found["why"] = violations(page, RULES)
    edit = page.get_by_label("What if it said …")
    edit.fill("What a nice sunny day")
    edit.press("Control+Enter")
    expect(page.get_by_text("Before the edit:")).to_be_visible()
    shoot(page, "edited")
    page.get_by_role("tab", name="Compare").click()
    expect(page.get_by_text("Compare by")).to_be_visible()
    page.wait_for_timeout(1_000)
    shoot(page, "compare")
    found["compare"] = violations(page, RULES)
    context.close()
    hosts = {urlsplit(url).hostname for url in asked if urlsplit(url).scheme not in ("data", "blob")}
    assert hosts == {"127.0.0.1"}
    assert {name: seen for name, seen in found.items() if seen} == {}


def shoot(page: Any, name: str) -> None:
    """`RESPONDER_SHOTS` names a folder for pictures."""
    if folder := os.environ.get("RESPONDER_SHOTS"):
        page.wait_for_timeout(1_500)
        page.screenshot(path=f"{folder}/explain-{name}.png", full_page=True)
