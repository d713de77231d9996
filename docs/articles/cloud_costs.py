"""What this product's model costs a month on AWS, Azure and GCP: prices with their sources, the formulas, the decision.

`python docs/articles/cloud_costs.py` prints the article's tables; `--write` puts them into the article and draws its chart.
Standard library only. Each price says where it was seen; what was seen nowhere with a date is an assumption, and a total in
which assumptions make more than a twentieth is not shown.
"""

import json
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ARTICLE = HERE / "mlops-on-aws-azure-gcp.md"
CHART = HERE / "costs.svg"
BENCHMARK = HERE.parent / "figures" / "benchmark.json"
HOURS = 730  # a month: 365 × 24 / 12
WEEKS = 52 / 12
CLOUDS = ("AWS", "Azure", "GCP")
ASSUMED_AT_MOST = 0.05  # share of a total that may rest on prices which no dated page confirmed


@dataclass(frozen=True)
class Price:
    """US dollars per unit.

    Attributes:
        source: key of SOURCES.
        seen: where: `provider` (a stored copy of the provider's own page, or its price feed), `copy` (a dated page of somebody
            else, the provider's page kept at another address, or twice such a price), or `nowhere`: an assumption.
    """

    usd: float
    unit: str
    source: str
    seen: str

    @property
    def mark(self) -> str:
        return {"provider": "", "copy": " †", "nowhere": " *"}[self.seen]


SOURCES = {
    "azure-feed": "Azure's retail price feed as kept by the SkyPilot catalog, catalogs/v6/azure/vms.csv, commit 098741e, East US",
    "azure-apps": "Azure's retail price feed for Container Apps, Japan East, read on 21 August 2026 and written down in a public "
    "decision record; the same feed says 0.000034 and 0.000004 for West US 2",
    "azure-blob": "cal53.calculator.city, Azure Blob Storage calculator: hot, locally redundant, 'published rates as of Q3 2023'",
    "azure-registry": "the same public decision record of 21 August 2026: Basic, 0.1666 a day with 10 GB included; Microsoft's page "
    "on registry tiers (undated copy) says 0.167",
    "azure-logs": "monitoringcost.com, Azure Monitor cost 2026: about 2.30, by region; first 5 GB a month free",
    "aws-real-time": "zircon.tech, The real cost of running AI models on AWS, October 2025, us-east-1: 0.269 for ml.m5.xlarge; older "
    "price tables without a date say 0.23",
    "aws-derived": "twice the price of ml.m5.xlarge: ml.m5.2xlarge has twice the processors and memory",
    "aws-lambda": "cloudchipr.com, AWS Lambda pricing breakdown 2024, x86, US East; a note of 11 May 2026 (git.mcrn.ar) says the same",
    "aws-s3": "no dated page: 0.023 in undated ones; a copy of April 2023 says 0.021 to 0.026 by region",
    "aws-ecr": "cloudburn.io, Amazon ECR pricing (US East, 'as of March 2026'); wring.co of 15 March 2026 says the same",
    "aws-logs": "c3x.dev, CloudWatch Logs cost optimization (us-east-1, June 2026); first 5 GB a month free",
    "gcp-as-training": "no dated page: the training price of n1-standard-4, taken for prediction, which Google lists separately",
    "gcp-training": "twice the training price of n1-standard-4 in API Evangelist's transcript of Google's price page, 7 October 2026",
    "gcp-quoted": "finout.io, Vertex AI services in 2026: 0.03 a pipeline run",
    "gcp-run": "Google's own cloud.google.com/run/pricing (undated copy, tier 1, billed while a request runs)",
    "gcp-run-copy": "cloudchipr.com, Google Cloud Run pricing in 2025; cloudwebschool.com says the same",
    "gcp-storage": "Google's own cloud.google.com/storage/pricing-examples (us-east1, undated); its price page of 30 December 2022 "
    "says the same for us-central1",
    "gcp-registry": "Google's own cloud.google.com/artifact-registry/pricing (undated); first 0.5 GB free",
    "gcp-logs": "Google's own cloud.google.com/stackdriver/pricing (per GiB, in effect since 1 July 2018); first 50 GiB a month free",
}  # fmt: skip

