"""The taxonomy: names, keys and marks that people and partners' scripts rely on."""

from pathlib import Path

import pytest

from classifier import categories, label_schemas
from classifier.categories import BY_ID, CANT_JUDGE, CATEGORIES, GROUPS, NEEDS, PRIORITIES

ROOT = Path(__file__).parents[2]


def test_there_are_the_ten_humanitarian_categories() -> None:
    assert {category.id for category in CATEGORIES} == {
        "caution_and_advice", "displaced_people_and_evacuations", "infrastructure_and_utility_damage",
        "injured_or_dead_people", "missing_or_found_people", "not_humanitarian", "other_relevant_information",
        "requests_or_urgent_needs", "rescue_volunteering_or_donation_effort", "sympathy_and_support",
    }  # fmt: skip


def test_the_keys_are_the_digits_in_the_order_of_the_list() -> None:
    assert "".join(category.key for category in CATEGORIES) == "1234567890"


@pytest.mark.parametrize("column", ["id", "label", "key", "glyph", "css"])
def test_no_two_categories_look_or_sound_the_same(column: str) -> None:
    values = [getattr(category, column) for category in BY_ID.values()]
    assert len(set(values)) == len(values) == 11


def test_every_group_has_a_category_and_every_category_a_group() -> None:
    assert {category.group for category in CATEGORIES} | {categories.UNMEASURED} == set(GROUPS)
    assert set(categories.GROUP_LABELS) == set(categories.GROUP_GLYPHS) == set(GROUPS)
    assert set(categories.ACTIONABLE_GROUPS) < set(GROUPS)


def test_a_post_that_cannot_be_judged_is_set_aside() -> None:
    assert BY_ID[CANT_JUDGE].group == "aside"
    assert CANT_JUDGE not in categories.CATEGORY_IDS


@pytest.mark.parametrize("part", ["", "-ink", "-tint"])
def test_the_style_sheets_colour_every_category(part: str) -> None:
    sheets = "".join(path.read_text() for path in (ROOT / "static" / "css").glob("*.css"))
    stems = [*(one.css for one in BY_ID.values()), *label_schemas.OWN_COLOURS]
    assert [stem for stem in stems if f"--cat-{stem}{part}:" not in sheets] == []
    assert [stem for stem in stems for kind in ("disc", "ink", "dot") if f".{kind}-{stem} " not in sheets] == []


def test_every_icon_of_a_category_is_in_the_sprite() -> None:
    sprite = (ROOT / "static" / "vendor" / "lucide" / "sprite.svg").read_text()
    wanted = {*label_schemas.GLYPHS, *categories.GROUP_GLYPHS.values(), categories.UNSURE.glyph}
    assert not {name for name in wanted if f'id="{name}"' not in sprite}


def test_priorities_run_from_the_most_urgent_and_needs_keep_the_order_of_the_interface() -> None:
    assert PRIORITIES == ("Critical", "High", "Medium", "Low")
    assert NEEDS == (
        "request", "medical_help", "medical_products", "search_and_rescue", "water", "food", "shelter", "clothing",
        "money", "missing_people", "refugees", "infrastructure_related",
    )  # fmt: skip


def test_names_and_groups_are_looked_up_by_id_and_an_unknown_one_is_an_error() -> None:
    assert categories.label("missing_or_found_people") == "Missing or found people"
    assert categories.group_of("missing_or_found_people") == "people"
    with pytest.raises(KeyError):
        categories.label("weather")
