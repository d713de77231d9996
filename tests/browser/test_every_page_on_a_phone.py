"""What holds on every page on a phone, in one visit each: no barrier, targets that a thumb hits, text that fits."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser import checks
from tests.browser.places import Place, go

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = {"phone": (390, 844), "tablet": (1024, 768), "wide": (1440, 900)}


@pytest.mark.parametrize("size", ["phone", *(pytest.param(one, marks=pytest.mark.slow) for one in ("tablet", "wide"))])
def test_every_page_on_a_phone(
    watched: tuple[Page, list[str]], live_server: Any, places: dict[str, Place], size: str
) -> None:
    page, _wrong = watched
    found: list[str] = []
    for name, place in places.items():
        found += [f"{name}: {one}" for one in _visit(page, live_server.url, place, *SIZES[size])]
    page.context.clear_cookies()
    found += [f"login: {one}" for one in _visit(page, live_server.url, Place("/login/"), *SIZES[size])]
    assert not found, "\n".join(found)


def _visit(page: Page, server: str, place: Place, width: int, height: int) -> list[str]:
    """The page as it comes, then narrower and with larger text, then with all that it keeps closed."""
    page.set_viewport_size({"width": width, "height": height})
    go(page, server, place)
    found = checks.barriers(page)
    for narrow, size in ((320, "100%"), (640, "200%")):
        page.set_viewport_size({"width": narrow, "height": 800})
        page.evaluate(f"document.documentElement.style.fontSize = '{size}'")
        found += checks.not_fitting(page, f"{narrow} px, {size}")
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size({"width": width, "height": height})
    for step in place.steps:
        step(page)
    found += checks.small_targets(page)
    for step in place.last:
        step(page)
    return found + ([f"opened, {one}" for one in checks.barriers(page)] if place.steps else [])
