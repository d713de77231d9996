"""A warning from several posts: selected and drafted by keyboard, published by somebody else, never real in an exercise."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from responder.models import CapAlert, Post, User
from tests.browser.queue import open_queue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_warning_is_drafted_by_keyboard_from_what_is_selected(
    page: Page, live_server: Any, sign_in: Callable[..., None], posts: list[Post], people: dict[str, User],
    complaints: list[str],
) -> None:  # fmt: skip
    Post.objects.filter(pk=posts[1].pk).update(is_exercise=True)
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, "reviewer")
    open_queue(page, live_server.url, first=posts[0])
    page.keyboard.press("v")
    expect(page.locator("[data-bulk-count]")).to_have_text("1 selected")
    button = page.get_by_role("button", name="Draft alert (CAP)")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-bulk-said]")).to_have_text("Select 2 to 50 posts to draft an alert.")
    assert not CapAlert.objects.exists()
    page.get_by_role("button", name="Select all shown").click()
    expect(page.locator("[data-bulk-count]")).to_have_text(f"{len(posts)} selected")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("EXERCISE:")
    alert = CapAlert.objects.get()
    assert set(alert.posts.all()) == set(posts) and (alert.severity, alert.is_exercise) == ("Extreme", True)
    expect(page.get_by_role("link", name=f"post {posts[2].pk}", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Publish as Exercise, in my name")).to_have_count(0)
    page.context.clear_cookies()
    sign_in(page, "lead")
    page.goto(f"{live_server.url}/alerts/{alert.identifier}/")
    page.get_by_role("button", name="Publish as Exercise, in my name").click()
    expect(page.get_by_text("The alert is published.")).to_be_visible()
    alert.refresh_from_db()
    assert alert.published_by == people["lead"] and "<status>Exercise</status>" in alert.document
    assert [heard for heard in complaints if "503" not in heard] == []  # the test server has no event stream
