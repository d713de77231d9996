"""The plan's figures are those of the runs and of the cost script, and its links lead somewhere."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "docs" / "project" / "plan.md"


def test_the_plan_has_its_parts() -> None:
    headings = re.findall(r"^## (.+)$", PLAN.read_text(), re.M)
    assert headings == [
        "Problem", "Users", "Scope", "Measures of success", "Method: CRISP-DM", "Work breakdown and timeline", "Roles",
        "Budget on Azure", "Risks", "Definition of done", "Delivered",
    ]  # fmt: skip
    sprints = PLAN.read_text().split("## Work breakdown")[1].split("## Roles")[0]
    assert re.findall(r"^\| (\d) \|", sprints, re.M) == [str(n) for n in range(1, 9)]


def test_its_figures_are_the_measured_ones() -> None:
    shipped = json.loads((ROOT / "classifier/shipped/responder-tweets-4/metrics.json").read_text())
    text = PLAN.read_text()
    assert f"{shipped['category']['macro_f1']:.3f}" in text
    assert f"| {shipped['category']['ece']:.3f}; " in text
    assert f"{shipped['priority']['urgent_recall_at_20_percent']:.3f}" in text


def test_its_budget_is_what_the_script_computes() -> None:
    printed = subprocess.run(
        [sys.executable, ROOT / "docs" / "articles" / "cloud_costs.py"], capture_output=True, text=True, check=True
    ).stdout
    azure = [line.split("|")[3].strip() for line in printed.split("totals\n")[1].splitlines()[2:5]]
    budget = PLAN.read_text().split("## Budget on Azure")[1]
    months = re.findall(r"^\| [^|]+ \| ([\d,]+) \| ([\d,–]+) \|$", budget.split("## Risks")[0], re.M)
    assert {month for month, _ in months} == set(azure)
    for month, eight_weeks in months:
        if eight_weeks != "–":
            assert abs(int(eight_weeks.replace(",", "")) - int(month.replace(",", "")) * 8 * 7 * 24 / 730) <= 1


def test_its_links_lead_to_files() -> None:
    for target in re.findall(r"\]\(([^)#]+)", PLAN.read_text()):
        assert (PLAN.parent / target).exists(), target
