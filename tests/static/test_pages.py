"""What the strict content security policy and a network without a way out demand of templates and static files."""

import re
from pathlib import Path

import pytest

from responder.settings.paths import packaged

STATIC, TEMPLATES = packaged("static"), packaged("templates")
OURS = [path for path in STATIC.rglob("*") if path.suffix in {".css", ".js"} and "vendor" not in path.parts]
PAGES = sorted(TEMPLATES.rglob("*.html"))
SPRITE = (STATIC / "vendor" / "lucide" / "sprite.svg").read_text()
INLINE = re.compile(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE)
ELSEWHERE = re.compile(r"""(?:https?:)?//(?!www\.w3\.org)[a-z0-9.-]+\.[a-z]{2,}""", re.IGNORECASE)
ICON = re.compile(r'sprite\.svg\' %}#([a-z0-9-]+)"|partials/icon\.html" with name="([a-z0-9-]+)"')
USED_TOKEN = re.compile(r"var\((--[\w-]+)")
STATED_TOKEN = re.compile(r"(--[\w-]+)\s*:")


def _name(path: Path) -> str:
    return str(path.relative_to(path.parents[2]))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_no_template_carries_inline_script_or_style(page: Path) -> None:
    assert not INLINE.findall(page.read_text())


@pytest.mark.parametrize("page", [*PAGES, *OURS], ids=_name)
def test_nothing_is_fetched_from_elsewhere(page: Path) -> None:
    without_comments = re.sub(r"/\*.*?\*/|^\s*//.*$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    assert not ELSEWHERE.findall(without_comments)


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_icon_of_a_template_is_in_the_sprite(page: Path) -> None:
    wanted = {name for names in ICON.findall(page.read_text()) for name in names if name}
    assert not {name for name in wanted if f'id="{name}"' not in SPRITE}


def test_every_token_that_a_stylesheet_uses_is_stated_somewhere() -> None:
    sheets = "\n".join(path.read_text() for path in OURS if path.suffix == ".css")
    scripts = "\n".join(path.read_text() for path in OURS if path.suffix == ".js")
    stated = set(STATED_TOKEN.findall(sheets)) | set(re.findall(r'"(--[\w-]+)"', scripts))
    assert not set(USED_TOKEN.findall(sheets)) - stated


def test_the_work_of_others_comes_with_its_licence() -> None:
    folders = [folder for folder in (STATIC / "vendor").iterdir() if folder.is_dir()]
    assert folders
    assert not [folder.name for folder in folders if not list(folder.glob("LICENSE*"))]


@pytest.mark.parametrize("path", OURS, ids=_name)
def test_our_files_stay_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 400
