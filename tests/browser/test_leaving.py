"""A link of an unknown host, by keyboard: its text, the page that asks first, and both ways on."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from responder.models import Post
from responder.privacy import leaving
from responder.privacy.links import kept
from tests.browser.checks import barriers, not_fitting, paint, small_targets

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LINK = "https://help-beira.example/list?id=3"
HOSTILE = f"http://аррӏе.com:8080/{'long-' * 60}app.apk"


@pytest.fixture
def post(make_post: Callable[..., Post]) -> Post:
    return make_post(text="The clinic has no power", links=kept([LINK, HOSTILE]))


@pytest.mark.parametrize("width", [1440, 390])
def test_it_asks_first_and_opens_or_stays(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], post: Post, width: int
) -> None:
    asked: list[str] = []
    page.context.route(
        "https://help-beira.example/**",
        lambda route: (asked.append(str(route.request.headers)), route.fulfill(body="there")),
    )
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, "reviewer")
    page.goto(f"{live_server.url}/map/?event={post.event.ref}&sel={post.pk}")
    way = page.get_by_role("link", name="Open… help-beira.example/list?id=3, asks for confirmation, in a new tab")
    expect(way).to_be_visible()
    expect(page.locator(f'a[href="{LINK}"]')).to_have_count(0)
    way.focus()
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    tab = opened.value
    expect(tab.get_by_role("heading", level=1)).to_have_text("You are leaving Responder")
    expect(tab.locator(".leave-host")).to_have_text("help-beira.example")
    assert asked == []
    assert barriers(tab) + small_targets(tab) + not_fitting(tab, f"{width} px") == []
    tab.get_by_role("link", name="Open help-beira.example").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url(LINK)
    assert len(asked) == 1 and "referer" not in asked[0]
    tab.go_back()
    tab.get_by_role("link", name="Stay").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"**/map/?sel={post.pk}*")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_a_suspicious_address_is_warned_of(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], post: Post, width: int, theme: Any
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, "reviewer")
    page.goto(live_server.url + leaving.confirmation(post.pk, post.links[1]))
    paint(page, theme)
    expect(page.locator(".leave-host")).to_have_text("аррӏе.com")
    expect(page.get_by_text("xn--80ak6aa92e.com", exact=True)).to_be_visible()
    expect(page.get_by_role("alert").get_by_role("listitem")).to_have_count(4)
    expect(page.get_by_role("alert")).to_contain_text("“apple.com”")
    assert barriers(page) + small_targets(page) + not_fitting(page, f"{width} px, {theme}") == []
