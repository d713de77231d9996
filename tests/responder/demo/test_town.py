"""The map of the exercise's town: small, marked as invented, and what its script makes."""

import math

from responder.basemaps.archive import Archive
from responder.basemaps.checking import check
from responder.demo import places, town
from responder.demo.town import TOWN_FILE

MOST_BYTES = 300_000
VIEW_BYTES = 60_000


def tile_at(longitude: float, latitude: float, zoom: int) -> tuple[int, int]:
    row = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2
    return int((longitude + 180) / 360 * 2**zoom), int(row * 2**zoom)


def test_the_file_is_small_and_says_that_it_is_invented() -> None:
    found = check(TOWN_FILE)
    assert found.size <= MOST_BYTES
    assert found.attribution == town.ATTRIBUTION == "EXERCISE – invented streets"
    assert (found.header.min_zoom, found.header.max_zoom) == (9, 14)


def test_a_view_of_a_wide_screen_at_zoom_15_is_light() -> None:
    archive = Archive(TOWN_FILE)
    x, y = tile_at(*town.MIDDLE, 14)  # at zoom 15, a screen of 1440 × 900 shows at most four by three tiles of zoom 14
    views = [
        sum(len(tile.content) for dx in range(4) for dy in range(3) if (tile := archive.tile(14, x - left + dx, y - top + dy)))
        for left in range(4) for top in range(3)
    ]  # fmt: skip
    assert max(views) <= VIEW_BYTES
    assert min(views) > 0


def test_the_town_holds_what_a_crew_looks_for_in_every_language() -> None:
    found = list(town.features())
    kinds = {properties["kind"] for _layer, properties, _shape in found}
    assert {"hospital", "shelter", "school", "river", "minor_road", "major_road", "notice", "ferry_terminal"} <= kinds
    assert {"name:en", "name:ar", "name:es", "name:fr", "name:pt", "name:tr", "name:uk"} <= set(town.RIVER)
    assert {f"name:{code}" for code in ("ar", "es", "fr", "pt", "tr", "uk")} <= set(town.NOTICE)
    names = [properties["name"] for layer, properties, _shape in found if layer == "roads" and "name" in properties]
    assert len(names) == len(set(names)) > 40


def test_it_is_drawn_the_same_each_time_around_the_place_of_the_posts() -> None:
    assert list(town.features()) == list(town.features())
    beira = next(row for row in places._ROWS.splitlines() if row.startswith("Beira|")).split("|")
    assert (float(beira[3]), float(beira[2])) == town.MIDDLE
