"""The plan is true: what it calls done is there, what it calls open is not, and its figures are those of the runs' files."""

import itertools
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.docs.proofs import ROOT, resolves

PROJECT = ROOT / "docs" / "project"
PAGES = [PROJECT / f"{name}.md" for name in ("plan", "sprints", "status", "presentation")]
WITH_README = [ROOT / "README.md", *PAGES]
BACKLOG = tomllib.loads((PROJECT / "backlog.toml").read_text())
ITEMS: list[dict[str, Any]] = BACKLOG["item"]


def _ids(state: str) -> list[Any]:
    return [pytest.param(item, id=item["id"]) for item in ITEMS if item["state"] == state]


@pytest.mark.parametrize("item", _ids("done"))
def test_what_proves_a_done_item_is_there(item: dict[str, Any]) -> None:
    missing = [proof for proof in item["proof"] if not resolves(proof)]
    assert item["proof"] and not missing, f"{item['id']} is done, but is missing {missing}"


@pytest.mark.parametrize("item", _ids("open"))
def test_nothing_proves_an_open_item(item: dict[str, Any]) -> None:
    there = [proof for proof in item["proof"] if resolves(proof)]
    assert item["proof"] and not there, f"{item['id']} is open, but {there} is there: set it to done, with its commit"
    assert item["why"] and item["waits_for"]


def test_each_kind_of_proof_can_be_missing() -> None:
    for proof in (
        "path:docs/none.md", "module:responder.none", "module:none.at.all", "url:none", "url-part:no-such-route",
        "command:none", "make:none", "figure:docs/figures/benchmark.json#ours>=1e9",
        "figure:docs/figures/benchmark.json#none>=0", "figure:docs/figures/none.json#ours>=0", "text:README.md#none at all",
    ):  # fmt: skip
        assert not resolves(proof), proof


def test_the_pages_and_charts_are_what_the_script_writes() -> None:
    ran = subprocess.run(
        [sys.executable, ROOT / "scripts" / "plan.py", "--check"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, f"run python scripts/plan.py\n{ran.stderr}"


def test_the_backlog_can_be_worked_in_its_order() -> None:
    sprint_of = {item["id"]: item["sprint"] for item in ITEMS}
    assert len(sprint_of) == len(ITEMS)
    for item in ITEMS:
        assert item["points"] in (1, 2, 3, 5, 8)
        assert item["state"] in ("done", "open")
        assert item["id"].split(".")[0] in BACKLOG["areas"]
        for need in item["needs"]:
            assert sprint_of[need] <= item["sprint"], f"{item['id']} is planned before {need}, which it needs"
    for sprint in BACKLOG["sprint"]:
        planned = sum(item["points"] for item in ITEMS if item["sprint"] == sprint["number"])
        assert 0 < planned <= BACKLOG["capacity"], f"sprint {sprint['number']} is planned with {planned} points"
        assert (ROOT / sprint["lesson_from"]).exists()
    assert [one["number"] for one in BACKLOG["sprint"]] == list(range(1, 9))


def test_the_critical_path_is_a_path() -> None:
    steps = BACKLOG["critical_path"]
    needs = {item["id"]: item["needs"] for item in ITEMS}
    for before, after in itertools.pairwise(steps):
        assert before in needs[after], f"{after} does not need {before}"


def test_commits_and_their_days_are_those_of_the_history() -> None:
    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout

    if git("rev-parse", "--show-prefix", "--is-shallow-repository").split() != ["false"]:
        pytest.skip("The sources stand outside a repository with its whole history.")
    history: dict[str, set[str]] = {}
    for line in git("log", "--format=%ad|%s", "--date=short").splitlines():
        day, subject = line.split("|", 1)
        history.setdefault(subject, set()).add(day)
    for item in ITEMS:
        if item["state"] == "done":
            assert f"{item['landed']}" in history.get(item["commit"], ()), f"{item['id']}: {item['commit']}"


GENERATED = re.compile(r"<!-- ([\w-]+): written by scripts/plan\.py -->.*?<!-- end of \1 -->|<!-- v-[\w-]+ -->.*?<!-- end -->", re.S)  # fmt: skip


def _by_hand(document: Path) -> str:
    return GENERATED.sub("", document.read_text())


@pytest.mark.parametrize("document", WITH_README, ids=lambda document: document.name)
def test_no_figure_and_no_state_is_written_by_hand(document: Path) -> None:
    text = "\n".join(line for line in _by_hand(document).splitlines() if not line.startswith("#"))
    # A comment at the beginning of a line would begin a block of HTML, in which Markdown is not read.
    assert not re.findall(r"^ *<!-- v-", document.read_text(), re.M)
    assert not re.findall(r"\b0\.\d+|\d ?%|\d,\d{3}", text)
    assert not re.findall(
        r"\b(?:is|are|was|were) (?:still |now |not |not yet )?(?:open|done|delivered|met|short)\b", text
    )


@pytest.mark.parametrize("document", WITH_README, ids=lambda document: document.name)
def test_items_in_sentences_are_in_the_backlog_and_links_lead_to_files(document: Path) -> None:
    text = _by_hand(document)
    known = {item["id"] for item in ITEMS}
    for sentence in re.findall(r"[Ii]tems? ((?:\d\.\d+(?: → |, | and | to )?)+)", text):
        assert set(re.findall(r"\d\.\d+", sentence)) <= known, sentence
    for target in re.findall(r"\]\(([^)#:]+)[)#]", document.read_text()):
        assert (document.parent / target).exists(), target


def test_the_plan_has_what_a_plan_must_have() -> None:
    headings = re.findall(r"^## (.+)$", (PROJECT / "plan.md").read_text(), re.M)
    assert headings == [
        "Problem and evidence", "Users and stakeholders", "Goals", "Scope", "Method: CRISP-DM", "Architecture at a glance",
        "Work breakdown", "Timeline: eight weekly sprints", "Roles", "Definition of ready and of done", "Quality plan", "Risks",
        "Budget on Azure",
    ]  # fmt: skip
    risks = (PROJECT / "plan.md").read_text().split("## Risks")[1].split("## Budget")[0]
    for row in re.findall(r"^\| (?!Risk|---)(.+) \|$", risks, re.M):
        risk, size, trigger, answer, owner = (cell.strip() for cell in row.split(" | "))
        assert re.fullmatch(r"[123] × [123]", size) and trigger and answer and owner, risk


def test_the_presentation_has_ten_slides_and_becomes_a_pdf(tmp_path: Path) -> None:
    assert (PROJECT / "presentation.md").read_text().count("\n---\n") == 9
    output = tmp_path / "slides.pdf"
    subprocess.run([sys.executable, ROOT / "scripts" / "slides.py", output], check=True)
    assert len(re.findall(rb"/Type /Page\b", output.read_bytes())) == 10, "a slide is longer than its page"


def test_the_calendar_counts_from_a_monday() -> None:
    def run(day: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, Path("scripts/plan.py"), "--start", day]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    printed = run("2027-01-04")
    assert printed.returncode == 0 and printed.stdout.splitlines()[8].split()[:3] == ["8", "2027-02-22", "2027-02-26"]
    assert run("2027-01-05").returncode != 0
