"""A lead adds and starts a feed by keyboard; the state renews itself. (Under axe: `test_every_page`.)"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from classifier import clock
from responder.models import Event, Feed
from tests.browser import checks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_lead_adds_and_starts_a_feed(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], event: Event, complaints: list[str]
) -> None:
    sign_in(page, "lead")
    page.goto(f"{live_server.url}/feeds/")
    expect(page.locator("[data-live-text]")).to_have_text("No source connected")
    page.get_by_role("link", name="Add a feed").first.click()
    page.get_by_label("Name", exact=True).fill("River")
    page.get_by_label("Keywords").fill("river\nflood")
    page.get_by_role("button", name="Add").press("Enter")
    expect(page.get_by_role("heading", name="River")).to_be_visible()
    page.get_by_role("button", name="Start").press("Enter")
    expect(page.get_by_text("“River” will start within seconds.")).to_be_visible()
    assert Feed.objects.get().wanted
    assert [heard for heard in complaints if "live/stream" not in heard and "503" not in heard] == []


def test_keywords_are_suggested_by_keyboard_and_the_pill_says_what_changes(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], event: Event
) -> None:
    sign_in(page, "lead")
    page.goto(f"{live_server.url}/feeds/new")
    page.get_by_label("Name", exact=True).fill("River")
    page.get_by_label("Event of the posts").select_option(label=event.name)
    page.get_by_role("button", name="Suggest keywords").press("Enter")
    page.get_by_role("checkbox", name="Beira").press("Space")
    page.get_by_role("button", name="Add ticked keywords").press("Enter")
    expect(page.get_by_label("Keywords")).to_have_value("Beira")
    assert checks.barriers(page) == []
    page.get_by_label("Name", exact=True).press("Enter")  # saves, and presses no button of the builder
    expect(page.get_by_role("heading", name="River")).to_be_visible()
    said = page.locator("[data-live-text]")
    expect(said).to_have_text("The source is paused")
    now = clock.now()
    Feed.objects.update(
        wanted=True, state="live", lease_owner="a", lease_until=now + timedelta(hours=1), seen_at=now, last_post_at=now,
        connected_at=now,
    )  # fmt: skip
    expect(said).to_have_text("Live")  # without a reload
    expect(page.locator("[data-live-said]")).to_contain_text("Live. Connected; the last post came")
    assert checks.barriers(page) == []


def test_the_form_has_the_fields_of_the_chosen_kind_and_an_error_beside_its_field(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], event: Event
) -> None:
    sign_in(page, "lead")
    page.goto(f"{live_server.url}/feeds/new")
    page.get_by_label("Name", exact=True).fill("River")
    page.get_by_role("button", name="Mastodon").press("Enter")
    page.get_by_label("Hashtag").fill("two words")
    expect(page.get_by_label("Name", exact=True)).to_have_value("River")
    page.get_by_label("Hashtag").press("Enter")  # sends the form, and doesn't choose another kind
    hashtag = page.get_by_label("Hashtag")
    expect(hashtag).to_have_value("two words")
    expect(hashtag).to_have_attribute("aria-invalid", "true")
    expect(hashtag).to_be_focused()
    expect(hashtag).to_have_accessible_description(
        "Enter a hashtag as one word of letters and digits. Leave empty to read all public posts that the server knows."
    )
    assert checks.barriers(page) == []
    assert not Feed.objects.exists()
