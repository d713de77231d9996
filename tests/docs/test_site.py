"""The documentation: built strictly without a network, its reference pages as the code says, every page's links alive."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands

from classifier import categories
from responder.api import urls as api
from responder.settings.schema import variables

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    # The only way out is a proxy that nobody listens at.
    environment = {
        "PATH": "/usr/bin:/bin",
        "NO_MKDOCS_2_WARNING": "1",
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
    }
    ran = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)], cwd=ROOT, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "WARNING" not in ran.stderr, ran.stderr
    return folder


def test_every_page_is_built_and_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        assert (site / page.relative_to(ROOT / "docs").with_suffix(".html")).exists(), page
    for page in site.rglob("*.html"):
        fetched = re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(https?:[^"]+)"', page.read_text())
        assert not [one for one in fetched if "relief-responder.example" not in one], page


def test_links_inside_lead_to_pages_and_anchors(site: Path) -> None:
    broken = []
    for page in site.rglob("*.html"):
        for target in re.findall(r'<a [^>]*href="([^"#:]*)(?:#[^"]*)?"', page.read_text()):
            if target and not (page.parent / target).resolve().exists():
                broken.append((str(page.relative_to(site)), target))
    assert not [one for one in broken if one[0] != "404.html"]


def test_the_generated_reference_is_what_the_code_says() -> None:
    ran = subprocess.run(
        [sys.executable, "scripts/reference.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, f"run python scripts/reference.py\n{ran.stderr[-2000:]}"


def test_every_command_setting_operation_and_category_is_in_the_reference() -> None:
    commands = (REFERENCE / "commands.md").read_text()
    for name, app in get_commands().items():
        if str(app).split(".")[0] in ("responder", "classifier", "monitoring"):
            assert f"## responder {name.replace('_', '-')}\n" in commands
    settings = (REFERENCE / "settings.md").read_text()
    assert all(f"`{name}`" in settings for name, _, _ in variables())
    shown = (REFERENCE / "categories.md").read_text()
    for name in (*categories.CATEGORY_IDS, *categories.PRIORITIES, *categories.NEEDS):
        assert f"`{name}`" in shown
    operations = (REFERENCE / "api.md").read_text()
    for pattern in api.urlpatterns:
        route = str(pattern.pattern)
        if route.startswith("v1/") and "<path" not in route:
            assert "/api/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route) in operations, route
