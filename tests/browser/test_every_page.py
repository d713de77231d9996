"""What holds on every page: it reflows, its text may be twice as large, targets are large enough, the focus is seen."""

import time
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from responder.models import User
from tests.browser.places import Place, enter, go

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SETTLED_S = 10
MOST_STOPS = 30  # of the focus, on each page
WITH_FRAME = ("map", "feed")  # elsewhere the way begins behind the rail and the top bar, which are the same everywhere
SMALL_TARGETS = """
[...document.querySelectorAll("a[href], button, summary, select, input:not([type=hidden]), [role=button], [tabindex='0']")].filter((e) => {
  const label = e.matches("[type=checkbox], [type=radio]") && e.labels?.[0];
  const r = (label || e).getBoundingClientRect();
  const style = getComputedStyle(e);
  const inText = style.display === "inline" && e.matches("a"); // WCAG 2.5.8 leaves links within a sentence out
  const shown = r.width > 1 && r.height > 1 && style.visibility !== "hidden" && e.checkVisibility();
  return shown && !inText && !e.closest(".visually-hidden") && (r.width < 24 || r.height < 23.5);
}).map((e) => e.outerHTML.replace(/\\s+/g, " ").slice(0, 110))
"""
CUT_WORDS = """
[...document.querySelectorAll("button, summary, a.button, h1, h2, h3, label, dt, dd, th, .tabs a, .chip, .severity")].filter((e) => {
  const style = getComputedStyle(e);
  const cuts = ["hidden", "clip"].includes(style.overflowX) && style.textOverflow !== "ellipsis";
  const shown = e.checkVisibility() && e.clientWidth > 1 && !e.closest(".visually-hidden");
  return shown && cuts && (e.scrollWidth > e.clientWidth + 2 || e.scrollHeight > e.clientHeight + 4);
}).map((e) => e.outerHTML.replace(/\\s+/g, " ").slice(0, 110))
"""
LONGER = """
() => {  // as translations are: each text with two fifths of itself once more
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    const text = node.data.trim();
    if (!text || node.parentElement.closest("script, style, svg, .num, kbd, time, bdi")) continue;
    node.data += ` ${text.slice(0, Math.ceil(text.length * .4)).trim()}`;
  }
}
"""
WIDE = """
[...document.querySelectorAll("body *")].filter((e) => {
  const r = e.getBoundingClientRect();
  return r.right > innerWidth + 1 && r.width > 1 && e.checkVisibility();
}).map((e) => e.outerHTML.replace(/\\s+/g, " ").slice(0, 90)).slice(0, 4)
"""
FOCUSED = """
() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const parts = e.matches("[type^=date]"); // the browser's own fields for day, month and year
  const seen = (window.seenStops ??= []);
  const again = seen.indexOf(e);
  const before = seen.at(-1);
  if (again < 0) seen.push(e);
  const target = (e.matches("input") && e.checkVisibility() === false && e.labels?.[0]) || e;
  const r = target.getBoundingClientRect();
  const style = getComputedStyle(e);
  const around = [e, ...(e.labels ?? []), e.parentElement, e.querySelector("*")].filter(Boolean).map((one) => getComputedStyle(one));
  const ring = around.some((one) => (one.outlineStyle !== "none" && parseFloat(one.outlineWidth) >= 1) || one.boxShadow !== "none");
  const points = [[.5, .5], [.15, .5], [.85, .5], [.5, .2], [.5, .8]].map(([x, y]) => [r.left + r.width * x, r.top + r.height * y]);
  const free = points.some(([x, y]) => {
    const top = document.elementFromPoint(x, y);
    return top && (target.contains(top) || top.contains(target) || top.closest("label")?.contains(e));
  });
  return {
    skip: e.matches(".skip"), again: parts ? -1 : again, ring: ring || parts, free, html: e.outerHTML.replace(/\\s+/g, " ").slice(0, 110),
    backwards: Boolean(before && again < 0 && before.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_PRECEDING),
  };
}
"""


