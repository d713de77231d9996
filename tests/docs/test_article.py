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
    assert costs.bill("AWS", twice)["serving"] == pytest.approx(2 * 730 * 0.269)


def test_containers_cost_what_their_meters_say(costs: ModuleType) -> None:
    size = costs.Size("Test: one request a second for an hour", 3600, 1, 1)
    requests = 3600 * (1 + costs.SHADOW)
    assert costs.container("GCP", size) == pytest.approx(requests * (0.1 * (2 * 24e-6 + 2 * 2.5e-6) + 0.4e-6))
    assert costs.container("AWS", size) == pytest.approx(
        requests * (0.1 * costs.LAMBDA_GB * 0.0000166667 + 0.2e-6), rel=1e-6
    )
    # Azure bills the hour in which the replica is up, whatever it does.
    assert costs.container("Azure", size) == pytest.approx(
        3600 * (1 + costs.SHADOW) * (2 * 24e-6 + 2 * 3e-6) + requests * 0.4e-6
    )


def test_a_figure_that_rests_on_an_assumption_is_not_shown(costs: ModuleType) -> None:
    rows = [row for row in costs.totals_table().splitlines() if "Managed endpoint" in row]
    assert len(rows) == 3 and all(row.endswith("| not confirmed |") for row in rows)
    assert costs.assumed_share("GCP", costs.endpoint(costs.SIZES[0])) > 0.5
    assert costs.assumed_share("Azure", costs.endpoint(costs.SIZES[0])) == 0
    assert "GCP" not in costs.million_table() and "GCP" not in costs.lines_table()


def test_the_chart_is_what_the_script_draws(costs: ModuleType) -> None:
    assert costs.CHART.read_text() == costs.chart(), "run python docs/articles/cloud_costs.py --write"


def test_every_price_has_a_source_and_a_mark_where_its_provider_did_not_say_it(costs: ModuleType) -> None:
    table = costs.prices_table()
    for prices in costs.PRICES.values():
        for price in prices.values():
            assert price.source in costs.SOURCES
            mark = {"provider": "", "copy": " †", "nowhere": " *"}[price.seen]
            assert f"{costs.shown(price.usd)}{mark} ({price.source})" in table
    used = {price.source for prices in costs.PRICES.values() for price in prices.values()}
    assert used == set(costs.SOURCES)


def test_each_stage_names_three_services_of_each_cloud() -> None:
    stages = _rows("What each cloud offers, stage by stage")
    assert [row[0] for row in stages] == [
        "Data and labels", "Training", "Registry", "Deployment", "Monitoring", "Governance", "CI/CD",
    ]  # fmt: skip
    for stage, *clouds in stages:
        assert len(clouds) == 3
        for cell in clouds:
            services = cell.split("; ")
            assert len(services) >= 3, f"{stage}: {cell}"
            assert all(re.fullmatch(r"\[[^]]+\]\(https://[^ )]+\)°?", service) for service in services), (
                f"{stage}: {cell}"
            )


def test_the_decisions_sums_and_what_changes_them(costs: ModuleType) -> None:
    weights = {name: weight for name, (weight, _) in costs.CRITERIA.items()}
    by_hand = tuple(
        sum(weights[name] * marks[place] for name, (_, marks) in costs.CRITERIA.items()) for place in range(3)
    )
    assert costs.sums({}) == by_hand
    assert costs.sums(dict.fromkeys(weights, 0)) == (0, 0, 0)
    first = {name: costs.winner(costs.sums(changed)) for name, changed in costs.SCENARIOS.items()}
    # The text beside the table says so in words.
    assert first["As weighted above"] == "Azure"
    assert first["Both of these"] == "AWS and Azure"
    assert first["Cost alone decides"] == "AWS and GCP"


def test_sources_are_dated_and_each_mark_leads_to_one() -> None:
    text = ARTICLE.read_text()
    rows = _rows("Sources")
    assert set(re.findall(r"\[(S\d+)\]", text)) <= {row[0] for row in rows}
    assert all(re.fullmatch(r"\d\d November 2026", row[3]) for row in rows)
