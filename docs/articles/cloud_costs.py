"""What this product's model costs a month on AWS, Azure and GCP: prices with their sources, and the formulas.

`python docs/articles/cloud_costs.py` prints the article's tables; `--write` puts them into the article.
Standard library only. Each price says where it was seen; what was seen nowhere is an assumption.
"""

import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ARTICLE = HERE / "mlops-on-aws-azure-gcp.md"
BENCHMARK = HERE.parent / "figures" / "benchmark.json"
HOURS = 730  # a month: 365 × 24 / 12
WEEKS = 52 / 12
CLOUDS = ("AWS", "Azure", "GCP")


@dataclass(frozen=True)
class Price:
    """US dollars per unit.

    Attributes:
        source: key of SOURCES.
        seen: where: `provider` (a stored copy of the provider's own page, or its price feed), `copy` (a dated page of somebody
            else, or the provider's page kept at another address), or `nowhere`: an assumption to check before it is relied on.
    """

    usd: float
    unit: str
    source: str
    seen: str

    @property
    def mark(self) -> str:
        return {"provider": "", "copy": " †", "nowhere": " *"}[self.seen]


SOURCES = {
    "azure-feed": "SkyPilot catalog, catalogs/v5/azure/az_ml_vms.csv (from Azure's retail price feed), commit a7fff17, East US",
    "azure-lists": "price tables of several open-source cost tools for East US, which agree, and agree with azure-feed for the "
    "older D8s_v3; no page with a date names Standard_D8s_v5",
    "azure-blob": "cal53.calculator.city, Azure Blob Storage calculator: hot, locally redundant, 'published rates as of Q3 2023'",
    "azure-registry": "Microsoft Learn, Azure Container Registry service tiers, undated copy at pbib.org; c3x.dev says the same",
    "azure-logs": "monitoringcost.com, Azure Monitor cost 2026: about 2.30, by region; first 5 GB a month free",
    "aws-lists": "price tables of several open-source tools, which agree; AWS's page shows no instance prices as text. Against it: "
    "zircon.tech (October 2025) says 0.269 for ml.m5.xlarge in us-east-1",
    "aws-s3": "devnotes.tech, Understanding AWS S3 pricing, undated, US East; stored copies of AWS's page show no figures",
    "aws-ecr": "cloudburn.io, Amazon ECR pricing (US East, 'as of March 2026'); wring.co of 15 March 2026 says the same",
    "aws-logs": "c3x.dev, CloudWatch Logs cost optimization (us-east-1, June 2026); first 5 GB a month free",
    "aws-pipelines": "charlessieg.com, SageMaker Pipelines architecture, undated: no charge for orchestration",
    "gcp-as-training": "training price of n1-standard-4 in API Evangelist's transcript of Google's price page (read there "
    "2026-10-07), taken for prediction too, which the page lists separately and whose figures no stored copy shows",
    "gcp-derived": "twice that price: n1-standard-8 has twice the processors and memory",
    "gcp-quoted": "finout.io, Vertex AI services in 2026: 0.03 a pipeline run",
    "gcp-storage": "Google's own cloud.google.com/storage/pricing-examples (us-east1, undated); its price page of 30 December 2022 "
    "says the same for us-central1",
    "gcp-registry": "Google's own cloud.google.com/artifact-registry/pricing (undated); first 0.5 GB free",
    "gcp-logs": "Google's own cloud.google.com/stackdriver/pricing (per GiB, in effect since 1 July 2018); first 50 GiB a month free",
    "azure-same": "Infracost, pull request 2902: Azure ML costs what its machines cost; no page names a fee for a pipeline run",
}  # fmt: skip