# A serving node has 4 processors and 14 to 16 GiB; a training node 8 and 30 to 32 GiB, as deploy/azure asks for.
PRICES: dict[str, dict[str, Price]] = {
    "AWS": {
        "serving node": Price(0.269, "hour", "aws-real-time", "copy"),  # ml.m5.xlarge
        "training node": Price(0.538, "hour", "aws-derived", "copy"),  # ml.m5.2xlarge
        "container memory": Price(0.0000166667, "GB-second", "aws-lambda", "copy"),  # processors come with the memory
        "container requests": Price(0.20, "million", "aws-lambda", "copy"),
        "storage": Price(0.023, "GB-month", "aws-s3", "nowhere"),
        "images": Price(0.10, "GB-month", "aws-ecr", "copy"),
        "logs": Price(0.50, "GB", "aws-logs", "copy"),
    },
    "Azure": {
        "serving node": Price(0.293, "hour", "azure-feed", "provider"),  # Standard_DS3_v2
        "training node": Price(0.384, "hour", "azure-feed", "provider"),  # Standard_D8s_v5
        "container processor": Price(0.000024, "vCPU-second", "azure-apps", "copy"),
        "container memory": Price(0.000003, "GB-second", "azure-apps", "copy"),
        "container requests": Price(0.40, "million", "azure-apps", "copy"),
        "storage": Price(0.0184, "GB-month", "azure-blob", "copy"),
        "images": Price(0.1666 * 365 / 12 / 10, "GB-month", "azure-registry", "copy"),  # Basic: 10 GB
        "logs": Price(2.30, "GB", "azure-logs", "copy"),
    },
    "GCP": {
        "serving node": Price(0.21849885, "hour", "gcp-as-training", "nowhere"),  # n1-standard-4
        "training node": Price(2 * 0.21849885, "hour", "gcp-training", "copy"),  # n1-standard-8
        "pipeline run": Price(0.03, "run", "gcp-quoted", "copy"),
        "container processor": Price(0.000024, "vCPU-second", "gcp-run", "provider"),
        "container memory": Price(0.0000025, "GB-second", "gcp-run-copy", "copy"),
        "container requests": Price(0.40, "million", "gcp-run-copy", "copy"),
        "storage": Price(0.020, "GB-month", "gcp-storage", "provider"),
        "images": Price(0.10, "GB-month", "gcp-registry", "provider"),
        "logs": Price(0.50, "GB", "gcp-logs", "provider"),
    },
}
METERS = (
    "serving node", "training node", "pipeline run", "container processor", "container memory", "container requests",
    "storage", "images", "logs",
)  # fmt: skip


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


@dataclass(frozen=True)
class Size:
    """How much is read in a month.

    Attributes:
        texts: a month.
        awake_hours: hours a month in which posts come at all.
        peak: texts a second in the worst hours.
        peak_hours: hours a month of that peak, for which more than one container must be up.
    """

    name: str
    texts: int
    awake_hours: float
    peak: float
    peak_hours: float = 0


SIZES = (
    Size("Quiet: 100,000 posts a month, within two hours a day", 100_000, 60, 10),
    Size("Active: 3 million posts a month, around the clock", 3_000_000, HOURS, 100),
    Size("Disaster: 100 million posts a month, 1,000 a second for a day", 100_000_000, HOURS, 1_000, peak_hours=24),
)
KEPT = Workload(always_on=0, beside_hours=0, logs_gb=1)  # the cloud trains and keeps versions; it serves nothing
LINES = ("serving", "second set", "training", "reports", "pipeline runs", "storage", "images", "logs")

# A container: two processors, as measured; the site's web process with its model takes about 0.5 GB, so 2 GB leave room.
CONTAINER_CORES, CONTAINER_GB = 2, 2.0
LAMBDA_GB = 2 * 1769 / 1024  # AWS gives one processor for each 1,769 MB
MOST_A_REQUEST = 16  # posts of one second travel together
LEAST_SECONDS = 0.1  # assumed for any request; Cloud Run rounds up to this
SHADOW = 24 / 168  # a new version reads a day of each week beside the old one


