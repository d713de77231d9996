"""Journeys of a duty coordinator and of a reviewer on the operations map."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from responder import triage
from responder.models import Post, TriageAction, User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OPEN_CARD = ".item.is-open .card-text"
SignIn = Callable[[Page, str], None]
COVERED = """
() => {
  const over = [...document.querySelectorAll(".figures, .panel, .attribution")].map((one) => one.getBoundingClientRect());
  const hit = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return [...document.querySelectorAll(".mark-button")]
    .filter((one) => !/Chimoio/.test(one.ariaLabel) && over.some((box) => hit(one.getBoundingClientRect(), box)))
    .map((one) => one.ariaLabel);
}
"""


@pytest.fixture
def room(page: Page, sign_in: SignIn, posts: list[Post]) -> Page:
    """The map of a reviewer, drawn, with the first post open."""
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, "reviewer")
    expect(page.locator("[data-room][data-ready]")).to_be_attached()
    expect(page.locator(OPEN_CARD)).to_have_text(posts[0].text)
    return page


def test_the_page_opens_on_the_worst_without_complaints(room: Page, complaints: list[str]) -> None:
    room.reload()
    expect(room.locator('[data-figure="unanswered"]')).to_have_text("1")
    expect(room.locator('[data-figure="no_location"]')).to_have_text("1")
    expect(room.locator(OPEN_CARD)).to_contain_text("Trapped on a roof")
    expect(room.get_by_role("button", name=re.compile(r"^Beira: 4 posts: 4 Needs; 1 unanswered"))).to_be_attached()
    unexpected = [text for text in complaints if "503" not in text]  # the test server cannot hold streams open
    assert not unexpected


def test_marks_are_reached_by_keyboard_most_severe_first(room: Page) -> None:
    room.locator("#map").focus()
    room.keyboard.press("Enter")
    expect(room.locator(":focus")).to_have_attribute("aria-label", re.compile("^Beira"))
    room.keyboard.press("ArrowRight")
    expect(room.locator(":focus")).to_have_attribute("aria-label", re.compile("^Chimoio: Missing or found people"))
    room.keyboard.press("Escape")
    expect(room.locator("#map")).to_be_focused()


def test_a_reviewer_decides_and_undoes_by_keyboard_alone(room: Page, posts: list[Post]) -> None:
    room.keyboard.press("a")
    expect(room.locator("[data-undo-text]")).to_have_text("Confirmed Requests or urgent needs")
    expect(room.locator(OPEN_CARD)).not_to_have_text(posts[0].text)
    posts[0].refresh_from_db()
    assert posts[0].status == Post.Status.CONFIRMED
    room.keyboard.press("z")
    expect(room.locator(OPEN_CARD)).to_have_text(posts[0].text)
    posts[0].refresh_from_db()
    assert posts[0].status == Post.Status.UNREVIEWED


def test_a_digit_sets_the_category_that_carries_it(room: Page, posts: list[Post]) -> None:
    room.keyboard.press("2")
    expect(room.locator("[data-undo-text]")).to_have_text("Set Injured or dead people")
    posts[0].refresh_from_db()
    assert (posts[0].status, posts[0].category) == (Post.Status.CORRECTED, "injured_or_dead_people")


def test_a_decision_on_the_map_covers_the_copies_and_so_does_its_undo(
    room: Page, make_post: Callable[..., Post]
) -> None:
    copies = [make_post(text="RT boats for Dondo", text_key="same", severity=1) for _ in range(3)]
    room.reload()
    row = room.locator(f'[data-item="{copies[0].pk}"]')
    expect(row).to_contain_text("and 2 copies")
    row.locator("[data-open]").click()
    expect(room.locator(OPEN_CARD)).to_have_text("RT boats for Dondo")
    room.keyboard.press("a")
    expect(room.locator("[data-undo-text]")).to_have_text("Confirmed Requests or urgent needs · 3 posts")
    assert {Post.objects.get(pk=post.pk).status for post in copies} == {"confirmed"}
    room.keyboard.press("z")
    expect(room.locator(OPEN_CARD)).to_have_text("RT boats for Dondo")
    assert {Post.objects.get(pk=post.pk).status for post in copies} == {"unreviewed"}


def test_after_a_click_on_a_mark_no_mark_lies_under_anything(
    page: Page, sign_in: SignIn, posts: list[Post], make_post: Callable[..., Post]
) -> None:
    for latitude, longitude in ((-19.64, 34.64), (-19.64, 35.04), (-20.04, 34.64), (-20.04, 35.04)):
        make_post(latitude=latitude, longitude=longitude, place_name="Sofala")
    for size in ({"width": 1280, "height": 700}, {"width": 390, "height": 844}):
        page.set_viewport_size(size)
        if size["width"] == 1280:
            sign_in(page, "reviewer")
        else:
            page.goto(page.url.split("?", maxsplit=1)[0])
        expect(page.locator("[data-room][data-ready]")).to_be_attached()
        if (end := page.get_by_role("button", name="Got it")).count():
            end.click()
            expect(page.locator("[data-room][data-ready]")).to_be_attached()
        worst = page.get_by_role("button", name=re.compile(r"\d+ posts: .*unanswered")).first
        with page.expect_response("**/map/data?*"):
            worst.dispatch_event("click")
        expect(page).to_have_url(re.compile(r"[?&]z="))  # the map has moved
        page.wait_for_function(f"({COVERED})().length === 0")


def test_nothing_lies_over_the_options_of_the_category_menu(room: Page) -> None:
    room.keyboard.press("a")
    expect(room.locator("[data-undo]")).to_be_visible()
    room.locator("[data-change] > summary").click()
    expect(room.locator("[data-undo]")).to_be_hidden()
    room.locator(".is-open .change-option").last.click(trial=True)  # nothing else would take the click
    room.keyboard.press("Escape")
    expect(room.locator("[data-undo]")).to_be_visible()


def test_opening_another_post_changes_nothing_but_the_selection(room: Page, posts: list[Post]) -> None:
    room.locator(f'[data-item="{posts[2].pk}"] [data-open]').click()
    expect(room.locator(OPEN_CARD)).to_have_text(posts[2].text)
    expect(room).to_have_url(re.compile(rf"sel={posts[2].pk}"))
    expect(room.locator("[data-filter-count]")).to_be_hidden()
    assert "status" not in room.url


def test_single_keys_do_nothing_while_typing_or_when_switched_off(room: Page, posts: list[Post]) -> None:
    room.keyboard.press("/")
    room.keyboard.type("a2x")
    expect(room.get_by_label("Search posts")).to_have_value("a2x")
    room.get_by_role("button", name="Keyboard shortcuts").click()
    room.get_by_label("Single-key shortcuts are on").uncheck()
    room.get_by_role("button", name="Close").click()
    room.keyboard.press("a")
    expect(room.locator("[data-undo]")).to_be_hidden()
    posts[0].refresh_from_db()
    assert posts[0].status == Post.Status.UNREVIEWED


def test_who_comes_second_chooses_between_both_decisions(
    room: Page, posts: list[Post], people: dict[str, User]
) -> None:
    triage.correct(post_id=posts[0].pk, version=1, by=people["lead"], category="sympathy_and_support")
    room.keyboard.press("a")
    conflict = room.locator("[data-conflict]")
    expect(conflict).to_contain_text(re.compile(r"Ana Lead changed this post .+: Set Sympathy and support\."))
    conflict.get_by_role("button", name="Use mine").click()
    expect(room.locator("[data-undo-text]")).to_contain_text("Confirmed")
    posts[0].refresh_from_db()
    assert (posts[0].status, posts[0].version) == (Post.Status.CONFIRMED, 3)


def _cut_decisions(room: Page) -> None:
    """Lets no decision through from now on. The browser may take a moment to cut the first request off."""
    room.route("**/confirm", lambda route: route.abort())
    room.wait_for_function("() => fetch('/none/confirm').then(() => false, () => true)")


def test_decisions_on_the_map_are_kept_while_the_line_is_down_and_sent_once(room: Page, posts: list[Post]) -> None:
    _cut_decisions(room)
    room.keyboard.press("a")
    expect(room.locator(OPEN_CARD)).not_to_have_text(posts[0].text)
    expect(room.get_by_text("1 decision is saved on this device")).to_be_visible()
    room.reload()
    expect(room.get_by_text("1 decision is saved on this device")).to_be_visible()
    assert not TriageAction.objects.exists()
    room.unroute("**/confirm")
    room.get_by_role("button", name="Send now").click()
    expect(room.get_by_text("1 decision is saved on this device")).to_be_hidden()
    assert TriageAction.objects.get().post_id == posts[0].pk


def test_a_saved_decision_that_somebody_else_made_first_is_told(
    room: Page, posts: list[Post], people: dict[str, User]
) -> None:
    _cut_decisions(room)
    room.keyboard.press("a")
    expect(room.get_by_text("1 decision is saved on this device")).to_be_visible()
    triage.dismiss(post_id=posts[0].pk, version=posts[0].version, by=people["lead"])
    room.unroute("**/confirm")
    room.get_by_role("button", name="Send now").click()
    question = room.locator("[data-asked=asks]")
    expect(question).to_contain_text(re.compile(r"A saved decision was not applied: Ana Lead changed this post .+"))
    expect(question.get_by_role("link", name="Open the post")).to_have_attribute("href", f"/triage/?sel={posts[0].pk}")
    room.reload()  # the question outlives the page
    question.get_by_role("button", name="Keep theirs").click()
    expect(question).to_have_count(0)
    posts[0].refresh_from_db()
    assert posts[0].status == Post.Status.DISMISSED


def test_a_chip_filters_map_and_list_and_the_address_remembers(room: Page) -> None:
    room.get_by_role("button", name=re.compile("^Needs")).click()
    expect(room).to_have_url(re.compile("cat=people"))
    expect(room.locator("[data-item]")).to_have_count(2)
    expect(room.get_by_role("button", name=re.compile("^Beira"))).to_have_count(0)
    room.go_back()
    expect(room.get_by_role("button", name=re.compile("^Needs"))).to_have_attribute("aria-pressed", "true")
    expect(room.locator("[data-item]")).to_have_count(6)


def test_the_start_of_the_time_range_moves_by_keyboard(room: Page) -> None:
    room.get_by_role("slider", name="Start of the time range").press("ArrowRight")
    expect(room).to_have_url(re.compile("t=72h"))
    expect(room.get_by_label("Time range", exact=True)).to_have_value("72h")


def test_critical_posts_outside_the_view_are_counted_and_shown(room: Page) -> None:
    room.goto(room.url.split("?", maxsplit=1)[0] + "?bbox=10,40,12,42")
    outside = room.locator("[data-outside]")
    expect(outside).to_contain_text("1 outside view")
    outside.click()
    expect(outside).to_be_hidden()


def test_a_viewer_reads_but_is_offered_no_decision(page: Page, sign_in: SignIn, posts: list[Post]) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, "viewer")
    expect(page.locator(OPEN_CARD)).to_have_text(posts[0].text)
    expect(page.get_by_role("button", name=re.compile("Confirm|Not relevant"))).to_have_count(0)


def test_without_scripts_the_list_the_chips_and_the_search_still_work(
    browser: Browser, sign_in: SignIn, posts: list[Post]
) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    sign_in(page, "reviewer")
    expect(page.locator("[data-item]")).to_have_count(6)
    page.get_by_role("button", name=re.compile("^Needs")).click()
    expect(page.locator("[data-item]")).to_have_count(2)
    page.context.close()


@pytest.mark.parametrize("width", [320, 390, 1024, 1440])
def test_no_page_scrolls_sideways(page: Page, sign_in: SignIn, posts: list[Post], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, "reviewer")
    expect(page.locator("[data-room][data-ready]")).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_text_is_shown_as_text(page: Page, sign_in: SignIn, make_post: Callable[..., Any]) -> None:
    hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    make_post(text=hostile, place_name=hostile, severity=1)
    make_post(text="again", place_name=hostile)
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, "reviewer")
    expect(page.locator(OPEN_CARD)).to_have_text(hostile)
    expect(page.locator(".mark-label, .card-text img")).to_have_count(1)
    assert "Map" in page.title()


def test_what_is_in_view_can_be_searched_and_the_area_be_taken_away_again(room: Page) -> None:
    expect(room.get_by_role("button", name="Search this area")).to_be_hidden()
    room.locator("#map").focus()
    for _step in range(3):
        room.keyboard.press("+")
        room.wait_for_load_state("networkidle")
    with room.expect_response("**/map/items?**"):
        room.get_by_role("button", name="Search this area").click()
    expect(room).to_have_url(re.compile(r"area=[-0-9.]+(,|%2C)[-0-9.]+"))
    expect(room.locator("[data-item]", has_text="no location")).to_have_count(0)
    expect(room.locator(".area-box")).to_have_count(1)
    link = room.url
    room.get_by_role("button", name="Only this area").click()
    expect(room.locator("[data-item]")).to_have_count(6)
    room.goto(link)
    expect(room.get_by_role("button", name="Only this area")).to_be_visible()
    expect(room.locator("[data-item]", has_text="no location")).to_have_count(0)


def test_the_list_makes_room_for_the_map_and_comes_back(room: Page) -> None:
    toggle = room.get_by_role("button", name="List beside the map")
    before = room.locator("#map").bounding_box()
    room.locator("[data-open]:visible").first.focus()
    room.keyboard.press("]")
    expect(room.locator("[data-panel]")).to_be_hidden()
    expect(toggle).to_be_focused()
    expect(toggle).to_have_attribute("aria-expanded", "false")
    after = room.locator("#map").bounding_box()
    assert before and after and after["width"] > before["width"] + 300
    room.reload()
    expect(room.locator("[data-panel]")).to_be_hidden()
    room.get_by_role("button", name="List beside the map").click()
    expect(room.locator("[data-panel]")).to_be_visible()


def test_on_a_phone_nothing_lies_over_the_key_figures(page: Page, sign_in: SignIn, posts: list[Post]) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, "reviewer")
    expect(page.locator("[data-room][data-ready]")).to_be_attached()
    for hidden in (".volume", ".legend", ".panel-toggle"):
        expect(page.locator(hidden)).to_be_hidden()
    for figure in page.locator(".figure:visible").all():
        figure.click(trial=True)
        box = figure.bounding_box()
        assert box
        for part in (0.1, 0.5, 0.9):
            at = [box["x"] + box["width"] * part, box["y"] + box["height"] * 0.7]
            assert page.evaluate("([x, y]) => Boolean(document.elementFromPoint(x, y).closest('.figures'))", at)


def test_what_nobody_needs_at_first_comes_after_the_map(room: Page) -> None:
    room.reload()
    expect(room.locator("html[data-shell=ready]")).to_be_attached()
    expect(room.locator(".volume canvas, .volume svg").first).to_be_visible()
    late = ("device.js", "share.js", "views.js", "volume.js", "translations.js", "area.js")
    began, drawn = room.evaluate(
        """names => [
          Object.fromEntries(performance.getEntriesByType("resource").map((one) => [one.name.split("/").at(-1), one.startTime])),
          performance.getEntriesByName("map-ready")[0].startTime,
        ]""",
        list(late),
    )
    assert {name: began[name] >= drawn for name in late} == dict.fromkeys(late, True)
