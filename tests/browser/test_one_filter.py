"""One filter everywhere: what the map counts is what the list holds, and a link shows others the same posts."""

import contextlib
import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.http import QueryDict
from playwright.sync_api import Browser, Error, Page, Route, expect

from classifier import clock
from responder.models import Post, User
from responder.models.post import UNANSWERED
from responder.queries.filters import Filter
from tests.browser.places import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CATEGORIES = (
    "requests_or_urgent_needs", "missing_or_found_people", "infrastructure_and_utility_damage", "caution_and_advice",
)  # fmt: skip
AREAS = ("", "bbox=33,-21,36,-18", "bbox=34.5,-20.2,35.2,-19.5", "bbox=30,-30,31,-29", "bbox=-20,-40,60,10")
# Of the marks that can be seen: those under the figures or the legend count as outside.
ON_BADGES = """
(badges) => badges.filter((badge) => {
  const { left, top, width, height } = badge.closest(".leaflet-marker-icon").getBoundingClientRect();
  return document.elementFromPoint(left + width / 2, top + height / 2)?.closest("#map");
}).reduce((sum, badge) => sum + Number(badge.textContent), 0)
"""


@pytest.fixture
def many(make_post: Callable[..., Post]) -> list[Post]:
    """Eighty posts over a country, some without a place, some set aside, some decided."""
    draw = random.Random(7)
    found = []
    for number in range(80):
        placed = draw.random() < 0.8
        where = {"latitude": draw.uniform(-22, -16), "longitude": draw.uniform(32, 37)} if placed else {
            "latitude": None, "longitude": None, "radius_km": None, "place_name": ""}  # fmt: skip
        found.append(make_post(
            text=f"{draw.choice(['Water', 'Bridge', 'Boats'])} at village {number}", severity=draw.choice([1, 1, 2, 3, 4]),
            category=draw.choice(CATEGORIES), band=draw.choice([2, 3, 4, 5]),
            status=draw.choice(["unreviewed", "unreviewed", "unreviewed", "confirmed"]), **where,
        ))  # fmt: skip
    return found


@pytest.fixture
def room(page: Page, live_server: Any, people: dict[str, User], many: list[Post]) -> Page:
    page.set_viewport_size({"width": 1440, "height": 900})
    enter(page.context, live_server.url, people["lead"])
    return page


def _map(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("[data-room][data-ready]")).to_be_attached()


def _ids(page: Page) -> list[str]:
    """Of all posts of the list, every page of it."""
    while page.locator("[data-more]:visible").count():
        before = page.locator("[data-item]").count()
        page.locator("[data-more]").click()
        expect(page.locator("[data-item]")).not_to_have_count(before)
    found: list[str] = page.locator("[data-item]").evaluate_all("all => all.map((one) => one.dataset.item)")
    return found


@pytest.mark.parametrize("area", AREAS)
def test_badges_and_what_is_outside_add_up_to_the_key_figure_and_to_the_list(
    room: Page, live_server: Any, area: str
) -> None:
    _map(room, f"{live_server.url}/map/?{area}")
    figure = int(room.locator('[data-figure="unanswered"]').inner_text())
    on_marks = room.locator(".mark-badge-text").evaluate_all(ON_BADGES)
    outside = re.search(r"([0-9]+)", room.locator("[data-outside]").text_content() or "")
    hidden = room.locator("[data-outside]").is_hidden()
    unanswered = Post.objects.filter(UNANSWERED)
    without_place = unanswered.filter(latitude=None).count()
    _map(room, f"{live_server.url}/map/?sev=1")
    assert {str(pk) for pk in unanswered.values_list("pk", flat=True)} <= set(_ids(room))
    assert figure == unanswered.count() > unanswered.filter(status="unreviewed").count()
    assert on_marks + (0 if hidden or not outside else int(outside[1])) == figure - without_place
    assert on_marks < figure