@pytest.fixture
def room(context: BrowserContext, live_server: Any, people: dict[str, User]) -> Page:
    """A page of somebody who may see everything."""
    enter(context, live_server.url, people["superuser"])
    return context.new_page()


def _stays_wide(page: Page) -> bool:
    """Whether the page scrolls sideways; charts take a moment to follow a new width."""
    end = time.monotonic() + SETTLED_S
    while page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        if time.monotonic() > end:
            return True
        page.wait_for_timeout(50)
    return False


def test_every_page_reflows_at_320_pixels_and_with_text_twice_as_large(
    room: Page, live_server: Any, places: dict[str, Place]
) -> None:
    found: list[str] = []
    for name, place in places.items():
        room.set_viewport_size({"width": 320, "height": 640})
        go(room, live_server.url, place)
        for width, size in ((320, "100%"), (640, "200%")):
            room.set_viewport_size({"width": width, "height": 800})
            room.evaluate(f"document.documentElement.style.fontSize = '{size}'")
            if _stays_wide(room):
                found.append(f"{name} scrolls at {width} px, {size}: {room.evaluate(WIDE)}")
            found += [f"{name} cuts at {width} px, {size}: {one}" for one in room.evaluate(CUT_WORDS)]
    assert not found, "\n".join(found)


@pytest.mark.slow
def test_every_page_holds_words_two_fifths_longer_and_reads_from_right_to_left(
    room: Page, live_server: Any, places: dict[str, Place]
) -> None:
    found: list[str] = []
    for name, place in places.items():
        room.set_viewport_size({"width": 1440, "height": 900})
        go(room, live_server.url, place)
        room.evaluate(LONGER)
        for width in (1440, 390):
            room.set_viewport_size({"width": width, "height": 900})
            for direction in ("ltr", "rtl"):
                room.evaluate(f"document.documentElement.dir = '{direction}'")
                if _stays_wide(room):
                    found.append(f"{name} scrolls at {width} px, {direction}: {room.evaluate(WIDE)}")
                found += [f"{name} cuts at {width} px, {direction}: {one}" for one in room.evaluate(CUT_WORDS)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width", [pytest.param(1440, marks=pytest.mark.slow), 390])
def test_every_target_of_every_page_is_at_least_24_pixels(
    room: Page, live_server: Any, places: dict[str, Place], width: int
) -> None:
    room.set_viewport_size({"width": width, "height": 900})
    found: list[str] = []
    for name, place in places.items():
        go(room, live_server.url, place)
        for step in place.steps:
            step(room)
        found += [f"{name}: {one}" for one in room.evaluate(SMALL_TARGETS)]
    assert not found, "\n".join(found)


def test_the_focus_goes_through_every_page_in_order_seen_and_not_covered(
    room: Page, live_server: Any, places: dict[str, Place]
) -> None:
    room.set_viewport_size({"width": 1440, "height": 900})
    found: list[str] = []
    for name, place in places.items():
        if name in ("wall screen", "shortcuts", "palette"):
            continue  # nothing to operate; dialogs keep the focus and have tests of their own
        go(room, live_server.url, place)
        if name not in WITH_FRAME:
            room.evaluate("location.hash = 'content'")  # where “Skip to content” leads
        stops = 0
        for _stop in range(MOST_STOPS):
            room.keyboard.press("Tab")
            at = room.evaluate(FOCUSED)
            if at is None or at["again"] == 0 or (stops and at["skip"]):
                break  # round through the browser's own controls
            stops += 1
            troubles = {"comes again": at["again"] > 0, "has no ring": not at["ring"], "is covered": not at["free"],
                        "goes back": at["backwards"]}  # fmt: skip
            found += [f"{name}: {trouble}: {at['html']}" for trouble, yes in troubles.items() if yes]
        assert stops or not room.locator("main a, main button").count(), name
    assert not found, "\n".join(found)