def bill(cloud: str, work: Workload) -> dict[str, float]:
    """Line → US dollars a month, at list prices, without discounts, network and tax."""
    price = {name: one.usd for name, one in PRICES[cloud].items()}
    return {
        "serving": work.always_on * HOURS * price["serving node"],
        "second set": work.always_on * work.beside_hours * WEEKS * price["serving node"],
        "training": work.training_hours * WEEKS * price["training node"],
        "reports": work.measuring_hours * WEEKS * price["training node"],
        "pipeline runs": WEEKS * price.get("pipeline run", 0.0),
        "storage": work.stored_gb * price["storage"],
        "images": work.image_gb * price["images"],
        "logs": work.logs_gb * price["logs"],
    }


METER_OF_LINE = {
    "serving": "serving node", "second set": "serving node", "training": "training node", "reports": "training node",
    "pipeline runs": "pipeline run",
}  # fmt: skip


def total(cloud: str, work: Workload) -> float:
    return sum(bill(cloud, work).values())


def assumed_share(cloud: str, work: Workload) -> float:
    """Share of a bill that rests on prices which no dated page confirmed."""
    lines = bill(cloud, work)
    assumed = sum(
        usd
        for line, usd in lines.items()
        if (price := PRICES[cloud].get(METER_OF_LINE.get(line, line))) and price.seen == "nowhere"
    )
    return assumed / sum(lines.values())


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


def endpoint(size: Size) -> Workload:
    """A managed endpoint for a size: its nodes, and a second set of them for shadow and canary."""
    return Workload(always_on=nodes_for(size.peak), beside_hours=48)


def container(cloud: str, size: Size, *, used: float = 0.5) -> float:
    """US dollars a month for containers that scale to zero.

    Lambda and Cloud Run bill while a request runs. Azure Container Apps bills every second in which a replica is up, so that a
    stream around the clock keeps one up all month.
    """
    price = {name: one.usd for name, one in PRICES[cloud].items()}
    together = min(MOST_A_REQUEST, max(1, math.floor(size.texts / (size.awake_hours * 3600))))
    requests = size.texts * (1 + SHADOW) / together
    a_request = max(LEAST_SECONDS, together / (texts_a_second_a_core() * CONTAINER_CORES * used))
    fee = requests / 1e6 * price["container requests"]
    if cloud == "AWS":
        return fee + requests * a_request * LAMBDA_GB * price["container memory"]
    a_second = CONTAINER_CORES * price["container processor"] + CONTAINER_GB * price["container memory"]
    if cloud == "GCP":
        return fee + requests * math.ceil(a_request / LEAST_SECONDS) * LEAST_SECONDS * a_second
    more = math.ceil(size.peak / (texts_a_second_a_core() * CONTAINER_CORES * used)) - 1
    up = size.awake_hours * (1 + SHADOW) + size.peak_hours * more
    return fee + max(up * 3600, requests * a_request) * a_second


def container_total(cloud: str, size: Size) -> float:
    """The containers, and what trains, keeps and reports beside them."""
    return container(cloud, size) + total(cloud, Workload(always_on=0, beside_hours=0))


def usd_per_million(cloud: str, *, cores: int = 4, used: float = 0.5) -> float:
    """US dollars for a million texts on a serving node that is as busy as `used` says."""
    an_hour = texts_a_second_a_core() * cores * used * 3600
    return PRICES[cloud]["serving node"].usd / an_hour * 1e6


def azure_budget() -> list[tuple[str, float]]:
    """The plan's budget: where the model answers, US dollars a month."""
    quiet, active, disaster = SIZES
    return [
        ("On the site's own machine; Azure trains and keeps versions (the default)", total("Azure", KEPT)),
        ("In Azure Container Apps, quiet months", container_total("Azure", quiet)),
        ("In Azure Container Apps, around the clock", container_total("Azure", active)),
        ("On an Azure ML endpoint, blue and green", total("Azure", endpoint(active))),
        ("On an Azure ML endpoint in a disaster", total("Azure", endpoint(disaster))),
    ]


