"""A coordinator looks at areas and shapes beside the posts, measures, saves a picture, and goes through the marks by key."""

import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from responder.map_layers import managing
from responder.models import Event, Incident, MapLayer, Post, Team, TeamArea, User
from tests.browser import checks
from tests.responder.map_layers.files import area, file_of, square

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def layers(event: Event, people: dict[str, User]) -> list[MapLayer]:
    """Three districts, of which one has no posts and one an unknown number of people; a flood and a closed road."""
    rows = file_of(area(34, -20, "Beira", 500_000), area(33, -20, "Gondola"), area(35, -20, "Machanga", 90_000))
    districts = managing.add_areas(
        by=people["lead"], name="a.json", pieces=[rows], fields={"title": "Districts", "source": "OCHA, CC BY-IGO"}
    )
    water = file_of(
        ({"type": "Polygon", "coordinates": [square(34.2, -19.9, 0.5)]}, {"name": "Pungwe"}),
        ({"type": "LineString", "coordinates": [[33.5, -19.1], [34.8, -19.8]]}, {"name": "N6"}),
    )
    fields = {"title": "Water on 2 March", "kind": "flood", "colour": "teal", "as_of": "2026-03-02", "source": "UNOSAT"}
    flood = managing.add_shapes(event=event, by=people["lead"], name="b.json", pieces=[water], fields=fields)
    Incident.objects.create(
        event=event, title="Bridge is gone", latitude=-19.5, longitude=34.5, radius_km=5, severity=1
    )
    north = TeamArea.objects.create(
        event=event, name="North", area={"type": "Polygon", "coordinates": [square(33.2, -19.8, 0.6)]}
    )
    Team.objects.create(event=event, name="Boat 2", area=north, latitude=-20.0, longitude=34.1)
    return [districts, flood]


def test_layers_of_a_coordinator(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], posts: list[Post], layers: list[MapLayer],
    people: dict[str, User], complaints: list[str], tmp_path: Path,
) -> None:  # fmt: skip
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, "viewer")
    expect(page.locator("[data-room][data-ready]")).to_be_attached()
    page.get_by_role("button", name="Layers").click()
    panel = page.get_by_role("region", name="Layers", exact=True)
    panel.get_by_label("Districts", exact=True).check()
    expect(page.locator("path.area")).to_have_count(3)
    expect(page.locator("path.area-none")).to_have_count(1)  # hatched: unknown, not calm
    expect(panel.get_by_text("No posts: unknown, not calm")).to_be_visible()
    panel.get_by_text("As a table").click()
    expect(panel.get_by_role("row", name=re.compile(r"^Beira 4 1 0"))).to_be_visible()
    expect(panel.get_by_role("row", name=re.compile(r"^Machanga no posts"))).to_be_visible()
    panel.get_by_label("Per 100,000 people").check()
    expect(panel.get_by_role("row", name=re.compile(r"^Beira 4 1 0 0.8"))).to_be_visible()
    expect(panel.get_by_text("Number of people not known")).to_be_visible()
    for name in ("Water on 2 March", "Open incidents", "Teams and their areas"):
        panel.get_by_label(name, exact=True).check()
    expect(page.locator("path.shape")).to_have_count(2)
    expect(page.locator(".place-incident").first).to_be_visible()
    with page.expect_response("**/map/layers/mine"):
        panel.get_by_role("button", name="Move “Water on 2 March” up").press("Enter")
    people["viewer"].refresh_from_db()
    kept = {one["key"]: one for one in people["viewer"].map_layers["layers"]}
    assert kept[f"areas-{layers[0].pk}"]["rate"] and kept["incidents"]["on"] and not kept["reports"]["on"]
    unexpected = [text for text in complaints if "503" not in text]
    assert not unexpected
    assert checks.barriers(page) == []
    complaints.clear()  # axe measures by inline styles, which the policy refuses

    with page.expect_download() as saved:
        panel.get_by_role("button", name="Save as PNG").click()
    saved.value.save_as(tmp_path / "map.png")
    content = (tmp_path / "map.png").read_bytes()
    width, height = struct.unpack(">II", content[16:24])
    assert content.startswith(PNG) and width > 1800 and height > 1200 and len(content) > 60_000
    assert re.fullmatch(r"responder-map-flood-\d{8}T\d{4}Z\.png", saved.value.suggested_filename)

    panel.get_by_role("button", name="Measure a distance").click()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(400)
    page.keyboard.press("Enter")
    expect(page.locator(".measure-bar strong")).to_have_text(re.compile(r"Distance: [1-9][\d,.]* km"))
    page.keyboard.press("Escape")
    expect(page.locator(".measure-bar")).to_have_count(0)

    page.reload()  # on another device it would be the same
    expect(page.locator("path.area")).to_have_count(3)
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(page.locator("path.shape")).to_have_count(2)


def test_marks_by_keyboard_and_what_they_hold(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], posts: list[Post], complaints: list[str]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, "viewer")
    page.goto(f"{live_server.url}/map/?event=flood&bbox=34.2,-21.0,35.5,-19.8&z=9")
    expect(page.locator("[data-room][data-ready]")).to_be_attached()
    expect(page.locator(".has-label .mark-label").filter(has_text="Beira")).to_be_visible()  # a phone shows names
    page.locator("#map").focus()
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(focused).to_have_attribute("aria-label", re.compile("^Beira: 4 posts"))
    page.keyboard.press("Enter")  # all of them are at one place, so no zoom would take them apart
    contents = page.get_by_role("region", name="What this mark holds")
    expect(contents.get_by_text("Most urgent posts")).to_be_visible()
    expect(contents.get_by_role("listitem").first).to_contain_text("Beira 4 posts, 1 unanswered")
    page.keyboard.press("Escape")
    expect(contents).to_have_count(0)
    expect(page.locator(":focus")).to_have_attribute("aria-label", re.compile("^Beira"))
    page.keyboard.press("Enter")
    contents.get_by_role("link", name=re.compile("Trapped on a roof")).click()
    expect(page.locator(".item.is-open .card-text")).to_contain_text("Trapped on a roof")
    assert not [text for text in complaints if "503" not in text]
