"""How the modes of `responder train --data` compare on few labels: 200, 600 and 2,000 rows of three public sets.

    python benchmarks/small_data.py SETS_DIR [--output docs/figures/small-data.json]

Each cell trains from the packaged MiniLM, which has seen none of the labels (the shipped model has), on a random part of
the set's rows, a fifth of which is dev, and measures on the same 1,000 rows of other events or of the official test. One
thread. The file is written after each cell, and a cell that it holds is not run again.
"""

import argparse
import csv
import gzip
import json
import platform
import random
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from classifier.ml.custom.arguments import MODES, CustomArguments
from classifier.ml.custom.training import train
from classifier.ml.network import packaged_base

OUTPUT = Path(__file__).parents[1] / "docs" / "figures" / "small-data.json"
SIZES, TESTED, SEED = (200, 600, 2_000), 1_000, 7
Row = dict[str, str]


def read(path: Path) -> Iterable[Row]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def humaid(folder: Path) -> tuple[list[Row], list[Row]]:
    """Ten humanitarian categories; the official test of the same events."""
    parts = (read(folder / f"humaid_humanitarian.{part}.csv.gz") for part in ("train", "test"))
    learnt, tested = ([{"text": row["text"], "label": row["label"]} for row in part] for part in parts)
    return learnt, tested


def t26(folder: Path) -> tuple[list[Row], list[Row]]:
    """Information types of English posts; one event in five is for the test."""
    rows = [row for row in read(folder / "crisislex_t26.train.csv.gz") if row["lang"].startswith("en")]
    kept = [row for row in rows if row["information_type"] not in ("", "Not applicable", "Not labeled")]
    return by_events(kept, "information_type")


def pheme(folder: Path) -> tuple[list[Row], list[Row]]:
    """Rumour or not; one event in five is for the test."""
    return by_events(list(read(folder / "pheme_rumour.train.csv.gz")), "label")


def by_events(rows: list[Row], column: str) -> tuple[list[Row], list[Row]]:
    held = set(sorted({row["event"] for row in rows})[::5])
    named = [(row["event"] in held, {"text": row["text"], "label": row[column]}) for row in rows]
    return [row for out, row in named if not out], [row for out, row in named if out]


SETS = {"HumAID": humaid, "CrisisLexT26": t26, "PHEME": pheme}


def table(learnt: list[Row], tested: list[Row], size: int, path: Path) -> Path:
    """A table with so many rows to learn from, and the test's."""
    rng = random.Random(SEED)
    some, test = rng.sample(learnt, size), rng.sample(tested, min(TESTED, len(tested)))
    known = {row["label"] for row in some}
    dev = size // 5
    rows = [row | {"split": "dev" if at < dev else "train", "lang": "en"} for at, row in enumerate(some)]
    taught = {row["label"] for row in rows if row["split"] == "train"}
    rows = [row for row in rows if row["label"] in taught]
    rows += [row | {"split": "test", "lang": "en"} for row in test if row["label"] in known & taught]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["text", "label", "split", "lang"])
        writer.writeheader()
        writer.writerows(rows)
    return path


def cell(data: Path, mode: str, output: Path) -> dict[str, Any]:
    """Figures of one training."""
    trained = train(CustomArguments(data=data, output=output, base=packaged_base(), mode=mode, seed=SEED, threads=1))
    found = trained.metrics["classes"]
    minutes = json.loads((output / "config.json").read_text())["training_minutes"]
    return {
        "test_texts": found["n"], "classes": len(found["per_class"]), "absent": found["absent"],
        "macro_f1": round(found["macro_f1"], 4), "macro_f1_interval": [round(x, 4) for x in found["macro_f1_interval"]],
        "accuracy": round(found["accuracy"], 4), "ece": round(found["ece"], 4),
        "bag_of_words_macro_f1": round(trained.metrics["bag_of_words"]["macro_f1"], 4),
        "wall_minutes": minutes["wall"], "cpu_minutes": minutes["cpu"],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", type=Path)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    found: dict[str, Any] = json.loads(options.output.read_text()) if options.output.exists() else {"cells": {}}
    # The cheapest mode first: a run that is stopped early has at least one whole column.
    for mode, size in [*((MODES[0], size) for size in SIZES), *((mode, size) for size in SIZES for mode in MODES[1:])]:
        for name, reader in SETS.items():
            key = f"{name} {size} {mode}"
            if key in found["cells"]:
                continue
            with tempfile.TemporaryDirectory() as folder:
                data = table(*reader(options.sets), size, Path(folder) / "labels.csv")
                row = cell(data, mode, Path(folder) / "model")
            found["cells"][key] = {"set": name, "rows": size, "mode": mode} | row
            found |= {
                "base": "all-MiniLM-L6-v2",
                "machine": platform.processor() or platform.machine(),
                "threads": 1,
            }
            found["at"] = datetime.now(UTC).isoformat(timespec="minutes")
            options.output.write_text(json.dumps(found, indent=1) + "\n")
            print(key, row["macro_f1"], row["cpu_minutes"], flush=True)


if __name__ == "__main__":
    main()