def test_a_link_shows_somebody_else_the_same_posts_in_the_same_order(
    browser: Browser, room: Page, live_server: Any, people: dict[str, User]
) -> None:
    _map(room, f"{live_server.url}/map/")
    room.get_by_role("button", name=re.compile("^People")).click()
    expect(room).to_have_url(re.compile("cat="))
    room.locator(".filter-menu summary").click()
    room.get_by_label("Review", exact=True).select_option("review")
    room.get_by_label("Confidence at least").select_option("3")
    room.get_by_role("button", name="Apply").first.click()
    expect(room).to_have_url(re.compile("conf=3"))
    room.get_by_label("Time range", exact=True).select_option("24h")
    expect(room).to_have_url(re.compile("t=24h"))
    room.keyboard.press("/")
    room.keyboard.type("water")
    room.keyboard.press("Enter")
    expect(room).to_have_url(re.compile("q=water"))
    expect(room.locator("[data-room][data-ready]")).to_be_attached()
    expect(room.locator("[data-item] .item-text").first).to_contain_text("Water")
    expect(room.locator("[data-item] .item-text", has_text=re.compile("Bridge|Boats"))).to_have_count(0)
    link, ids = room.url, _ids(room)
    assert 0 < len(ids) < 80
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    enter(context, live_server.url, people["viewer"])
    other = context.new_page()
    _map(other, link)
    assert _ids(other) == ids
    query = link.split("?", maxsplit=1)[1]
    other.goto(f"{live_server.url}/feed/?{query}")
    shown = other.locator("[data-post]").evaluate_all("all => all.map((p) => p.dataset.post)")
    assert sorted(shown) == sorted(ids)
    context.close()


def test_an_answer_that_comes_late_does_not_replace_the_list_of_a_newer_filter(
    room: Page, live_server: Any, many: list[Post]
) -> None:
    _map(room, f"{live_server.url}/map/")
    late: list[Route] = []
    room.route("**/map/items?*", lambda route: route.continue_() if late else late.append(route))
    room.get_by_label("Time range", exact=True).select_option("24h")
    expect(room).to_have_url(re.compile("t=24h"))
    room.get_by_role("searchbox").fill("water")
    room.get_by_role("searchbox").press("Enter")
    words = room.locator("[data-item] .item-text")
    expect(words.filter(has_text=re.compile("Bridge|Boats"))).to_have_count(0)
    before = _ids(room)
    with contextlib.suppress(Error):  # the page has cancelled it
        late[0].continue_()
    room.wait_for_load_state("networkidle")
    assert _ids(room) == before
    assert len(before) == Post.objects.filter(text__startswith="Water").count()


def test_silence_of_the_server_is_told_after_a_minute(room: Page, live_server: Any) -> None:
    room.clock.install()
    room.route("**/live/**", lambda route: route.abort())
    _map(room, f"{live_server.url}/map/")
    room.clock.fast_forward(62_000)
    expect(room.locator("[data-live]")).to_have_attribute("data-state", "stale")
    expect(room.get_by_text("The data may be out of date.")).to_be_visible()


@pytest.mark.parametrize(
    ("chosen", "hours"), [("t=6h", (6.0, 0.0)), ("t=now-3h..now-90m", (3.0, 1.5)), ("sev=1", (None, 0.0))]
)
def test_a_link_is_shared_as_a_moving_window_or_frozen(
    page: Page, live_server: Any, people: dict[str, User], posts: list[Post], chosen: str,
    hours: tuple[float | None, float],
) -> None:  # fmt: skip
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    enter(page.context, live_server.url, people["lead"])
    _map(page, f"{live_server.url}/map/?{chosen}")
    copied = [_copied(page, kind) for kind in ("Relative time range", "Fixed time range")]
    moving, frozen = (Filter.parse(QueryDict(urlsplit(link).query), None)[0] for link in copied)
    now = clock.now()
    assert moving == Filter.parse(QueryDict(f"event={posts[0].event.ref}&{chosen}"), None)[0]
    began, ended = frozen.since(now + timedelta(days=9)), frozen.until(now + timedelta(days=9))
    assert ended and abs((now - ended).total_seconds() / 3600 - hours[1]) < 0.1
    assert began and (hours[0] is None or abs((now - began).total_seconds() / 3600 - hours[0]) < 0.1)
    assert replace(frozen, time_range=moving.time_range) == moving


def _copied(page: Page, kind: str) -> str:
    page.evaluate("navigator.clipboard.writeText('')")
    page.get_by_label("Share").click()
    page.get_by_role("button", name=kind).click()
    expect(page.locator('[data-banner="share"]')).to_contain_text("The link was copied.")
    return str(page.evaluate("navigator.clipboard.readText()"))
