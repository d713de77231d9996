"""The exercise's town at street level: roads are drawn in light and in dark, and few bytes come for them."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from responder.models import Event, Post

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TOWN = "/map/?bbox=34.822,-19.852,34.858,-19.832"
TILES = '[data-basemap="file"] canvas.leaflet-tile-loaded'
VIEW_BYTES = 60_000
# How many pixels of the tiles have a colour, such as the one that streets have now.
PIXELS = """
(name) => {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  probe.fillRect(0, 0, 1, 1);
  const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
  let found = 0;
  for (const tile of document.querySelectorAll('[data-basemap="file"] canvas')) {
    if (!tile.width) continue;
    const { data } = tile.getContext("2d").getImageData(0, 0, tile.width, tile.height);
    for (let at = 0; at < data.length; at += 4) found += data[at] === red && data[at + 1] === green && data[at + 2] === blue;
  }
  return found;
}
"""


def test_the_town_has_streets_in_light_and_in_dark(
    page: Page,
    live_server: Any,
    sign_in: Callable[[Page, str], None],
    posts: list[Post],
    event: Event,
    complaints: list[str],
) -> None:
    Event.objects.filter(pk=event.pk).update(is_exercise=True)
    tiles: list[Any] = []
    page.on("response", lambda answer: tiles.append(answer) if answer.url.endswith(".mvt") else None)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 800})
    sign_in(page, "viewer")
    page.goto(f"{live_server.url}{TOWN}")
    expect(page.locator(TILES).first).to_be_attached()
    light = _drawn(page, 2000)
    assert page.evaluate(PIXELS, "--street-water") > 200
    expect(page.locator(".attribution")).to_contain_text("EXERCISE – invented streets")
    assert sum(int(one.headers.get("content-length", 0)) for one in tiles) <= VIEW_BYTES
    page.emulate_media(color_scheme="dark")
    assert _drawn(page, light // 2)
    page.locator("[data-layers]").click()
    page.get_by_label("Outlines only").check()
    expect(page.locator('[data-basemap="file"]')).to_have_count(0)
    page.get_by_label("Streets", exact=True).check()
    expect(page.locator(TILES).first).to_be_attached()
    assert [heard for heard in complaints if "503" not in heard] == []


def _drawn(page: Page, least: int) -> int:
    """Pixels in the colour of streets, once there are at least so many. The page's policy forbids Playwright's own waiting."""
    for _try in range(300):
        if (found := page.evaluate(PIXELS, "--street-minor")) >= least:
            return int(found)
        page.wait_for_timeout(100)
    raise AssertionError(f"fewer than {least} pixels of streets")
