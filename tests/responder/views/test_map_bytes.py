"""What a browser with an empty cache loads before the map of an event is drawn."""

import gzip
import json
import re
from pathlib import PurePosixPath

import pytest
from django.urls import reverse

from responder.settings.paths import packaged
from responder.templatetags.modules import IMPORT
from responder.web import script_texts

STATIC = packaged("static")
BUDGET = 200_000
HEADERS = 480  # bytes of an answer's headers, as measured
LINKED = re.compile(r'(?:href|src)="/static/([^"#]+)')
MODULE = re.compile(r'modulepreload" href="/static/([^"]+)')
LATER = re.compile(r'import\("\./([\w-]+\.js)"\)')
IN_STYLES = re.compile(r'@import url\("([\w-]+\.css)"\)')
# Loaded by a person's click, each with its styles; and on the first visit, until the tour is closed.
ON_DEMAND = {
    "js/place-dialog.js",
    "js/at-once.js",
    "js/sounds.js",
    "js/map-layers.js",
    "js/closer.js",  # closer than the map of a country
    "js/tour.js",
    "js/palette.js",
    "js/why.js",
    "js/cards.js",
    "js/mark-contents.js",
}  # by a click or a key, or once a post is open
VIEW = (27.0, -23.5, 42.0, -13.0)  # an event the size of a country: west, south, east, north


@pytest.fixture
def page(client, people, make_post):
    for n in range(30):
        make_post(severity=1 + n % 4, text=f"Report {n}: water and boats are needed, the road {n * 7} is cut")
    client.force_login(people["reviewer"])
    return client.get(reverse("map")).content.decode()


def test_the_first_map_fits_the_budget(page):
    sheets = {path for path in LINKED.findall(page) if path.endswith(".css")}
    imported = {f"css/{name}" for path in sheets for name in IN_STYLES.findall((STATIC / path).read_text())}
    later = {f"js/{name}" for path in MODULE.findall(page) for name in LATER.findall((STATIC / path).read_text())}
    assert "js/share.js" in later
    later -= ON_DEMAND
    assert script_texts.url("en") in page
    files = {*LINKED.findall(page), *imported, *later, "vendor/lucide/sprite.svg", *_shapes()}
    assert len(files) > 40
    sizes = {path: _sent((STATIC / path).read_bytes()) for path in files}
    sizes["texts"] = _sent(script_texts.catalogue("en")[0])
    assert sum(sizes.values()) + _sent(page.encode()) <= BUDGET, sorted(sizes.items(), key=lambda one: -one[1])[:8]


def test_no_script_waits_until_its_importer_has_arrived(page):
    asked = set(MODULE.findall(page))
    assert {"js/map.js", "js/shell.js", "js/conflict.js"} <= asked
    for path in asked:
        for name in IMPORT.findall((STATIC / path).read_text()):
            assert str(PurePosixPath(path).parent / name) in asked


def test_what_is_preloaded_is_there(page):
    for path in re.findall(r'rel="(?:modulepreload|preload)" href="/static/([^"]+)"', page):
        assert (STATIC / path).is_file(), path


def test_each_country_has_a_shape_for_a_region_and_one_for_a_town():
    for country in json.loads((STATIC / "vendor/world/index.json").read_text()):
        for folder in ("middle", "fine"):
            shape = json.loads((STATIC / f"vendor/world/{folder}/{country['key']}.json").read_text())
            for rings in shape["polygons"]:
                for ring in rings:
                    xs, ys = ring[::2], ring[1::2]
                    assert len(xs) == len(ys) > 3
                    assert sum(xs[1:]) == sum(ys[1:]) == 0, country  # a ring ends where it begins


def _sent(content: bytes) -> int:
    return min(len(content), len(gzip.compress(content))) + HEADERS


def _shapes() -> set[str]:
    """The shapes of the countries in view, with their index."""
    west, south, east, north = VIEW
    countries = json.loads((STATIC / "vendor/world/index.json").read_text())
    seen = {
        one["key"] for one in countries if any(w < east and e > west and s < north and n > south for w, s, e, n in one["boxes"])
    }  # fmt: skip
    assert "mozambique" in seen
    return {f"vendor/world/middle/{key}.json" for key in seen} | {"vendor/world/index.json"}
