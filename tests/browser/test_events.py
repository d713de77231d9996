"""A lead sets up an event: by keyboard alone, with the pointer, and on a phone."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from responder.models import Event, TeamArea
from tests.browser import checks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = {"wide": (1440, 900), "phone": (390, 844)}


def test_an_event_is_set_up_by_keyboard_and_its_team_area_with_the_pointer(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], complaints: list[str]
) -> None:
    sign_in(page, "lead")
    page.goto(f"{live_server.url}/events/new")
    expect(page.locator(".land").first).to_be_attached()
    page.get_by_label("Name", exact=True).fill("Cyclone Idai")
    search = page.get_by_label("Search countries")
    for typed in ("moz", "ZW"):
        search.fill(typed)
        search.press("Enter")
    expect(page.get_by_text("Chosen: Mozambique, Zimbabwe")).to_be_visible()
    search.fill("mala")
    for key in (
        "ArrowDown",
        "ArrowDown",
        "ArrowDown",
        "Space",
        "Space",
    ):  # Guatemala, Malawi, Malaysia: ticked, cleared
        page.keyboard.press(key)
    expect(page.get_by_label("Malaysia", exact=True)).to_be_focused()
    page.keyboard.press("Tab")  # the list is one stop
    expect(page.get_by_role("button", name="Draw a rectangle")).to_be_focused()
    expect(page.get_by_label("Time zone", exact=True)).to_have_value("Africa/Maputo")
    for name, value in {"West": "33", "South": "-21", "East": "32", "North": "-17"}.items():
        page.get_by_label(name, exact=True).fill(value)
    page.get_by_role("button", name="Create event").press("Enter")
    expect(page.get_by_text("East must be greater than west.")).to_be_visible()
    expect(page.get_by_label("East", exact=True)).to_be_focused()
    _look(page, "refused")
    page.get_by_label("East", exact=True).fill("36")
    page.keyboard.press("Tab")
    expect(page.locator(".outline-drawn")).to_be_attached()
    page.get_by_role("button", name="Create event").press("Enter")
    expect(page.get_by_text("It is in the event switcher now.")).to_be_visible()
    event = Event.objects.get()
    assert (event.bbox, event.country_codes) == ((33.0, -21.0, 36.0, -17.0), ["MZ", "ZW"])
    _look(page, "event")

    page.get_by_role("link", name="Add team area").click()
    page.get_by_label("Name", exact=True).fill("Delta")
    expect(page.locator(".outline").first).to_be_attached()
    page.get_by_role("button", name="Draw a polygon").click()
    _click_corners(page, [(0.4, 0.3), (0.6, 0.35), (0.5, 0.6), (0.5, 0.6)])
    expect(page.get_by_role("button", name="Draw a polygon")).to_have_attribute("aria-pressed", "false")
    page.get_by_text("As GeoJSON").click()
    drawn = json.loads(page.get_by_label("GeoJSON polygon").input_value())["coordinates"][0]
    assert len(drawn) == 4 and page.get_by_label("West", exact=True).input_value() == str(min(x for x, _y in drawn))
    page.get_by_role("button", name="Add team area").click()
    expect(page.get_by_text("The team area “Delta” is added.")).to_be_visible()
    area = TeamArea.objects.get()
    assert {tuple(point) for point in area.area["coordinates"][0]} == {tuple(point) for point in drawn}
    page.get_by_role("link", name="Delta").click()
    page.get_by_role("button", name="Use the map's view").press("Enter")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The team area is saved.")).to_be_visible()
    assert len(TeamArea.objects.get().area["coordinates"][0]) == 5
    assert [
        heard for heard in complaints if "live/stream" not in heard and "503" not in heard and "400" not in heard
    ] == []


def test_an_event_is_created_without_scripts(
    browser: Any, live_server: Any, sign_in: Callable[[Page, str], None], people: Any
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    sign_in(page, "lead")
    page.goto(f"{live_server.url}/events/new")
    page.get_by_label("Name", exact=True).fill("Quake")
    page.get_by_text("Choose countries").click()
    page.get_by_label("Philippines", exact=True).check()
    for name, value in {"West": "120", "South": "14", "East": "122", "North": "16"}.items():
        page.get_by_label(name, exact=True).fill(value)
    page.get_by_role("button", name="Create event").click()
    expect(page.get_by_text("It is in the event switcher now.")).to_be_visible()
    event = Event.objects.get()
    assert (event.time_zone, event.bbox, event.country_codes) == ("Asia/Manila", (120.0, 14.0, 122.0, 16.0), ["PH"])
    context.close()


def _click_corners(page: Page, corners: list[tuple[float, float]]) -> None:
    element = page.locator("[data-event-map]")
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    assert box
    for x, y in corners:
        page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
        page.wait_for_timeout(300)  # a second click at once would be a double click


def _look(page: Page, name: str) -> None:
    """Nothing is a barrier and everything fits, on a wide screen and on a phone."""
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        assert checks.not_fitting(page, f"{name}, {size}") == []
        assert checks.barriers(page) == []
    page.set_viewport_size({"width": 1440, "height": 900})
