"""The analytics page in a real browser, under the page's own content security policy."""

import re

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from responder import triage
from responder.dashboards.panels import PANELS, TABLES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def is_page_error(message) -> bool:
    """Whether it is an error of the page: the tests' own server has no event stream, so that pages poll."""
    return message.type == "error" and "/live/stream" not in message.location["url"]


@pytest.fixture
def open_panel(browser, live_server, people, make_post):
    """Opens the page for a viewer; returns it with what it asked for and complained about."""
    for number in range(1, 31):  # a minute apart: at least one bar of a quarter of an hour is full
        post = make_post(category="requests_or_urgent_needs" if number % 2 else "injured_or_dead_people")
        triage.confirm(post_id=post.pk, version=1, by=people["reviewer" if number % 2 else "lead"])
    contexts = []

    def open_(query: str = "", **options) -> tuple[Page, list[str], list[str]]:
        client = Client()
        client.force_login(people["viewer"])
        context = browser.new_context(**options)
        contexts.append(context)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page, asked, complaints = context.new_page(), [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text) if is_page_error(message) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{live_server.url}/analytics/{query}")
        expect(page.locator("#volume-legend li").first).to_be_visible(timeout=20_000)
        return page, asked, complaints

    yield open_
    for context in contexts:
        context.close()


def test_every_panel_draws_without_a_complaint_or_a_request_elsewhere(open_panel, live_server):
    page, asked, complaints = open_panel("?t=6h")
    expect(page.locator("#volume-note")).to_contain_text("30 posts shown")
    painted = (
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(part => part)"
    )
    for name in PANELS:
        expect(page.locator(f"#{name}-headline")).not_to_have_text("…", timeout=20_000)
        if name not in (*TABLES, "figures"):
            expect(page.locator(f"#{name}-canvas")).to_have_attribute("aria-label", re.compile("."))
            assert page.locator(f"#{name}-canvas").evaluate(painted), name
    for key in ("unanswered", "needs", "wait", "placed"):
        expect(page.locator(f"#figures-spark-{key}")).to_have_attribute("aria-label", re.compile(":"))
    assert complaints == []
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []


def test_a_link_to_a_panel_brings_its_reader_there(open_panel):
    page, _asked, _complaints = open_panel("?t=6h&panel=savings")
    expect(page.locator("#panel-savings")).to_be_focused(timeout=20_000)
    expect(page.locator("#panel-savings")).to_be_in_viewport()


def test_colours_follow_the_theme(open_panel):
    page, _asked, _complaints = open_panel("?t=6h")
    expect(page.locator("#location-canvas")).to_have_attribute("aria-label", re.compile("."), timeout=20_000)
    picture = "canvas => canvas.toDataURL()"
    before = page.locator("#location-canvas").evaluate(picture)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_timeout(200)
    assert page.locator("#location-canvas").evaluate(picture) != before


def test_a_range_is_shown_at_once_and_kept_in_the_address(open_panel):
    page, asked, _complaints = open_panel("?t=6h&q=water")
    loads = sum("/analytics/?" in url for url in asked)
    page.get_by_label("24 h").focus()
    page.keyboard.press("Space")
    expect(page.locator("#volume-csv")).to_have_attribute("href", "/analytics/volume.csv?event=flood&t=24h&q=water")
    assert page.url.endswith("?t=24h&q=water")
    assert sum("/analytics/?" in url for url in asked) == loads
    page.go_back()
    expect(page.get_by_label("6 h", exact=True)).to_be_checked()


def test_keys_read_the_bars_out_and_the_table_opens(open_panel):
    page, _asked, _complaints = open_panel("?t=6h")
    page.locator("#volume-canvas").focus()
    page.keyboard.press("End")
    expect(page.locator("#volume-readout")).to_contain_text("total")
    page.locator("#panel-volume").get_by_text("Show as table").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#volume-table").get_by_role("columnheader", name="Needs")).to_be_visible()