# ---- The decision: weights from 1 to 3, marks from 1 (poor) to 3 (good) for AWS, Azure, GCP; judgement, not measurement

CRITERIA: dict[str, tuple[int, tuple[int, int, int]]] = {
    "A version goes from staging to production without a copy by hand": (3, (2, 3, 2)),
    "Shadow, canary and rollback by traffic share": (3, (3, 3, 2)),
    "Manual approval before production, without stored secrets": (3, (3, 3, 3)),
    "Identity that humanitarian organisations already have": (2, (2, 3, 2)),
    "Cost of a quiet month": (2, (3, 2, 3)),
    "Cost of a busy month": (1, (3, 2, 3)),
    "Can be tested without an account": (2, (2, 3, 1)),
    "Stability of names and services": (1, (2, 2, 1)),
}
TO_PRODUCTION, SHARES, _, IDENTITY, QUIET, BUSY, TESTED, _ = CRITERIA
SCENARIOS: dict[str, dict[str, int]] = {
    "As weighted above": {},
    "The organisation has no Microsoft accounts": {IDENTITY: 0},
    "Nothing had been built for Azure yet": {TESTED: 0},
    "Both of these": {IDENTITY: 0, TESTED: 0},
    "Both, and one workspace is enough (no staging apart)": {IDENTITY: 0, TESTED: 0, TO_PRODUCTION: 0},
    "Cost alone decides": {name: 0 for name in CRITERIA if name not in (QUIET, BUSY)},
}


def sums(weights: dict[str, int]) -> tuple[int, int, int]:
    """Weighted sums for the clouds; `weights` replaces some of the criteria's own."""
    found = [0, 0, 0]
    for name, (weight, marks) in CRITERIA.items():
        for place, mark in enumerate(marks):
            found[place] += weights.get(name, weight) * mark
    return found[0], found[1], found[2]


def winner(found: tuple[int, int, int]) -> str:
    return " and ".join(cloud for cloud, one in zip(CLOUDS, found, strict=True) if one == max(found))


# ---- Tables


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join([_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)])


def _usd(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:,.2f}"


def prices_table() -> str:
    rows = []
    for name in METERS:
        unit = next(PRICES[cloud][name].unit for cloud in CLOUDS if name in PRICES[cloud])
        cells = [f"{name}, per {unit}"]
        for cloud in CLOUDS:
            price = PRICES[cloud].get(name)
            cells.append(f"{shown(price.usd)}{price.mark} ({price.source})" if price else "–")
        rows.append(cells)
    return _table(["US dollars", *CLOUDS], rows)


def shown(usd: float) -> str:
    return f"{usd:.4f}" if usd >= 0.001 else f"{usd:.10f}".rstrip("0")


def seen_sentence() -> str:
    """Return a sentence with the number of prices seen in each place."""
    seen = [price.seen for prices in PRICES.values() for price in prices.values()]
    return (
        f"Of {len(seen)} prices {seen.count('provider')} were read on the provider's own page or feed, {seen.count('copy')} on a "
        f"dated page of somebody else, on a copy, or are twice such a price (†), and {seen.count('nowhere')} could not be "
        "confirmed (*). The last ones are used nowhere below where they would make more than a twentieth of a figure."
    )


def sources_table() -> str:
    return _table(["Source", "What it is"], [[key, text] for key, text in SOURCES.items()])


def _total_cell(cloud: str, work: Workload) -> str:
    return _usd(total(cloud, work)) if assumed_share(cloud, work) <= ASSUMED_AT_MOST else "not confirmed"


def totals_table() -> str:
    rows = [
        ["Own machine serves; cloud trains and keeps", "any", *(_total_cell(cloud, KEPT) for cloud in CLOUDS)],
        *(
            ["Containers that scale to zero", _short(size), *(_usd(container_total(cloud, size)) for cloud in CLOUDS)]
            for size in SIZES
        ),
        *(
            ["Managed endpoint, always on", _short(size), *(_total_cell(cloud, endpoint(size)) for cloud in CLOUDS)]
            for size in SIZES
        ),
    ]
    return _table(["US dollars a month", "Size", *CLOUDS], rows)


