"""docs/reference/ingest-load.md from the figures of `ingest_load.py` and `million_posts.py`.

python benchmarks/ingest_page.py
"""

import json
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1] / "docs"
LIMITS_MS = {"map": 100, "list, most urgent first": 100, "list, newest first": 100, "key figures": 150}


def main() -> int:
    load, million = (
        json.loads((DOCS / "figures" / f"{name}.json").read_text()) for name in ("ingest-load", "million-posts")
    )
    (DOCS / "reference" / "ingest-load.md").write_text(page(load, million), encoding="utf-8")
    return 0


def page(load: dict[str, Any], million: dict[str, Any]) -> str:
    """The whole page."""
    steady, burst, kept = load["steady_post_to_screen_s"], load["burst_post_to_screen_s"], load["kept"]
    return f"""# Ingest under load

`python benchmarks/ingest_load.py` starts PostgreSQL (with fsync), Redis, two workers, beat, web and one feed on one machine, offers posts
at a steady rate, then a minute of a burst, then a low rate until all is caught up, and watches an open event stream. Each text is new, so none is answered from memory.
Everything is included: storing, classifying, locating, grouping, announcing. `docs/figures/ingest-load.json` holds the last run,
this page is written from it (`python benchmarks/ingest_page.py`).

Run of {load["at"][:10]}: {load["machine"]["cores"]} cores, load {load["machine"]["load_before"]} before it began.

| | Measured | Aim |
|---|---|---|
| Steady, {load["offered_per_s"]:g} posts/s for {load["minutes"]:g} min: post to screen p50 / p95 / p99 | {_spread(steady)} | p95 ≤ 3 s at 250/s |
| Burst, {load["burst_per_s"]:g} posts/s for 60 s, then {load["then_per_s"]:g}/s: post to screen p50 / p95 / p99, until all was caught up | {_spread(burst)} | |
| … most posts that waited; caught up after the burst | {load["most_waiting"]:,}; {_seconds(load["caught_up_s_after_burst"])} | no loss |
| Bare model, two processes | {load["bare_model_per_s"]} posts/s | |
| Saturated, end to end | {_or_not(load["saturated_per_s"])} posts/s, {_or_not(load["saturated_share_of_bare"])} of the bare model | ≥ 0.5 |
| Offered / stored / classified / announced / predicted / grouped | {" / ".join(f"{kept[name]:,}" for name in ("offered", "stored", "classified", "announced", "predicted", "grouped"))} | all equal |
| Page told to load anew instead of being told the posts | {load["page_told_to_reload"]} times | |

{load.get("note", "")}

Where a post's time goes, beside the model (4,000 posts, one process, PostgreSQL; milliseconds of processor time a post):

| | Before | Since batches are written as one parameter and compared by columns |
|---|---|---|
| storing what was understood | 0.67 | 0.25 |
| grouping | 0.58 | 0.41 |
| places, rules, answers as JSON | 0.29 | 0.23 |
| claiming | 0.07 | 0.07 |
| PostgreSQL itself | 0.37 | 0.31 |
| the model | 2.62 | 2.56 |

## A million posts

`python benchmarks/million_posts.py` fills PostgreSQL with {million["posts"]:,} posts of {million["events"]} events and asks for one event's map, lists and key
figures with five filters, {million["runs"]} times each; the event has {million["posts"] // million["events"]:,} posts over a week. 95th percentile in milliseconds, Django included; load
{million["machine"]["load_before"]} before, {million["machine"]["load_after"]} after the run.

{_table(million["p95_ms"])}
"""


def _spread(values: dict[str, Any]) -> str:
    return " / ".join(f"{values[name]} s" for name in ("p50", "p95", "p99")) if values.get("posts") else "nothing told"


def _seconds(value: float | None) -> str:
    return "not within the run" if value is None else f"{value:g} s"


def _or_not(value: float | None) -> str:
    return "not reached:" if value is None else f"{value:g}"


def _table(p95: dict[str, dict[str, float]]) -> str:
    names = list(next(iter(p95.values())))
    rows = [f"| {name} | " + " | ".join(f"{p95[part][name]:g}" for part in p95) + " |" for name in names]
    head = " | ".join(f"{part} (≤ {LIMITS_MS[part]})" for part in p95)
    return "\n".join([f"| Filter | {head} |", "|---" * (len(p95) + 1) + "|", *rows])


if __name__ == "__main__":
    raise SystemExit(main())
