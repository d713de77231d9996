"""Colours of streets: names stand out from their halo and their ground, and both dark themes are the same."""

import re

import pytest

from responder.settings.paths import packaged
from tests.static.test_tokens import contrast

SHEET = (packaged("static") / "css" / "streets.css").read_text()
STYLES = (packaged("static") / "js" / "street-styles.js").read_text()
BLOCK = re.compile(r"([^{}]+)\{([^{}]*)\}")
COLOUR = re.compile(r"--(street-[\w-]+):\s*(#[0-9a-f]{6})\s*;")
BLOCKS = [
    (selector.strip(), dict(COLOUR.findall(body))) for selector, body in BLOCK.findall(SHEET) if "--street" in body
]
LIGHT, DARK, SYSTEM_DARK = (colours for _selector, colours in BLOCKS)
LABELS = ("label", "river-label", "notice", "health", "shelter", "school", "other")


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_labels_and_marks_can_be_read(colours: dict[str, str]) -> None:
    grounds = ("halo", "earth", "urban", "green", "works", "building")
    faint = [
        (label, ground) for label in LABELS for ground in grounds if contrast(colours[f"street-{label}"], colours[f"street-{ground}"]) < 4.5
    ]  # fmt: skip
    assert not faint
    assert not [mark for mark in LABELS[3:] if contrast(colours[f"street-{mark}"], colours["street-glyph"]) < 4.5]


def test_every_theme_has_every_colour_that_the_rules_use() -> None:
    used = {f"street-{name}" for name in re.findall(r'"([\w-]+)"', STYLES.split("const NAMES = [")[1].split("]")[0])}
    assert set(LIGHT) == set(DARK) == used
    assert DARK == SYSTEM_DARK


def test_paper_has_the_light_colours() -> None:
    assert ".streets-paper" in BLOCKS[0][0] and ":root" in BLOCKS[0][0]
