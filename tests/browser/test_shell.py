"""The frame around every page: rail, top bar, palette, shortcuts."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from responder.incidents import membership
from responder.models import Post, User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[Page, str], None]
TWICE = """
async () => {
  const { bind } = await import("/static/js/shortcuts.js");
  const entry = (label) => ({ keys: ["ö"], label, group: "", run: () => {} });
  bind([entry("one")]);
  try { bind([entry("two")]); } catch (error) { return error.message; }
  return "";
}
"""


@pytest.fixture
def frame(page: Page, sign_in: SignIn, posts: list[Post]) -> Page:
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, "lead")
    expect(page.locator("[data-room][data-ready]")).to_be_attached()
    return page


def test_g_and_a_letter_go_to_a_page_and_the_filter_comes_along(frame: Page) -> None:
    frame.goto(frame.url.split("?", maxsplit=1)[0] + "?sev=1")
    expect(frame.locator("[data-room][data-ready]")).to_be_attached()
    frame.keyboard.press("g")
    frame.keyboard.press("a")
    expect(frame).to_have_url(re.compile(r"/analytics/\?event=flood&sev=1"))
    frame.go_back()
    expect(frame).to_have_url(re.compile(r"/map/\?.*sev=1"))


def test_the_palette_finds_a_page_by_a_few_letters_and_gives_the_focus_back(frame: Page) -> None:
    opener = frame.get_by_role("button", name="Keyboard shortcuts")
    opener.focus()
    frame.keyboard.press("Control+k")
    field = frame.get_by_role("combobox", name="Page, view or command")
    expect(field).to_be_focused()
    frame.keyboard.press("Escape")
    expect(opener).to_be_focused()
    frame.keyboard.press("Control+k")
    field.fill("lab")
    frame.keyboard.press("Enter")
    expect(frame).to_have_url(re.compile("/labelling/"))


def test_the_palette_finds_incidents_and_places(frame: Page, posts: list[Post], people: dict[str, User]) -> None:
    incident = membership.create(post_ids=[posts[0].pk], by=people["lead"], title="Families on roofs")
    field = frame.get_by_role("combobox", name="Page, view or command")
    frame.keyboard.press("Control+k")
    field.fill("roofs")
    expect(frame.get_by_role("option", name=f"{incident.ref} Families on roofs")).to_be_visible()
    field.fill("chimo")
    option = frame.get_by_role("option", name="Chimoio, MZ")
    expect(option).to_contain_text("Place · 1 post")
    option.click()
    expect(frame).to_have_url(re.compile("/map/.*place=Chimoio"))
    expect(frame.locator("[data-room][data-ready]")).to_be_attached()  # and its keys work
    frame.keyboard.press("Control+k")
    field.fill(incident.ref.lower())
    expect(frame.get_by_role("option", name=f"{incident.ref} Families on roofs")).to_be_visible()
    frame.keyboard.press("Enter")
    expect(frame).to_have_url(re.compile(f"/incidents/{incident.ref}/"))


def test_the_palette_searches_for_what_it_does_not_know(frame: Page) -> None:
    frame.keyboard.press("Control+k")
    frame.get_by_role("combobox", name="Page, view or command").fill("bridge")
    frame.keyboard.press("Enter")
    expect(frame).to_have_url(re.compile("q=bridge"))


def test_the_sheet_lists_what_works_here(frame: Page) -> None:
    frame.keyboard.press("?")
    sheet = frame.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet.get_by_text("Confirm and open the next post")).to_be_visible()
    expect(sheet.get_by_text("Go to Model")).to_be_visible()


def test_stale_data_say_since_when_with_the_zone_of_the_page(frame: Page) -> None:
    address = frame.url.split("?", maxsplit=1)[0]
    frame.clock.install(time="2026-03-14T10:00:00Z")
    frame.goto(f"{address}?tz=Asia/Kathmandu")
    expect(frame.locator("[data-room][data-ready]")).to_be_attached()
    frame.context.set_offline(True)
    frame.clock.run_for(90_000)
    expect(frame.locator("[data-live-text]")).to_have_text(re.compile(r"^No updates since 15:4\d GMT\+5:45$"))
    banner = re.compile(r"No updates since 15:4\d GMT\+5:45\. The data may be out of date\.")
    expect(frame.get_by_text(banner)).to_be_visible()


def test_the_sheet_opens_at_its_beginning(frame: Page) -> None:
    frame.set_viewport_size({"width": 1280, "height": 500})  # the sheet is higher than the window
    for _time in range(2):
        frame.keyboard.press("?")
        sheet = frame.get_by_role("dialog", name="Keyboard shortcuts")
        assert sheet.evaluate("sheet => [sheet.scrollTop, sheet.scrollHeight > sheet.clientHeight]") == [0, True]
        expect(sheet.get_by_role("heading", name="Keyboard shortcuts")).to_be_focused()
        frame.keyboard.press("End")
        frame.keyboard.press("Escape")
        expect(sheet).to_be_hidden()


def test_a_key_that_is_taken_twice_is_an_error(frame: Page, complaints: list[str]) -> None:
    frame.reload()
    expect(frame.locator("[data-room][data-ready]")).to_be_attached()
    assert not [text for text in complaints if "taken twice" in text]
    assert frame.evaluate(TWICE) == "The key “ö” is taken twice: one and two"


def test_shortcuts_stay_off_for_the_person(frame: Page, people: dict[str, User]) -> None:
    frame.keyboard.press("?")
    with frame.expect_response("**/preferences/shortcuts"):
        frame.get_by_label("Single-key shortcuts are on").uncheck()
    frame.reload()
    expect(frame.locator("[data-room][data-ready]")).to_be_attached()
    frame.keyboard.press("?")
    expect(frame.get_by_role("dialog")).to_have_count(0)
    people["lead"].refresh_from_db()
    assert people["lead"].single_keys is False


def test_a_typed_range_and_a_zone_are_kept_in_the_address(frame: Page) -> None:
    frame.locator(".zone-menu summary").click()
    frame.get_by_label("Custom range").fill("now-90m")
    frame.get_by_label("Times shown in").select_option("UTC")
    frame.get_by_role("button", name="Apply").last.click()
    expect(frame).to_have_url(re.compile(r"t=now-90m&tz=UTC"))
    expect(frame.get_by_label("Time range", exact=True)).to_have_value("now-90m")
    expect(frame.locator("[data-zone-name]")).to_have_text("UTC")


def test_an_open_menu_closes_by_escape_and_its_button_has_the_focus(frame: Page) -> None:
    frame.locator(".event-menu summary").click()
    frame.keyboard.press("Tab")
    frame.keyboard.press("Escape")
    expect(frame.locator(".event-menu")).not_to_have_attribute("open", "")
    expect(frame.locator(".event-menu summary")).to_be_focused()


def test_the_phone_reaches_every_page_through_more(page: Page, sign_in: SignIn, posts: list[Post]) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, "lead")
    page.locator(".rail-more > summary").click()
    page.locator(".rail-more").get_by_role("link", name="Labelling").click()
    expect(page).to_have_url(re.compile("/labelling/"))


def test_targets_of_the_frame_are_large_enough(frame: Page) -> None:
    boxes: list[dict[str, Any]] = frame.evaluate(
        "[...document.querySelectorAll('.top a, .top button, .top summary, .top select, .top input:not([type=hidden]), .rail a')]"
        ".map((e) => [e.outerHTML.slice(0, 60), e.getBoundingClientRect()])"
        ".filter(([, r]) => r.width && (r.width < 24 || r.height < 24)).map(([html]) => html)"
    )
    assert not boxes
