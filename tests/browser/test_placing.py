"""A reviewer searches a place by keyboard, drags the pin, sets the place and undoes it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from responder.models import Post, User
from tests.browser import checks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_from_the_search_to_the_undo(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], make_post: Callable[..., Post],
    people: dict[str, User], complaints: list[str],
) -> None:  # fmt: skip
    post = make_post()
    sign_in(page, "reviewer")
    page.goto(f"{live_server.url}/triage/?sel={post.pk}")
    expect(page.locator("[data-queue][data-ready]")).to_be_visible()
    page.keyboard.press("l")
    search = page.get_by_role("combobox", name="Search for a place")
    expect(search).to_be_focused()
    search.press_sequentially("chimo")
    expect(page.locator("[data-place-found] [role=option]").first).to_contain_text("Chimoio")
    search.press("ArrowDown")
    search.press("Enter")
    name, latitude = page.get_by_label("Name of the place"), page.get_by_label("Latitude")
    expect(name).to_have_value("Chimoio")
    north = float(latitude.input_value())
    pin = page.locator(".place-pin")
    pin.scroll_into_view_if_needed()
    box = pin.bounding_box()
    assert box
    page.mouse.move(box["x"] + 14, box["y"] + 14)
    page.mouse.down()
    page.mouse.move(box["x"] + 14, box["y"] + 54, steps=5)
    page.mouse.up()
    expect(latitude).not_to_have_value(f"{north:.5f}")
    dragged = float(latitude.input_value())
    assert dragged < north
    page.locator("[data-place-map]").press("ArrowUp")
    expect(latitude).not_to_have_value(f"{dragged:.5f}")
    assert dragged < float(latitude.input_value()) < north
    name.fill("The bridge")
    page.get_by_role("button", name="Set the place", exact=True).click()
    expect(page.locator("[data-undo-text]")).to_have_text("Set the place: The bridge")
    expect(page.locator("[data-pane-body]")).to_contain_text("set by")
    post.refresh_from_db()
    assert (post.place_name, post.placed_by) == ("The bridge", people["reviewer"])
    page.keyboard.press("z")
    expect(page.locator("[data-announce]")).to_have_text("Undone")
    post.refresh_from_db()
    assert post.placed_by is None
    assert [heard for heard in complaints if "live/stream" not in heard and "503" not in heard] == []
    expect(page.locator("[data-pane-body] .place-undo")).to_have_count(0)
    page.keyboard.press("l")
    expect(search).to_be_focused()
    assert checks.barriers(page) == []  # last, for axe itself sets styles
    page.set_viewport_size({"width": 390, "height": 844})
    assert checks.not_fitting(page, "place, phone") == []


def test_the_map_opens_the_same_dialog(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], make_post: Callable[..., Post],
    people: dict[str, User], complaints: list[str],
) -> None:  # fmt: skip
    post = make_post()
    sign_in(page, "reviewer")
    page.goto(f"{live_server.url}/map/?t=event&sel={post.pk}")
    page.locator(f"[data-item='{post.pk}'] [data-place-open]").click()
    dialog = page.get_by_role("dialog", name="Change the place")
    expect(dialog.locator("[data-place-map]")).to_be_visible()
    dialog.get_by_label("Name of the place").fill("The bridge")
    dialog.get_by_role("button", name="Set the place", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(page.locator("[data-list] .is-open")).to_contain_text("set by")
    post.refresh_from_db()
    assert (post.place_name, post.placed_by) == ("The bridge", people["reviewer"])
    assert [heard for heard in complaints if "live/stream" not in heard and "503" not in heard] == []
