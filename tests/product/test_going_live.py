"""An organisation goes live without a shell: from the one-time link to a team at work, clicked in Chromium.

The wheel runs in an environment of its own, with production settings, PostgreSQL and Redis, behind nginx with the configuration
that the repository ships and TLS by an authority of the test's own. GOING_LIVE names a folder for pictures of each step.
"""

import base64
import csv
import hashlib
import hmac
import json
import os
import re
import secrets
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from playwright.sync_api import Browser, Page, expect

from tests import packages
from tests.browser import checks
from tests.product.test_up import Up
from tests.proxies import running_nginx
from tests.services import free_port, running_postgres, running_redis

pytestmark = [pytest.mark.slow, pytest.mark.browser]
HOST = "responder.example.org"
PASSWORD = "dolphin-velvet-harbour-sixteen"
POSTS = 2_000
LONGEST_S = 600
SIZES = {"wide": (1440, 900), "phone": (390, 844)}
WITHIN_MS = 90_000  # of a page on a busy machine


def code_of(secret: str, at: float) -> str:
    """The six digits that an authenticator app shows (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(at) // 30), hashlib.sha1)
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def file_of_posts(folder: Path) -> Path:
    """A file of posts of our own words, with places of Mozambique."""
    places = ("Beira", "Dondo", "Buzi", "Chimoio", "Quelimane", "Nhamatanda")
    needs = (
        "We need clean water",
        "Families are trapped on a roof",
        "The bridge is gone",
        "Thank you to all volunteers",
    )
    path = folder / "posts.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "created_at", "text"])
        for number in range(POSTS):
            text = f"{needs[number % 4]} in {places[number % 6]}, house {number} on the main road"
            rows.writerow([number, f"2026-11-{1 + number % 28:02d}T{number % 24:02d}:00:00Z", text])
    return path


class Journey:
    """One browser that goes through the steps, and what was seen on the way."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.base, self.began, self.steps = base, time.monotonic(), []  # type: ignore[var-annotated]
        self.browser = browser
        self.pictures = Path(os.environ["GOING_LIVE"]) if "GOING_LIVE" in os.environ else None

    def person(self) -> Page:
        """A browser of somebody's own."""
        context = self.browser.new_context(viewport={"width": 1440, "height": 900})
        context.set_default_timeout(WITHIN_MS)
        return context.new_page()

    def look(self, page: Page, name: str) -> None:
        """Nothing is a barrier and everything fits, wide and on a phone; a picture of each where pictures are kept."""
        self.steps.append((name, round(time.monotonic() - self.began, 1)))
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            assert checks.barriers(page) == [], (name, size)
            assert checks.not_fitting(page, f"{name}, {size}") == [], (name, size)
            if self.pictures:
                self.pictures.mkdir(parents=True, exist_ok=True)
                page.screenshot(path=self.pictures / f"{len(self.steps):02d}-{name.replace(' ', '-')}-{size}.png")
        page.set_viewport_size({"width": 1440, "height": 900})


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Up, Path]]:
    """The address of the site, its launcher, and the certificate that its proxy shows."""
    python = packages.install(packages.build("wheel", tmp_path), tmp_path)
    port, outside = free_port(), free_port()
    (tmp_path / "nginx").mkdir()
    (tmp_path / "redis").mkdir()
    base = f"https://{HOST}:{outside}"
    with running_postgres() as database, running_redis(tmp_path / "redis") as redis:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("RESPONDER_", "DJANGO_", "PYTHONPATH"))}
        environment = kept | {
            "RESPONDER_ENVIRONMENT": "production", "RESPONDER_HTTPS": "true", "DATABASE_URL": database, "REDIS_URL": redis,
            "RESPONDER_SECRET_KEY": secrets.token_urlsafe(60), "RESPONDER_ALLOWED_HOSTS": HOST,
            "RESPONDER_TRUSTED_ORIGINS": base, "RESPONDER_DATA_DIR": str(tmp_path / "data"),
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
        }  # fmt: skip
        up = Up(environment, tmp_path, port, python=str(python), demo=False)
        try:
            up.until(r"Responder is running at")
            with running_nginx(tmp_path / "nginx", host=HOST, upstream=port, port=outside) as (_port, _root):
                yield base, up, tmp_path / "nginx" / "chain.pem"
        finally:
            up.stop()