def _short(size: Size) -> str:
    return size.name.partition(":")[0]


def containers_table() -> str:
    rows = [[size.name, *(_usd(container(cloud, size)) for cloud in CLOUDS)] for size in SIZES]
    return _table(["US dollars a month", "AWS Lambda", "Azure Container Apps", "Google Cloud Run"], rows)


def lines_table() -> str:
    work = endpoint(SIZES[1])
    bills = {cloud: bill(cloud, work) for cloud in CLOUDS}
    rows = [[line, *(f"{bills[cloud][line]:,.2f}" for cloud in ("AWS", "Azure"))] for line in LINES]
    return _table(["Line", "AWS", "Azure"], rows)


def nodes_table() -> str:
    rows = [
        [f"{rate:,}", str(nodes_for(rate)), str(nodes_for(rate, spare=0))] for rate in (10, 100, 1_000, 1_500, 10_000)
    ]
    return _table(["Texts a second", "Nodes of 4 cores, one to spare", "without a spare"], rows)


def million_table() -> str:
    clouds = [cloud for cloud in CLOUDS if PRICES[cloud]["serving node"].seen != "nowhere"]
    rows = [
        [f"{used * 100:g}% busy", *(f"{usd_per_million(cloud, used=used):.2f}" for cloud in clouds)]
        for used in (0.5, 0.05, 0.005)
    ]
    return _table(["US dollars for a million texts, node", *clouds], rows)


def decision_table() -> str:
    rows = [[name, str(weight), *map(str, marks)] for name, (weight, marks) in CRITERIA.items()]
    rows.append(["**Sum**", "", *(f"**{one}**" for one in sums({}))])
    return _table(["Criterion", "Weight", *CLOUDS], rows)


def sensitivity_table() -> str:
    rows = []
    for name, weights in SCENARIOS.items():
        found = sums(weights)
        rows.append([name, *map(str, found), winner(found)])
    return _table(["If …", *CLOUDS, "First"], rows)


def throughput() -> str:
    figures = json.loads(BENCHMARK.read_text())
    return (
        f"- **The model is small**: 57 MB of weights and words. Two processes on two cores read {figures['ours']:.0f} texts a second; "
        f"one reads {figures['one_process']:.0f}.\n  With the copies of a stream (65 % of its posts) the two read "
        f"{figures['stream']:.0f}. No graphics card is needed to serve, and none was used."
    )


def findings() -> str:
    quiet, active, disaster = SIZES
    nodes = endpoint(active)
    serving = sum(bill("Azure", nodes)[line] for line in ("serving", "second set")) / total("Azure", nodes)
    return (
        f"1. **Standing still is the cost of an endpoint.** On Azure, serving and its second set are {serving:.0%} of an "
        f"endpoint's {_usd(total('Azure', nodes))} dollars. A week's training costs "
        f"{_usd(bill('Azure', nodes)['training'] / WEEKS)} dollars.\n"
        f"2. **Containers that scale to zero remove most of it.** In a quiet month they serve for "
        f"{_usd(container('AWS', quiet))} dollars on Lambda, {_usd(container('GCP', quiet))} on Cloud Run and "
        f"{_usd(container('Azure', quiet))} in Azure Container Apps; with 100 million posts for "
        f"{_usd(container('AWS', disaster))}, {_usd(container('GCP', disaster))} and {_usd(container('Azure', disaster))}. "
        "Azure's is dearer because it bills each second in which a replica is up; the others bill while a request runs.\n"
        f"3. **The site's own machine still wins where there is one.** A model of 57 MB serves beside the site, and Azure trains "
        f"and keeps its versions for {_usd(total('Azure', KEPT))} dollars a month. That is Responder's default.\n"
        f"4. **The choice of how to serve matters more than the choice of cloud.** In an active month Azure's endpoint costs "
        f"{total('Azure', endpoint(active)) / container_total('Azure', active):.1f} times its containers; AWS's endpoint costs "
        f"{total('AWS', endpoint(active)) / total('Azure', endpoint(active)):.2f} times Azure's."
    )