# A serving node has 4 processors and 14 to 16 GiB; a training node 8 and 30 to 32 GiB, as deploy/azure asks for.
PRICES: dict[str, dict[str, Price]] = {
    "AWS": {
        "serving node": Price(0.23, "hour", "aws-lists", "nowhere"),  # ml.m5.xlarge
        "training node": Price(0.461, "hour", "aws-lists", "nowhere"),  # ml.m5.2xlarge
        "pipeline run": Price(0.0, "run", "aws-pipelines", "nowhere"),
        "storage": Price(0.023, "GB-month", "aws-s3", "nowhere"),
        "images": Price(0.10, "GB-month", "aws-ecr", "copy"),
        "logs": Price(0.50, "GB", "aws-logs", "copy"),
    },
    "Azure": {
        "serving node": Price(0.293, "hour", "azure-feed", "provider"),  # Standard_DS3_v2
        "training node": Price(0.384, "hour", "azure-lists", "nowhere"),  # Standard_D8s_v5
        "pipeline run": Price(0.0, "run", "azure-same", "nowhere"),
        "storage": Price(0.0184, "GB-month", "azure-blob", "copy"),
        "images": Price(0.167 * 365 / 12 / 10, "GB-month", "azure-registry", "copy"),  # Basic: 10 GB at 0.167 a day
        "logs": Price(2.30, "GB", "azure-logs", "copy"),
    },
    "GCP": {
        "serving node": Price(0.21849885, "hour", "gcp-as-training", "nowhere"),  # n1-standard-4
        "training node": Price(2 * 0.21849885, "hour", "gcp-derived", "nowhere"),  # n1-standard-8
        "pipeline run": Price(0.03, "run", "gcp-quoted", "copy"),
        "storage": Price(0.020, "GB-month", "gcp-storage", "provider"),
        "images": Price(0.10, "GB-month", "gcp-registry", "provider"),
        "logs": Price(0.50, "GB", "gcp-logs", "provider"),
    },
}


@dataclass(frozen=True)
class Workload:
    """A month of this product's model work.

    Attributes:
        always_on: serving nodes that never stop.
        beside_hours: hours a week that a second set of them stands beside the first (shadow and canary).
        training_hours: hours of a weekly run; the product stops a run after 5.
        measuring_hours: hours a week of drift and accuracy reports on a training node.
        stored_gb, image_gb, logs_gb: snapshots and models; container images; logs taken in.
    """

    always_on: int
    beside_hours: float
    training_hours: float = 5.0
    measuring_hours: float = 1.0
    stored_gb: float = 20.0
    image_gb: float = 10.0
    logs_gb: float = 5.0


WORKLOADS = {
    "Cloud endpoint, as deploy/azure has it": Workload(always_on=2, beside_hours=48),
    "Own machine serves; cloud trains and keeps": Workload(always_on=0, beside_hours=0, logs_gb=1),
    "Cloud endpoint in a surge (below)": Workload(always_on=4, beside_hours=48, logs_gb=50),
}
LINES = ("serving", "second set", "training", "reports", "pipeline runs", "storage", "images", "logs")


def bill(cloud: str, work: Workload) -> dict[str, float]:
    """Line → US dollars a month, at list prices, without discounts, network and tax."""
    price = {name: one.usd for name, one in PRICES[cloud].items()}
    return {
        "serving": work.always_on * HOURS * price["serving node"],
        "second set": work.always_on * work.beside_hours * WEEKS * price["serving node"],
        "training": work.training_hours * WEEKS * price["training node"],
        "reports": work.measuring_hours * WEEKS * price["training node"],
        "pipeline runs": WEEKS * price["pipeline run"],
        "storage": work.stored_gb * price["storage"],
        "images": work.image_gb * price["images"],
        "logs": work.logs_gb * price["logs"],
    }


def total(cloud: str, work: Workload) -> float:
    return sum(bill(cloud, work).values())


def texts_a_second_a_core() -> float:
    """Measured here: two processes on two cores, different texts."""
    figures = json.loads(BENCHMARK.read_text())
    return float(figures["ours"]) / int(figures["processes"])