@pytest.fixture
def journey(
    site: tuple[str, Up, Path], browser_type: Any, browser_type_launch_args: dict[str, Any]
) -> Iterator[Journey]:
    """A browser that knows the site's host and trusts the key of its certificate alone."""
    base, _up, chain = site
    certificate = x509.load_pem_x509_certificate(chain.read_bytes())
    key = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    trusted = base64.b64encode(hashlib.sha256(key).digest()).decode()
    arguments = [
        *browser_type_launch_args.get("args", []), f"--host-resolver-rules=MAP {HOST} 127.0.0.1",
        f"--ignore-certificate-errors-spki-list={trusted}",
    ]  # fmt: skip
    browser = browser_type.launch(**(browser_type_launch_args | {"args": arguments}))
    try:
        yield Journey(browser, base)
    finally:
        browser.close()


def test_from_the_link_to_a_team_at_work(site: tuple[str, Up, Path], journey: Journey, tmp_path: Path) -> None:
    base, up, _chain = site
    path = up.until(rf"https://{re.escape(HOST)}(/first-run/link/\S+)")[1]
    page = journey.person()
    journey.began = time.monotonic()
    try:
        _administrator(journey, page, base + path)
        _event(journey, page)
        _posts(journey, page, file_of_posts(tmp_path))
        _people(journey, page)
        _report_and_pin(journey, page)
    except Exception:
        page.screenshot(path=(journey.pictures or tmp_path) / "failed.png", full_page=True)
        raise
    took = time.monotonic() - journey.began
    log = up.log.read_text()
    assert "Traceback" not in log and "Invalid HTTP_HOST" not in log
    if journey.pictures:
        (journey.pictures / "steps.json").write_text(json.dumps({"seconds": round(took), "steps": journey.steps}))
    assert took <= LONGEST_S


def _administrator(journey: Journey, page: Page, link: str) -> None:
    page.goto(link)
    journey.look(page, "the one-time link")
    page.get_by_label("User name").fill("amina")
    page.get_by_label("Your name").fill("Amina Yusuf")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Repeat the password").fill(PASSWORD)
    page.get_by_role("button", name="Create the administrator").click()
    _second_factor(journey, page)
    expect(page.get_by_role("heading", name="Your organisation")).to_be_visible()
    journey.look(page, "organisation")
    page.get_by_label("Name of your organisation").fill("Red Crescent Beira")
    page.get_by_label("Time zone").select_option("Africa/Maputo")
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("link", name="Continue: Create an event")).to_be_visible()
    journey.look(page, "the five steps")


def _second_factor(journey: Journey, page: Page) -> None:
    """Set up the second factor that the roles of an administrator and an approver demand."""
    expect(page.get_by_role("heading", name="Two-factor authentication")).to_be_visible()
    journey.look(page, "second factor")
    page.get_by_text("Enter the key by hand").click()
    secret = page.locator(".people-key").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(code_of(secret, time.time()))
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Switch on").click()
    page.get_by_role("link", name="I have kept them").click()


def _event(journey: Journey, page: Page) -> None:
    page.get_by_role("link", name="Continue: Create an event").click()
    expect(page.locator(".land").first).to_be_attached()
    page.get_by_label("Name", exact=True).fill("Cyclone Idai")
    search = page.get_by_label("Search countries")
    search.fill("moz")
    search.press("Enter")
    expect(page.get_by_label("Time zone", exact=True)).to_have_value("Africa/Maputo")
    page.get_by_role("button", name="Draw a rectangle").click()
    drawing = page.locator("[data-event-map]")
    drawing.scroll_into_view_if_needed()
    box = drawing.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.35, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.65, box["y"] + box["height"] * 0.7, steps=8)
    page.mouse.up()
    expect(page.get_by_label("West", exact=True)).not_to_have_value("")
    journey.look(page, "event with an area")
    page.get_by_role("button", name="Create event").click()
    expect(page.get_by_role("link", name="Continue: Bring in posts")).to_be_visible()


