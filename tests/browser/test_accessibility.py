"""WCAG 2.2 A and AA as far as axe-core sees it, on every page, size and theme."""

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from responder.models import User
from tests.browser.places import Place, enter, go

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = Path(__file__).with_name("axe.min.js").read_text()
RULES = "{resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}"
COLOURS = "{resultTypes: ['violations'], runOnly: {type: 'rule', values: ['color-contrast', 'link-in-text-block']}}"
RECORDS = ("/admin/", "/admin/monitoring/auditevent/", "/admin/classifier/trainingrun/", "/admin/responder/user/")
SIZES = {"wide": (1440, 900), "tablet": (1024, 768), "phone": (390, 844)}


def violations(page: Page, rules: str) -> list[str]:
    """`rule: where` for each violation that axe finds."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate(f"axe.run(document, {rules})")
    return [f"{rule['id']}: {node['target']}" for rule in found["violations"] for node in rule["nodes"]]


def paint(page: Page, theme: Literal["light", "dark"]) -> None:
    """Show the page in a theme, and wait until its colours have arrived there."""
    page.emulate_media(color_scheme=theme)
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null)))")


@pytest.mark.parametrize("size", ["wide", pytest.param("tablet", marks=pytest.mark.slow), "phone"])
def test_axe_finds_nothing_on_any_page(
    browser: Browser, live_server: Any, people: dict[str, User], places: dict[str, Place], size: str
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, bypass_csp=True)
    page = context.new_page()
    found: list[str] = []

    def look(name: str) -> None:
        paint(page, "light")
        found.extend(f"{name}, light: {one}" for one in violations(page, RULES))
        paint(page, "dark")  # the same elements in other colours
        found.extend(f"{name}, dark: {one}" for one in violations(page, COLOURS))

    page.goto(f"{live_server.url}/login/")
    look("login")
    enter(context, live_server.url, people["superuser"])
    for name, place in places.items():
        go(page, live_server.url, place)
        look(name)
        for step in (*place.steps, *place.last):
            step(page)
        if place.steps:
            look(f"{name}, opened")
    for address in RECORDS:
        page.goto(live_server.url + address)
        expect(page.locator("#content")).to_be_visible()
        look(address)
        if (first := page.locator("#result_list tbody th a").first).count():
            first.click()
            expect(page.locator("#content form")).to_be_visible()
            look(f"{address}, one of them")
    context.close()
    assert not found, "\n".join(found)
