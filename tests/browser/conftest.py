"""A real browser on the real pages: Debian's Chromium, without a way to any other host."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from responder.models import Event, Post, User

PASSWORD = "correct horse battery"


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
def sign_in(live_server: Any, people: dict[str, User]) -> Callable[[Page, str], None]:
    """Signs a page in as somebody with a role, by the form."""

    def enter(page: Page, role: str) -> None:
        page.goto(f"{live_server.url}/login/")
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
