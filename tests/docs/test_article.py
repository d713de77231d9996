"""The article on clouds: its tables come from the script beside it, its workload from the repository's measurements."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
ARTICLE = ROOT / "docs" / "articles" / "mlops-on-aws-azure-gcp.md"


@pytest.fixture(scope="module")
def costs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("cloud_costs", ARTICLE.parent / "cloud_costs.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def _rows(heading: str) -> list[list[str]]:
    """Cells of the first table under a heading, without its head."""
    section = ARTICLE.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines][2:]


def test_the_articles_tables_are_what_the_script_computes(costs: ModuleType) -> None:
    text = ARTICLE.read_text()
    assert costs.fill(text) == text, "run python docs/articles/cloud_costs.py --write"
    assert text.count(": written by cloud_costs.py -->") == len(costs.TABLES)


def test_the_throughput_is_the_measured_one(costs: ModuleType) -> None:
    measured = json.loads((ROOT / "docs" / "figures" / "benchmark.json").read_text())
    assert costs.texts_a_second_a_core() == measured["ours"] / 2
    for figure in (measured["ours"], measured["one_process"], measured["stream"]):
        assert f"{figure:.0f}" in ARTICLE.read_text()


def test_the_serving_and_training_machines_are_those_of_the_azure_files() -> None:
    text = ARTICLE.read_text()
    kind = re.search(r"instance_type: (\S+)", (ROOT / "deploy/azure/endpoints/blue.yml").read_text())
    assert kind and kind[1] in text
    assert "Standard_D8s_v5" in (ROOT / "deploy/azure/infra/modules/compute.bicep").read_text()
    assert "Standard_D8s_v5" in text


def test_a_bill_is_its_formula(costs: ModuleType) -> None:
    work = costs.Workload(
        always_on=1, beside_hours=0, training_hours=0, measuring_hours=0, stored_gb=0, image_gb=0, logs_gb=0
    )
    assert costs.total("Azure", work) == pytest.approx(730 * 0.293)
    twice = costs.Workload(always_on=2, beside_hours=0)
    assert costs.bill("AWS", twice)["serving"] == pytest.approx(2 * 730 * 0.23)


def test_every_price_has_a_source_and_a_mark_where_its_provider_did_not_say_it(costs: ModuleType) -> None:
    table = costs.prices_table()
    for prices in costs.PRICES.values():
        for price in prices.values():
            assert price.source in costs.SOURCES
            mark = {"provider": "", "copy": " †", "nowhere": " *"}[price.seen]
            assert f"{price.usd:.4f}{mark} ({price.source})" in table
    used = {price.source for prices in costs.PRICES.values() for price in prices.values()}
    assert used == set(costs.SOURCES)


def test_each_stage_names_three_services_of_each_cloud() -> None:
    stages = _rows("Stage by stage")
    assert [row[0] for row in stages] == [
        "Data and labels", "Training", "Registry", "Deployment", "Monitoring", "Governance", "CI/CD",
    ]  # fmt: skip
    for stage, *clouds in stages:
        assert len(clouds) == 3
        for cell in clouds:
            assert len(cell.split(";")) >= 3, f"{stage}: {cell}"


def test_the_decision_tables_sums_are_its_rows() -> None:
    *criteria, totals = _rows("Decision")
    for column in (2, 3, 4):
        assert int(totals[column].strip("*")) == sum(int(row[1]) * int(row[column]) for row in criteria)


def test_sources_are_dated_and_each_mark_leads_to_one() -> None:
    text = ARTICLE.read_text()
    assert set(re.findall(r"\[(S\d)\]", text)) <= {row[0] for row in _rows("Sources")}
    assert "27 November 2026" in text
