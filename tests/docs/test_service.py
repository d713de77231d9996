"""The guide from the wheel to a service: its files exist, its settings are accepted, its blocks are valid shell."""

import re
import subprocess
from pathlib import Path

import pytest

from responder.settings.production import refuse_insecure
from responder.settings.schema import Environment, variables
from tests.docs import blocks
from tests.docs.blocks import ROOT

PAGE = ROOT / "docs" / "how-to" / "service.md"


def test_its_blocks_are_valid_shell() -> None:
    machine = [block for block in blocks.in_page(PAGE) if block.kind == "machine"]
    assert len(machine) >= 6
    for block in machine:
        ran = subprocess.run(["bash", "-n"], input=block.code, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr


def test_the_files_that_it_copies_are_there() -> None:
    named = set(re.findall(r"deploy/[\w./*-]+", PAGE.read_text()))
    assert len(named) >= 5
    for name in named:
        assert list(ROOT.glob(name.rstrip("/.")) if "*" not in name else ROOT.glob(name)), name


def test_its_settings_are_accepted_in_production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (settings,) = [block.code for block in blocks.in_page(PAGE) if "responder.env <<END" in block.code]
    beginning = "password=\"$(python3 -c 'import secrets; print(secrets.token_urlsafe(30))')\"\n"
    text = beginning + settings.replace("/etc/responder", str(tmp_path))
    ran = subprocess.run(["bash", "-eu"], input=text, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    lines = dict(line.split("=", 1) for line in (tmp_path / "responder.env").read_text().splitlines())
    names = {name for name, _default, _meaning in variables()}
    assert set(lines) <= names and (tmp_path / "responder.env").stat().st_mode & 0o077 == 0
    for name in names:
        monkeypatch.delenv(name, raising=False)
    for name, value in lines.items():
        monkeypatch.setenv(name, value)
    refuse_insecure(Environment())  # type: ignore[call-arg]
