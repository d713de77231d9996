"""What holds on every page on a wide screen, in one visit each: no barrier, a focus that is seen, a strict policy."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import checks
from tests.browser.places import Place, go

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WITH_FRAME = ("map", "feed")  # elsewhere the way begins behind the rail and the top bar, which are the same everywhere
NOTHING_TO_OPERATE = ("wall screen", "shortcuts", "palette")  # dialogs keep the focus and have tests of their own
RECORDS = ("/admin/", "/admin/monitoring/auditevent/", "/admin/classifier/trainingrun/", "/admin/responder/user/")


def test_every_page_on_a_wide_screen(
    watched: tuple[Page, list[str]], live_server: Any, places: dict[str, Place]
) -> None:
    page, wrong = watched
    page.set_viewport_size({"width": 1440, "height": 900})
    found: list[str] = []
    for name, place in (places | {"API": Place("/api/docs/", ".opblock, .swagger-ui")}).items():
        found += [f"{name}: {trouble}" for trouble in _visit(page, live_server.url, name, place, wrong)]
    assert not found, "\n".join(found)


def _visit(page: Page, server: str, name: str, place: Place, wrong: list[str]) -> list[str]:
    """What is wrong on a page, as it comes and opened; `wrong` gets what the browser complains about."""
    page.evaluate("0")  # what the browser still had to say about the last page is said
    wrong.clear()
    found = checks.loose_policy(name, go(page, server, place))
    if name == "API":
        return found + wrong  # Swagger's own page
    found += wrong
    found += checks.barriers(page)
    if name not in NOTHING_TO_OPERATE:
        if name not in WITH_FRAME:
            page.evaluate("location.hash = 'content'")  # where “Skip to content” leads
        found += checks.lost_focus(page)
        page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    for step in (*place.steps, *place.last):
        step(page)
    found += [one for one in wrong if one not in found and "inline style" not in one]  # axe styles what it measures
    return found + ([f"opened, {one}" for one in checks.barriers(page)] if place.steps else [])


def test_no_record_and_no_log_in_is_a_barrier(
    watched: tuple[Page, list[str]], live_server: Any, places: dict[str, Place]
) -> None:
    page, _wrong = watched
    page.set_viewport_size({"width": 1440, "height": 900})
    found: list[str] = []
    for address in RECORDS:
        page.goto(live_server.url + address)
        expect(page.locator("#content")).to_be_visible()
        found += [f"{address}: {one}" for one in checks.barriers(page)]
        if (first := page.locator("#result_list tbody th a").first).count():
            first.click()
            expect(page.locator("#content form")).to_be_visible()
            found += [f"{address}, one of them: {one}" for one in checks.barriers(page)]
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/login/")
    found += [f"login: {one}" for one in checks.barriers(page)]
    assert not found, "\n".join(found)


@pytest.mark.slow
def test_every_page_holds_words_two_fifths_longer_and_reads_from_right_to_left(
    watched: tuple[Page, list[str]], live_server: Any, places: dict[str, Place]
) -> None:
    page, _wrong = watched
    found: list[str] = []
    for name, place in places.items():
        page.set_viewport_size({"width": 1440, "height": 900})
        go(page, live_server.url, place)
        page.evaluate(checks.LONGER)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            for direction in ("ltr", "rtl"):
                page.evaluate(f"document.documentElement.dir = '{direction}'")
                found += [f"{name} {one}" for one in checks.not_fitting(page, f"{width} px, {direction}")]
    assert not found, "\n".join(found)
