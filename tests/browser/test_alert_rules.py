"""A lead sets up a rule with its preview; the bell says by itself that it fired, and the page acknowledges it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from responder import alerting
from responder.models import AlertFiring, AlertRule, Event, Post
from tests.browser import checks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_from_the_rule_to_the_acknowledgement(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], event: Event, make_post: Callable[..., Post],
    complaints: list[str],
) -> None:  # fmt: skip
    for _ in range(3):
        make_post(severity=1)
    sign_in(page, "lead")
    page.goto(f"{live_server.url}/rules/new")
    page.get_by_label("Name").fill("Critical near each other")
    page.get_by_label("First person to notify").select_option(label="Ana Lead (@lead-ana)")
    page.get_by_role("button", name="Preview the last 24 hours").click()
    expect(page.get_by_role("heading", name="it would have fired 1 time")).to_be_visible()
    assert not AlertRule.objects.exists()
    page.get_by_role("button", name="Create alert rule").click()
    expect(page.get_by_text("is on.")).to_be_visible()
    assert alerting.check() == 1
    badge = page.locator("[data-bell-badge]")
    expect(badge).to_have_text("1")  # without a reload
    page.locator(".bell summary").click()
    page.get_by_role("link", name="All notifications").click()
    expect(page.get_by_role("button", name="Send push messages to this browser")).to_be_visible()
    for width, height in ((1440, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        assert checks.not_fitting(page, f"notifications, {width}") == []
        assert checks.barriers(page) == []
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("acknowledged by Ana Lead")).to_be_visible()
    assert AlertFiring.objects.get().acknowledged_by
    assert [heard for heard in complaints if "live/stream" not in heard and "503" not in heard] == []
