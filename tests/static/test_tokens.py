"""Colours stay readable: contrast of every pair in use, in both themes (WCAG 2.2: 4.5 for text, 3 for marks)."""

import re
from itertools import product

import pytest

from classifier import categories, label_schemas
from responder.settings.paths import packaged

TOKENS = (packaged("static") / "css" / "tokens.css").read_text()
BLOCK = re.compile(r"([^{}]+)\{([^{}]*)\}")
COLOUR = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6})\s*;")
STEMS = [*(category.css for category in categories.SHIPPED.values()), *label_schemas.OWN_COLOURS]
SURFACES = ("surface", "surface-2")

TEXT_PAIRS = [
    *product(("text", "text-2", "text-3"), ("bg", "surface", "surface-2", "surface-3")),
    *product(("accent", "accent-strong"), (*SURFACES, "accent-tint")),
    *product(("alarm", "warn", "ok"), SURFACES),
    *((tone, f"{tone}-tint") for tone in ("alarm", "warn", "ok", "info")),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-alarm", "alarm"),
    *product(("map-label",), ("map-land", "map-water", "map-halo")),
    *product((f"cat-{stem}-ink" for stem in STEMS), SURFACES),
    *((f"cat-{stem}-ink", f"cat-{stem}-tint") for stem in STEMS),
]
MARK_PAIRS = [
    *product((f"cat-{stem}" for stem in STEMS), ("surface",)),
    *product((f"grp-{group}" for group in categories.GROUPS), ("surface",)),
    *product(("border-strong", "focus"), SURFACES),
    *product(("sev-1", "sev-2", "accent"), ("map-land", "map-water", "surface")),
]


def _themes() -> dict[str, dict[str, str]]:
    blocks = {selector.strip(): dict(COLOUR.findall(body)) for selector, body in BLOCK.findall(TOKENS)}
    light = next(colours for selector, colours in blocks.items() if selector.endswith(":root") and "bg" in colours)
    dark = next(colours for selector, colours in blocks.items() if selector.endswith('[data-theme="dark"]'))
    system = next(colours for selector, colours in blocks.items() if selector.endswith(":not([data-theme])"))
    return {"light": light, "dark": light | dark, "system dark": light | system}


THEMES = _themes()


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, as WCAG 2.2 defines it."""
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_wcag_defines_it() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("theme", THEMES)
def test_text_stands_out_from_what_it_is_written_on(theme: str) -> None:
    colours = THEMES[theme]
    faint = [pair for pair in TEXT_PAIRS if contrast(colours[pair[0]], colours[pair[1]]) < 4.5]
    assert not faint


@pytest.mark.parametrize("theme", THEMES)
def test_marks_and_outlines_stand_out_from_their_ground(theme: str) -> None:
    colours = THEMES[theme]
    faint = [pair for pair in MARK_PAIRS if contrast(colours[pair[0]], colours[pair[1]]) < 3]
    assert not faint


def test_a_dark_device_and_the_dark_choice_look_the_same() -> None:
    assert THEMES["dark"] == THEMES["system dark"]
