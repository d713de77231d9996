"""`make azure-demo` from end to end, in a process of its own as people start it."""

import os
import re
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
        _tells_a_story_that_holds(text)
    assert _commands(written) == _commands(shown)


def _commands(text: str) -> list[str]:
    """The commands without what differs from one time to the next: measured figures, hashes, the week's version."""
    lines = [line for line in text.splitlines() if line.startswith("$ responder")]
    return [re.sub(r"'--reason=[^']*'|--evidence \w+|\b20\d\d\.\d+\b", "…", line) for line in lines]


def _tells_a_story_that_holds(text: str) -> None:
    """The weak candidate is refused, the better one passes every gate, another person approves, one bad sign ends it."""
    steps = [
        "A gate refused cyclone-labels 1", "Its gates:", "another person must decide", "Approved by ana",
        "Traffic: blue 90 %, green 10 %", "halted: it does not load", "Traffic: blue 100 %, green 0 %", "quarantined",
    ]  # fmt: skip
    place = 0
    for step in steps:
        place = text.index(step, place)
    weak, rest = text.split("A gate refused cyclone-labels 1")
    assert re.search(r"^failed +not_worse: macro-F1 -", weak, re.MULTILINE)
    better = rest[rest.index("Its gates:") : rest.index("$ responder azure runs")]
    outcomes = re.findall(r"^(passed|failed|not_evaluable) +(\w+): (.+)$", better, re.MULTILINE)
    assert {outcome for outcome, _, _ in outcomes} == {"passed"} and len(outcomes) >= 10
    (why,) = (why for _, gate, why in outcomes if gate == "not_worse")
    assert why.startswith("macro-F1 +") and "significantly better" in why
    assert f"Every gate passed, none was waived: {why}" in rest  # what Ana gives as her reason
    assert "waives" not in text
