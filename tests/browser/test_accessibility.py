"""WCAG 2.2 A and AA as far as axe-core sees it, on every page, size and theme."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from responder.models import Post

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = Path(__file__).with_name("axe.min.js").read_text()
RUN = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
SIZES = {"wide": (1440, 900), "tablet": (1024, 768), "phone": (390, 844)}


def violations(page: Page) -> list[str]:
    """`rule: where` for each violation that axe finds."""
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate(RUN)
    return [f"{rule['id']}: {node['target']}" for rule in found["violations"] for node in rule["nodes"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing(
    browser: Browser,
    live_server: Any,
    sign_in: Callable[[Page, str], None],
    posts: list[Post],
    size: str,
    theme: Literal["light", "dark"],
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{live_server.url}/login/")
    assert not violations(page)
    sign_in(page, "reviewer")
    expect(page.locator("[data-room][data-ready]")).to_be_attached()
    assert not violations(page)
    page.locator("[data-open]").last.click()
    expect(page.locator(".item.is-open .card")).to_be_attached()
    assert not violations(page)
    context.close()