def _posts(journey: Journey, page: Page, file: Path) -> None:
    page.get_by_role("link", name="Continue: Bring in posts").click()
    journey.look(page, "three ways to bring in posts")
    page.get_by_role("link", name="Import a file").last.click()
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_label("Source name").fill("survey")
    page.get_by_label("Event of the posts").select_option(label="Cyclone Idai")
    page.get_by_role("button", name="Upload and preview").click()
    expect(page.get_by_role("heading", name="Preview: posts.csv")).to_be_visible()
    journey.look(page, "preview of the file")
    page.get_by_role("button", name=re.compile("Import 2,?000 rows")).click()
    expect(page.get_by_text(re.compile("Done"))).to_be_visible(timeout=240_000)
    journey.look(page, "import done")
    page.goto(f"{journey.base}/map/?t=event")
    expect(page.locator("[data-figure=total]")).to_have_text(re.compile(r"2,?000"), timeout=240_000)
    expect(page.locator(".leaflet-marker-icon").first).to_be_visible()
    journey.look(page, "posts on the map")


def _people(journey: Journey, page: Page) -> None:
    for name, role in (("Bea Sitoe", "lead"), ("Carlos Dias", "reviewer"), ("Dora Lund", "approver")):
        page.goto(f"{journey.base}/people/invite")
        page.get_by_label("Name", exact=False).first.fill(name)
        page.get_by_label(role, exact=False).first.check()
        if role == "lead":
            journey.look(page, "invite")
        page.get_by_role("button", name="Create invitation").click()
        link = page.locator(".secret code").inner_text().strip()
        assert link.startswith(journey.base)
        theirs = journey.person()
        theirs.goto(link)
        theirs.get_by_label("User name").fill(name.split()[0].lower())
        theirs.get_by_label("Password", exact=True).fill(PASSWORD)
        theirs.get_by_label("Password again").fill(PASSWORD)
        if role == "lead":
            journey.look(theirs, "invited")
        theirs.get_by_role("button", name="Create account and sign in").click()
        if role == "approver":
            _second_factor(journey, theirs)
        theirs.goto(f"{journey.base}/map/")
        expect(theirs.locator("[data-room]")).to_be_visible()
        again = journey.person()
        answer = again.goto(link)
        assert answer and answer.status == 404
        theirs.context.close()
        again.context.close()


def _report_and_pin(journey: Journey, page: Page) -> None:
    page.goto(f"{journey.base}/field-reports/new")
    expect(page.locator("[data-place-map]")).to_be_visible()
    page.get_by_label("Phone", exact=True).check()
    page.get_by_label("What happened, and what is needed?").fill(
        "An old man can't leave his house, the water is rising"
    )
    search = page.get_by_label("Search for a place")
    search.fill("Dondo")
    page.get_by_role("option", name=re.compile("Dondo")).first.click()
    journey.look(page, "report by phone")
    page.get_by_role("button", name="Save the report").click()
    expect(page.get_by_role("status").filter(has_text="is saved")).to_be_visible()
    page.goto(f"{journey.base}/map/?t=event&q=bridge")
    page.get_by_role("link", name=re.compile("Change the place|Set the place")).first.click()
    area = page.locator("[data-place-map]")
    expect(area).to_be_visible()
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    journey.look(page, "a pin by hand")
    page.get_by_role("button", name="Set the place", exact=True).click()
    expect(page.get_by_text(re.compile("set by Amina Yusuf|set by you", re.I)).first).to_be_visible()
