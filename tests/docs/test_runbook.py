"""Every command of the runbook exists with those arguments; the harmless ones run here, all of them in test_blocks.py."""

import re
import shlex
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command, get_commands, load_command_class

from responder.models import Post, Tombstone, User

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^ *(?:\d+\. )?```(\w+)\n(.*?)^ *```$", re.M | re.S)
RUN_HERE = ("verify-audit", "models list", "migrate --check")


def _blocks() -> list[tuple[str, str]]:
    return BLOCK.findall((ROOT / "docs" / "runbook.md").read_text())


def _commands(kind: str) -> list[str]:
    lines = [line.strip() for found, block in _blocks() if found == kind for line in block.splitlines()]
    return [line for line in lines if line]


@pytest.mark.parametrize("line", [*_commands("sh"), *_commands("azure")])
def test_each_command_takes_these_arguments(line: str) -> None:
    name, *arguments = shlex.split(line)[1:]
    module = name.replace("-", "_")
    assert module in get_commands(), name
    parser = load_command_class(get_commands()[module], module).create_parser("responder", module)
    parser.parse_args(arguments)  # exits where an argument does not exist


@pytest.mark.parametrize("line", RUN_HERE)
def test_the_harmless_ones_run(line: str, db: None) -> None:
    assert any(f"responder {line}" == one for one in _commands("sh"))
    said = StringIO()
    name, *arguments = line.split()
    call_command(name.replace("-", "_"), *arguments, stdout=said)
    if line != "migrate --check":
        assert said.getvalue()


def test_erasing_posts_removes_them_and_refuses_them_from_then_on(make_post: Any, people: dict[str, User]) -> None:
    make_post(source="mastodon", source_id="112233")
    kept = make_post(source="mastodon", source_id="5")
    said = StringIO()
    lead = people["lead"].username
    call_command("erase_posts", "112233", "112244", source="mastodon", by=lead, stdout=said)
    assert "Erased 1 of 2 posts" in said.getvalue()
    assert list(Post.objects.values_list("pk", flat=True)) == [kept.pk]
    assert Tombstone.objects.count() == 2
