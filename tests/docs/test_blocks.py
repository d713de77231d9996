"""What README, tutorial, how-tos and runbook tell people to type is typed here, or says what it needs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.docs import blocks
from tests.docs.blocks import ROOT
from tests.product.conftest import environment  # noqa: F401  a fixture
from tests.product.test_up import Up
from tests.services import free_port

TYPED = re.compile(r"^(?:responder|make|docker|kubectl|curl|pip|az) ", re.M)
TUTORIAL = ROOT / "docs" / "tutorial" / "ten-minutes.md"
RUNBOOK = ROOT / "docs" / "runbook.md"


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("document", blocks.PAGES, ids=_name)
def test_each_block_is_run_by_a_test_or_says_what_it_needs(document: Path) -> None:
    assert document.read_text().count("```") == 2 * len(blocks.in_page(document))
    for block in blocks.in_page(document):
        assert block.kind in {"sh", *blocks.NEEDS, *blocks.SHOWN}, block
        assert block.kind not in blocks.SHOWN or not TYPED.search(block.code), block


@pytest.mark.parametrize("document", blocks.PAGES, ids=_name)
def test_each_command_in_a_sentence_exists(document: Path) -> None:
    known = {name.replace("_", "-") for name in get_commands()}
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"`responder ([a-z][a-z-]+)", document.read_text())) <= known
    assert set(re.findall(r"`make ([a-z-]+)", document.read_text())) <= targets


def test_the_readmes_blocks_run(tmp_path: Path, environment: dict[str, str]) -> None:  # noqa: F811
    assert blocks.run(ROOT / "README.md", tmp_path, environment) == 1


def test_what_make_run_starts_is_what_the_tutorials_test_starts() -> None:
    assert "@exec $(RESPONDER) up --demo --host $(HOST) --port $(PORT)" in (ROOT / "Makefile").read_text()


@pytest.mark.slow
@pytest.mark.fresh
def test_the_tutorial_runs(tmp_path: Path, environment: dict[str, str]) -> None:  # noqa: F811
    running = Up(environment, tmp_path, free_port())
    try:
        running.until(r"Responder is running at")
        token = running.until(r"Authorization: Token (\S+)'")[1]
        there = environment | {"RESPONDER_URL": running.url, "RESPONDER_TOKEN": token}
        assert blocks.run(TUTORIAL, tmp_path, there) == 8
    finally:
        running.stop()


@pytest.mark.slow
@pytest.mark.fresh
def test_the_runbook_runs(tmp_path: Path, environment: dict[str, str]) -> None:  # noqa: F811
    there = environment | {"DJANGO_SETTINGS_MODULE": "responder.settings"}
    (tmp_path / "posts.csv").write_text("id,text\n1,Water needed in Beira\n2,The bridge is gone\n")

    def prepare(what: str) -> None:
        command = [sys.executable, "-m", "tests.docs.on_duty", what]
        ran = subprocess.run(command, cwd=ROOT, env=there, capture_output=True, text=True, timeout=300, check=False)
        assert ran.returncode == 0, ran.stderr

    prepare("people")
    given = {
        "responder models rollback": lambda: prepare("second_version"),
        "responder restore": lambda: prepare("lost"),
    }
    ran = blocks.run(RUNBOOK, tmp_path, there, given)
    assert ran == sum(block.runs for block in blocks.in_page(RUNBOOK)) > 8
    assert {block.kind for block in blocks.in_page(RUNBOOK)} == {"sh", "azure", "cluster"}


@pytest.mark.slow
@pytest.mark.fresh
def test_the_how_tos_run(tmp_path: Path, environment: dict[str, str]) -> None:  # noqa: F811
    running = Up(environment, tmp_path, free_port())
    try:
        running.until(r"Responder is running at")
        token = running.until(r"Authorization: Token (\S+)'")[1]
        there = environment | {"RESPONDER_URL": running.url, "RESPONDER_TOKEN": token}
        pages = [page for page in blocks.PAGES if page.parent.name == "how-to"]
        ran = {page.stem: blocks.run(page, tmp_path, there) for page in pages}
    finally:
        running.stop()
    assert {name: count for name, count in ran.items() if count} == {
        "auditor": 2, "first-prediction": 2, "ml-engineer": 1, "operator": 4, "partner": 3,
    }  # fmt: skip
