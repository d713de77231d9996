"""A coordinator switches the layers of official alerts and of what is not known on and off, and follows them to their lists."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from classifier import clock
from responder.hazards.shapes import Shape
from responder.models import Event, HazardSource, OfficialAlert, Post
from tests.browser import checks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SQUARE = [[34, -20.5], [35.5, -20.5], [35.5, -19], [34, -19], [34, -20.5]]
SIZES = {"wide": (1440, 900), "phone": (390, 844)}


@pytest.fixture
def alerts(event: Event) -> list[OfficialAlert]:
    """A severe flood with an outline, and an extreme cyclone whose source states a point; the newest answer was unreadable."""
    now = clock.now()
    source = HazardSource.objects.create(
        name="GDACS", kind="gdacs", address="https://gdacs.example/rss", answered_at=now - timedelta(minutes=40), unreadable=1,
        last_error="it is not well-formed XML (line 3, column 20)", last_error_at=now, last_unreadable=True, newest_at=now,
    )  # fmt: skip
    made = []
    for number, (hazard, level, word, shape) in enumerate(
        [
            ("flood", 2, "Orange", Shape.of([SQUARE])),
            ("tropical_cyclone", 1, "Red", Shape.of(circles=[(36.0, -17.5, 150.0)])),
        ]
    ):
        west, south, east, north = shape.bounds or (0, 0, 0, 0)
        made.append(
            OfficialAlert.objects.create(
                source=source,
                identifier=f"a{number}",
                hazard=hazard,
                level=level,
                level_word=word,
                headline=f"{word} alert",
                sent=now - timedelta(hours=3),
                valid_until=now + timedelta(days=1),
                shape=shape.as_json(),
                west=west,
                south=south,
                east=east,
                north=north,
                radius_is_assumed=number == 1,
                area_name="Sofala",
            )
        )
    return made


def test_layers_are_switched_on_and_off(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], posts: list[Post], alerts: list[OfficialAlert],
    complaints: list[str],
) -> None:  # fmt: skip
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, "viewer")
    expect(page.locator("[data-room][data-ready]")).to_be_attached()
    button = page.get_by_role("button", name="Layers")
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    panel = page.get_by_role("region", name="Layers")
    panel.get_by_label("Official alerts", exact=True).check()
    expect(page.locator("path.hazard")).to_have_count(2)
    expect(page.locator(".hazard-name").filter(has_text="Flood, Orange (severe)")).to_be_visible()
    expect(panel.get_by_text("could not be read: it is not well-formed XML")).to_be_visible()
    panel.get_by_label("What we don't know", exact=True).check()
    expect(panel.get_by_text("No posts: unknown, not calm")).to_be_visible()
    hatched = page.locator("path.silent").first
    expect(hatched).to_have_attribute("fill", "url(#hatch-layer-unknowns)")
    assert page.locator("#hatch-layer-unknowns").count() == 1
    assert not _serious(complaints)
    _look(page, "map with layers")  # axe measures the map by inline styles, which the policy refuses
    complaints.clear()

    page.reload()  # the layers of the last visit come back, the panel does not
    expect(page.locator("path.hazard")).to_have_count(2)
    expect(page.get_by_role("region", name="Layers")).to_be_hidden()
    button.press("Enter")
    panel.get_by_label("Official alerts", exact=True).uncheck()
    expect(page.locator("path.hazard")).to_have_count(0)
    expect(page.locator("path.silent").first).to_be_attached()
    panel.get_by_label("What we don't know", exact=True).press("Escape")
    expect(panel).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    panel.get_by_role("link", name="1", exact=True).first.click()  # urgent posts without a place
    expect(page.get_by_role("heading", name="What we don't know")).to_be_visible()
    expect(page.get_by_role("link", name="The bridge is gone")).to_be_visible()
    _look(page, "unknowns")
    page.get_by_role("link", name="Official alerts").first.click()
    expect(page.get_by_role("link", name="Red alert")).to_be_visible()
    _look(page, "alerts")
    page.get_by_role("link", name="Red alert").click()
    expect(page.get_by_text("is our assumption")).to_be_visible()
    _look(page, "alert")
    assert not _serious(complaints)


def _serious(complaints: list[str]) -> list[str]:
    """The complaints without those about live updates, which the test server cannot hold open."""
    return [heard for heard in complaints if "live/stream" not in heard and "503" not in heard]


def _look(page: Page, name: str) -> None:
    """Nothing is a barrier and everything fits, on a wide screen and on a phone."""
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        assert checks.not_fitting(page, f"{name}, {size}") == []
        assert checks.barriers(page) == []
    page.set_viewport_size({"width": 1440, "height": 900})
