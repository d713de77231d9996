"""The feed in a real browser: live tail, views, wall screen, paper."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from responder.models import Change, Post

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[Page, str], None]
LISTENING = "[data-feed][data-ready]"  # the scripts have read the page: keys count from here on


@pytest.fixture
def feed(page: Page, live_server: Any, sign_in: SignIn, posts: list[Post]) -> Page:
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, "lead")
    page.goto(f"{live_server.url}/feed/")
    expect(page.locator(LISTENING)).to_be_attached()
    expect(page.locator("[data-post]")).to_have_count(6)
    return page


def test_a_search_becomes_chips_and_taking_one_away_widens_it(feed: Page) -> None:
    feed.keyboard.press("/")
    feed.keyboard.type("place:beira water")
    feed.keyboard.press("Enter")
    expect(feed).to_have_url(re.compile("place=beira&q=water"))
    expect(feed.locator("[data-post]")).to_have_count(3)
    expect(feed.locator("mark").first).to_have_text("water")
    feed.get_by_role("link", name=re.compile("^water")).click()
    expect(feed.locator("[data-post]")).to_have_count(4)
    expect(feed.get_by_label("Search posts")).to_have_value("place:beira")
    feed.go_back()
    expect(feed.locator("[data-post]")).to_have_count(3)


def test_new_posts_come_in_at_the_top_and_wait_while_one_reads(feed: Page, make_post: Callable[..., Post]) -> None:
    feed.keyboard.press("j")
    expect(feed.locator("[data-post]").first).to_be_focused()
    late = make_post(text="Just in: boats needed")
    Change.objects.create(post=late, kind=Change.Kind.NEW)
    waiting = feed.get_by_role("button", name="Show 1 new post")
    expect(waiting).to_be_visible(timeout=60_000)
    expect(feed.locator("[data-post]")).to_have_count(6)
    waiting.click()
    expect(feed.locator("[data-post]")).to_have_count(7)


def test_a_view_is_saved_changed_and_found_again(feed: Page) -> None:
    feed.goto(feed.url.split("?")[0] + "?sev=1")
    feed.locator(".views-menu summary").click()
    feed.get_by_label("Save this filter as").fill("Worst first")
    feed.get_by_role("button", name="Save as view").click()
    expect(feed).to_have_url(re.compile(r"sev=1&view=\d+"))
    feed.goto(feed.url.replace("sev=1", "sev=1,2"))
    expect(feed.get_by_text("Unsaved changes")).to_be_visible()
    feed.get_by_role("link", name="Reset").click()
    expect(feed).to_have_url(re.compile(r"sev=1&view=\d+"))
    expect(feed.locator(LISTENING)).to_be_attached()
    expect(feed.locator("[data-unsaved]")).to_be_hidden()
    feed.keyboard.press("Control+k")
    feed.get_by_role("combobox", name="Page, view or command").fill("worst")
    feed.keyboard.press("Enter")
    expect(feed).to_have_url(re.compile(r"sev=1&view=\d+"))


def test_the_wall_screen_shows_figures_and_no_controls(
    page: Page, live_server: Any, sign_in: SignIn, posts: list[Post]
) -> None:
    sign_in(page, "viewer")
    page.goto(f"{live_server.url}/map/?kiosk=1")
    expect(page.locator("[data-room][data-ready]")).to_be_attached()
    expect(page.locator("[data-clock]")).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
    expect(page.locator(".figures")).to_be_visible()
    for hidden in (".rail", ".search", ".panel", ".filters", ".map-tools", ".account"):
        expect(page.locator(hidden)).to_be_hidden()


def test_paper_is_white_without_chrome_and_says_what_it_shows(
    page: Page, live_server: Any, sign_in: SignIn, posts: list[Post]
) -> None:
    sign_in(page, "viewer")
    page.goto(f"{live_server.url}/map/?sev=1&tz=UTC")
    expect(page.locator("[data-room][data-ready]")).to_be_attached()
    page.emulate_media(media="print", color_scheme="dark")
    for hidden in (".rail", ".top", ".panel", ".filters"):
        expect(page.locator(hidden)).to_be_hidden()
    for shown in (".print-head", ".north", ".leaflet-control-scale", ".legend"):
        expect(page.locator(shown).first).to_be_visible()
    expect(page.locator(".print-head")).to_contain_text("sev:1")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
