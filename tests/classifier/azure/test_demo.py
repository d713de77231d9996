"""`make azure-demo` from end to end, in a process of its own as people start it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
pytestmark = [pytest.mark.azure, pytest.mark.slow]


def test_the_demonstration_runs_and_writes_what_the_document_shows(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.azure_emulator.demo", "--output", str(tmp_path / "demo.md")]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, capture_output=True, timeout=1_500)
    written, shown = (tmp_path / "demo.md").read_text(), (REPOSITORY / "docs" / "demo.md").read_text()
    for text in (written, shown):
        assert "Traffic: blue 90 %, green 10 %" in text and "Traffic: blue 100 %, green 0 %" in text
        assert "every SHA-256 as in the package" in text and "not in the SDK's own shape: 0." in text
        assert str(REPOSITORY) not in text and "/tmp/" not in text
    commands = [[line for line in text.splitlines() if line.startswith("$ responder")] for text in (written, shown)]
    assert [line.split(" --evidence")[0] for line in commands[0]] == [
        line.split(" --evidence")[0] for line in commands[1]
    ]