def nodes_for(texts_a_second: float, *, cores: int = 4, used: float = 0.5, spare: int = 1) -> int:
    """Serving nodes for a stream.

    Arguments:
        used: share of a core that the stream may take; the rest is for peaks within the second.
        spare: nodes that may fail without anybody noticing.
    """
    return math.ceil(texts_a_second / (texts_a_second_a_core() * cores * used)) + spare


def usd_per_million(cloud: str, *, cores: int = 4, used: float = 0.5) -> float:
    """US dollars for a million texts on a serving node that is as busy as `used` says."""
    an_hour = texts_a_second_a_core() * cores * used * 3600
    return PRICES[cloud]["serving node"].usd / an_hour * 1e6


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join([_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)])


def prices_table() -> str:
    rows = []
    for name in PRICES["Azure"]:
        cells = [f"{name}, per {PRICES['Azure'][name].unit}"]
        for cloud in CLOUDS:
            price = PRICES[cloud][name]
            cells.append(f"{price.usd:.4f}{price.mark} ({price.source})")
        rows.append(cells)
    return _table(["US dollars", *CLOUDS], rows)


def seen_sentence() -> str:
    """Return a sentence with the number of prices seen in each place."""
    seen = [price.seen for prices in PRICES.values() for price in prices.values()]
    return (
        f"Of {len(seen)} prices {seen.count('provider')} were read on the provider's own page or feed, {seen.count('copy')} on a "
        f"dated page of somebody else or a copy (†), and {seen.count('nowhere')} could not be confirmed (*)."
    )


def sources_table() -> str:
    return _table(["Source", "What it is"], [[key, text] for key, text in SOURCES.items()])


def totals_table() -> str:
    rows = [[name, *(f"{total(cloud, work):,.0f}" for cloud in CLOUDS)] for name, work in WORKLOADS.items()]
    return _table(["US dollars a month", *CLOUDS], rows)


def lines_table() -> str:
    work = next(iter(WORKLOADS.values()))
    bills = {cloud: bill(cloud, work) for cloud in CLOUDS}
    return _table(
        ["Line", *CLOUDS], [[line, *(f"{bills[cloud][line]:,.2f}" for cloud in CLOUDS)] for line in LINES]
    )  # fmt: skip


def nodes_table() -> str:
    rows = [
        [f"{rate:,}", str(nodes_for(rate)), str(nodes_for(rate, spare=0))] for rate in (10, 100, 1_000, 1_500, 10_000)
    ]
    return _table(["Texts a second", "Nodes of 4 cores, one to spare", "without a spare"], rows)


def million_table() -> str:
    rows = [
        [f"{used:.0%} busy", *(f"{usd_per_million(cloud, used=used):.2f}" for cloud in CLOUDS)]
        for used in (0.5, 0.05, 0.005)
    ]
    return _table(["US dollars for a million texts, node", *CLOUDS], rows)


def throughput() -> str:
    figures = json.loads(BENCHMARK.read_text())
    return (
        f"- **The model is small**: 57 MB of weights and words. Two processes on two cores read {figures['ours']:.0f} texts a second; "
        f"one reads {figures['one_process']:.0f}.\n  With the copies of a stream (65 % of its posts) the two read "
        f"{figures['stream']:.0f}. No graphics card is needed to serve, and none was used."
    )


TABLES = {
    "throughput": throughput,
    "prices": prices_table,
    "seen": seen_sentence,
    "sources": sources_table,
    "totals": totals_table,
    "lines": lines_table,
    "nodes": nodes_table,
    "million": million_table,
}


def fill(text: str) -> str:
    """The article with each table between its two marks written anew."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name}: written by cloud_costs.py -->", f"<!-- end of {name} -->"
        before, rest = text.split(begin)
        _, after = rest.split(end)
        text = f"{before}{begin}\n{table()}\n{end}{after}"
    return text


if __name__ == "__main__":
    if "--write" in sys.argv:
        ARTICLE.write_text(fill(ARTICLE.read_text()))
    else:
        sys.stdout.write("\n\n".join(f"{name}\n{table()}" for name, table in TABLES.items()) + "\n")
