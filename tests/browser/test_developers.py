"""A partner's way in a browser: make a token, call the API with it, replace it, revoke it."""

import os
import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from responder import roles
from responder.models import Organisation, User
from responder.partners import organisations, tokens
from tests.browser.checks import COLOURS, RULES, violations
from tests.browser.places import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SECRET = re.compile(r"rsp_[\w-]{50,}")


@pytest.mark.parametrize("width", [390, 1440])
def test_a_partner_makes_uses_replaces_and_revokes_a_token(
    browser: Any, live_server: Any, people: dict[str, User], width: int
) -> None:
    organisations.joined("Relief", people["partner"], by=people["superuser"])
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
    enter(context, live_server.url, people["partner"])
    page = context.new_page()
    page.goto(f"{live_server.url}/developers/")
    page.get_by_label("Purpose").fill("Desk")
    page.get_by_role("button", name="Create token").click()
    first = shown(page)
    assert ask(live_server.url, first) == 200
    page.locator("summary").filter(has_text="Rotate").first.click()
    page.get_by_label("Old token expires").select_option("1")
    screenshot(page, f"made-{width}")
    page.get_by_role("button", name="Rotate token").click()
    second = shown(page)
    assert ask(live_server.url, first) == ask(live_server.url, second) == 200
    row = page.get_by_role("row").filter(has_text=second[:12])
    row.get_by_text("Revoke").first.click()
    row.get_by_role("button", name="Revoke token").click()
    expect(page.get_by_role("status").filter(has_text="is revoked")).to_be_visible()
    assert (ask(live_server.url, first), ask(live_server.url, second)) == (200, 401)
    screenshot(page, f"revoked-{width}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_a_manager_of_two_organisations_finds_a_members_token_and_its_use(
    browser: Any, live_server: Any, people: dict[str, User]
) -> None:
    manager, member = people["partner"], people["lead"]
    roles.grant(user=member, role="partner")
    for name, person in (("Aid", manager), ("Relief", manager), ("Relief", member)):
        organisations.joined(name, person, by=people["superuser"])
    made = [
        tokens.issue(owner=member, organisation="Relief", name=f"Desk {n}", scopes=["predict"], by=member)
        for n in range(32)
    ]
    Organisation.objects.filter(name="Relief").update(daily_quota=2, contact="it@relief.example")
    assert [ask(live_server.url, made[0][1]) for _ in range(3)] == [200, 200, 429]
    context = browser.new_context(viewport={"width": 390, "height": 900}, bypass_csp=True)
    enter(context, live_server.url, manager)
    page = context.new_page()
    page.goto(f"{live_server.url}/developers/")
    expect(page.get_by_role("heading", name="Aid")).to_be_visible()
    page.get_by_role("navigation", name="Your organisations").get_by_role("link", name="Relief").click()
    expect(page.get_by_role("heading", name="Relief")).to_be_visible()
    screenshot(page, "two-390")
    page.get_by_role("link", name="Next page").click()
    row = page.get_by_role("row").filter(has_text=made[0][0].prefix)
    expect(row).to_contain_text("2 of 2")
    expect(row).to_contain_text("Ana Lead")
    page.set_viewport_size({"width": 1440, "height": 900})
    screenshot(page, "two-1440")
    row.locator("summary").filter(has_text="Revoke").click()
    row.get_by_role("button", name="Revoke token").click()
    expect(page.get_by_role("status").filter(has_text="is revoked")).to_be_visible()
    expect(page.get_by_role("heading", name="Relief")).to_be_visible()
    assert ask(live_server.url, made[0][1]) == 401
    context.close()


def shown(page: Page) -> str:
    """The secret that the page shows once."""
    (secret,) = SECRET.findall(page.get_by_label("Token to copy").inner_text())
    return str(secret)


def ask(server: str, secret: str) -> int:
    headers = {"Authorization": f"Token {secret}"}
    return httpx.get(f"{server}/api/v1/categories", headers=headers, timeout=30).status_code


def screenshot(page: Page, name: str) -> None:
    """axe in both themes; `RESPONDER_SHOTS` names a folder for pictures."""
    for theme, rules in (("light", RULES), ("dark", COLOURS)):
        page.emulate_media(color_scheme=theme)
        assert violations(page, rules) == []
        if folder := os.environ.get("RESPONDER_SHOTS"):
            page.screenshot(path=f"{folder}/{name}-{theme}.png", full_page=True)