TABLES: dict[str, Callable[[], str]] = {
    "throughput": throughput,
    "prices": prices_table,
    "seen": seen_sentence,
    "sources": sources_table,
    "totals": totals_table,
    "containers": containers_table,
    "lines": lines_table,
    "nodes": nodes_table,
    "million": million_table,
    "findings": findings,
    "decision": decision_table,
    "sensitivity": sensitivity_table,
}


def fill(text: str) -> str:
    """The article with each table between its two marks written anew."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name}: written by cloud_costs.py -->", f"<!-- end of {name} -->"
        before, rest = text.split(begin)
        _, after = rest.split(end)
        text = f"{before}{begin}\n{table()}\n{end}{after}"
    return text


# ---- The chart

COLOURS = {"AWS": "#b5651d", "Azure": "#2f6f8f", "GCP": "#5f7a3d"}
FONT = "font-family='Inter, Helvetica, Arial, sans-serif' fill='#1d2930'"


def chart() -> str:
    """Return the totals as bars on a logarithmic scale; what is not confirmed has no bar."""
    groups: list[tuple[str, list[tuple[str, float | None]]]] = [("Own machine serves", _bars(lambda _: KEPT))]
    for size in SIZES:
        groups.append((f"Containers, {_short(size).lower()}", [(one, container_total(one, size)) for one in CLOUDS]))
    for size in SIZES:
        groups.append((f"Endpoint, {_short(size).lower()}", _bars(lambda _, size=size: endpoint(size))))
    left, top, bar, gap, width = 190, 44, 13, 14, 860
    height = top + len(groups) * (3 * bar + gap) + 40
    scale = (width - left - 90) / math.log10(3000 / 5)
    parts = [f"<text x='12' y='22' font-size='13' font-weight='600' {FONT}>US dollars a month (logarithmic)</text>"]
    for place, cloud in enumerate(CLOUDS):
        x = 420 + place * 110
        parts.append(f"<rect x='{x}' y='12' width='12' height='12' fill='{COLOURS[cloud]}'/>")
        parts.append(f"<text x='{x + 18}' y='22' font-size='12' {FONT}>{cloud}</text>")
    for tick in (5, 10, 20, 50, 100, 200, 500, 1000, 2000):
        x = left + scale * math.log10(tick / 5)
        parts.append(f"<line x1='{x:.0f}' y1='{top - 6}' x2='{x:.0f}' y2='{height - 34}' stroke='#dfe5e8'/>")
        parts.append(f"<text x='{x:.0f}' y='{height - 16}' font-size='11' text-anchor='middle' {FONT}>{tick:,}</text>")
    y = top
    for name, bars in groups:
        parts.append(f"<text x='12' y='{y + 1.5 * bar + 4:.0f}' font-size='12' {FONT}>{name}</text>")
        for cloud, usd in bars:
            if usd is None:
                parts.append(
                    f"<text x='{left + 4}' y='{y + bar - 3}' font-size='10' {FONT}>{cloud}: not confirmed</text>"
                )
            else:
                long = max(2.0, scale * math.log10(usd / 5))
                parts.append(
                    f"<rect x='{left}' y='{y}' width='{long:.0f}' height='{bar - 2}' fill='{COLOURS[cloud]}'/>"
                    f"<text x='{left + long + 5:.0f}' y='{y + bar - 3}' font-size='10.5' {FONT}>{_usd(usd)}</text>"
                )
            y += bar
        y += gap
    title = "Monthly cost by way of serving, size and cloud"
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' role='img' aria-label='{title}'>\n<title>{title}"
        f"</title>\n<rect width='{width}' height='{height}' fill='#fff'/>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def _bars(work: Callable[[str], Workload]) -> list[tuple[str, float | None]]:
    return [
        (cloud, total(cloud, work(cloud)) if assumed_share(cloud, work(cloud)) <= ASSUMED_AT_MOST else None)
        for cloud in CLOUDS
    ]


if __name__ == "__main__":
    if "--write" in sys.argv:
        ARTICLE.write_text(fill(ARTICLE.read_text()))
        CHART.write_text(chart())
    else:
        sys.stdout.write("\n\n".join(f"{name}\n{table()}" for name, table in TABLES.items()) + "\n")
