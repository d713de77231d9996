"""The security documents point at what is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "SECURITY.md", ROOT / "docs/explanation/threat-model.md", ROOT / "docs/explanation/asvs.md"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_piece_of_evidence_exists(document: Path) -> None:
    text = document.read_text()
    named = re.findall(r"`((?:tests|responder|classifier|deploy|static|requirements|\.github)/[\w./-]*)`", text)
    assert named or document.name == "SECURITY.md"
    for path in named:
        assert (ROOT / path).exists(), path
    for target in re.findall(r"\]\(([^)#]+)", text):
        assert (document.parent / target).exists(), target


def test_each_chapter_of_the_standard_has_a_state() -> None:
    rows = re.findall(r"^\| (V[^|]+) \| ([^|]+) \| ([^|]+) \|$", DOCUMENTS[2].read_text(), re.M)
    chapters = {int(number) for title, _, _ in rows for number in re.findall(r"\bV(\d+)", title)}
    assert chapters == set(range(1, 18))
    for title, state, evidence in rows:
        assert state.strip(" *") in {"met", "partly", "not", "n/a"}, title
        assert evidence.strip() != "–" or state.strip() == "n/a"


def test_every_licence_of_what_is_installed_is_listed() -> None:
    listed = (ROOT / "docs/reference/licences.md").read_text()
    locked = re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements/py311-run.txt").read_text(), re.M)
    for name in locked:
        assert f"| {name} |" in listed, f"run python scripts/licences.py: {name}"
