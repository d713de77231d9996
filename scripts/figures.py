"""Writes the model's figures into docs/reference/model.md, from the files of the runs that measured them.

    python scripts/figures.py          # rewrites the part between the marks
    python scripts/figures.py --check  # exits 1 where it differs

Runs: the shipped model's metrics.json; docs/figures/benchmark.json (`responder benchmark --output`);
docs/figures/parallel.json (`benchmarks/parallel.py --output`); docs/figures/left-out.json (metrics.json of a training
with `--leave-out`).
"""

import json
import sys
from pathlib import Path
from typing import Any

from generated_part import rewrite

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "model.md"
START, END = "<!-- figures: written by scripts/figures.py -->\n", "<!-- end of figures -->"


def main() -> int:
    return rewrite(PAGE, START, END, table())


def table() -> str:
    """The figures as a Markdown table."""
    rows = [*_shipped(), *_left_out(), *_languages(), *_places(), *_speed()]
    head = "| Measured | Ours | Bag of words |\n|---|---|---|\n"
    return head + "".join(f"| {name} | {value} | {other} |\n" for name, value, other in rows)


def _shipped() -> list[tuple[str, str, str]]:
    metrics = _read(max((ROOT / "classifier" / "shipped").glob("*/metrics.json")))
    base = metrics["baseline"]
    category, unseen, priority = metrics["category"], metrics["unseen"], metrics["priority"]
    emergency, informative = metrics["emergency"], metrics["informative"]
    low, high = category["macro_f1_interval"]
    return [
        (f"Category, HumAID test file ({category['n']:,} posts): macro-F1 / weighted F1",
         f"{category['macro_f1']:.3f} ({low:.3f}–{high:.3f}) / {category['weighted_f1']:.3f}",
         f"{base['category']['macro_f1']:.3f} / {base['category']['weighted_f1']:.3f}"),
        ("… accuracy of the 60 % most confident; calibration error",
         f"{category['accuracy_at_coverage']['0.6']:.3f}; {category['ece']:.3f}", "–"),
        (f"Category, other events of another set ({unseen['n']:,}): macro-F1; calibration error",
         f"{unseen['macro_f1']:.3f}; {unseen['ece']:.3f}", "–"),
        (f"Emergency, held-out texts of all its sources, copies kept together ({emergency['n']:,}): F1",
         f"{emergency['f1']:.3f}", f"{base['emergency']['f1']:.3f}"),
        (f"Informative, CrisisLexT26, other events ({informative['n']:,}): macro-F1",
         f"{informative['macro_f1']:.3f}", f"{base['informative']['macro_f1']:.3f}"),
        (f"Priority, other events ({priority['n']:,}): urgent posts in the first fifth; alert worth, alerting "
         f"{priority['alerted']:.0%} of posts with {priority['alerted_of_urgent']:.0%} of the urgent ones",
         f"{priority['urgent_recall_at_20_percent']:.3f}; {priority['alert_worth']:.2f} "
         f"(everything {priority['alert_worth_of_everything']:.2f}, nothing {priority['alert_worth_of_nothing']:.2f})",
         "–"),
        (f"Needs ({metrics['needs']['n']:,}): macro-F1", f"{metrics['needs']['macro_f1']:.3f}",
         f"{base['needs']['macro_f1']:.3f}"),
        *_spans(metrics),
    ]  # fmt: skip


def _spans(metrics: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (f"Location spans as answered, {name}, other events ({metrics['spans'][code]['spans']:,}): precision / recall / F1",
         " / ".join(f"{metrics['spans'][code][key]:.3f}" for key in ("precision", "recall", "f1")), "–")
        for code, name in (("en", "English"), ("ar", "Arabic"))
        if code in metrics.get("spans", {})
    ]  # fmt: skip


def _left_out() -> list[tuple[str, str, str]]:
    path = ROOT / "docs" / "figures" / "left-out.json"
    if not path.exists():
        return []
    metrics = _read(path)
    mine, other = metrics["left_out"], metrics["baseline"]["left_out"]
    name = f"Category, five whole HumAID events left out ({mine['n']:,}): macro-F1; calibration error"
    return [(name, f"{mine['macro_f1']:.3f}; {mine['ece']:.3f}", f"{other['macro_f1']:.3f}")]


def _places() -> list[tuple[str, str, str]]:
    places = _read(max((ROOT / "classifier" / "shipped").glob("*/metrics.json"))).get("places", {})
    rows = []
    for name, label in (("idrisi_lmd.train", "English"), ("idrisi_lmd_ar.train", "Arabic")):
        if found := places.get(name):
            rows.append((
                f"Places, {label}, events whose spans were not learnt ({found['n']:,} mentions): right (161 km, or the area), "
                "of those placed / of all; on a wrong continent",
                f"{found['right_of_placed']:.3f} / {found['right_of_all']:.3f}; {found['wrong_continent']:.1%}", "–",
            ))  # fmt: skip
    return rows


def _languages() -> list[tuple[str, str, str]]:
    path = ROOT / "docs" / "figures" / "parallel.json"
    if not path.exists():
        return []
    found = _read(path)
    english, others, worst = found["languages"]["en"], found["others_mean"], found["others_worst"]
    name = "The same 40 situations in 20 languages: {}; English / mean of the 19 others / worst"
    return [
        (name.format(label), f"{english[key]:.3f} / {others[key]:.3f} / {worst[key]:.3f}", "–")
        for key, label in (
            ("category", "category"), ("urgent_kept", "urgent ones at High or Critical"),
            ("urgent_falsely", "others there"), ("placed", "named places within 100 km"),
            ("real_as_calm", "real ones shown as not humanitarian"),
        )
    ]  # fmt: skip


def _speed() -> list[tuple[str, str, str]]:
    path = ROOT / "docs" / "figures" / "benchmark.json"
    if not path.exists():
        return []
    speed = _read(path)
    pipeline, torch = speed["ours"] / speed["pipeline"], speed["ours"] / speed["torch"]
    return [
        (f"Texts a second on two cores; times `transformers.pipeline` ({speed['pipeline']:.0f}/s); times sorted torch",
         f"{speed['ours']:.0f}; {pipeline:.1f}; {torch:.1f}", "–"),
        ("… on a stream with 65 % copies; times `transformers.pipeline`",
         f"{speed['stream']:.0f}; {speed['stream'] / speed['pipeline']:.1f}", "–"),
        ("Share of a core's int8 operations; same category as float32 torch",
         f"{speed['ceiling_share']:.0%}; {speed['agreement']:.1%}", "–"),
    ]  # fmt: skip


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


if __name__ == "__main__":
    sys.exit(main())
